"""DeepSpeech 2: convolutions over a log spectrogram, then LSTMs in both directions."""

# B batch, N samples, F windows of 10 ms, K frequencies, T frames, C channels.

from collections.abc import Mapping
from typing import Any, Final, Literal, final

import torch
from torch import Tensor, nn

from injerto.backbones.speech.network import AbstractSpeechNetwork
from injerto.backbones.speech.recurrent import ClippedRelu, RecurrentLayer

_LEAST_FRAMES: Final = 1


@final
class DeepSpeech2(AbstractSpeechNetwork):
    """Amodei et al. 2015, arXiv 1512.02595, in the two shapes whose weights are public.

    `deepspeech.pytorch`: two convolutions of 41 x 11 and 21 x 11 with batch norm and clipped activation, the second
    frame of every two; directions summed; batch norm before every LSTM but the first, and behind the last.
    `paddlespeech`: two plain convolutions of 3 x 3 with stride 2, one frame of every four; directions side by side;
    layer norm behind every LSTM. The layer of letters is a head.
    """

    def __init__(
        self,
        *,
        style: Literal["deepspeech.pytorch", "paddlespeech"] = "deepspeech.pytorch",
        width: int = 1024,
        num_layers: int = 5,
        num_channels: int = 32,
        bidirectional: bool = True,
        sample_rate_hz: int = 16_000,
    ) -> None:
        super().__init__()
        if style not in ("deepspeech.pytorch", "paddlespeech"):
            raise ValueError(f"style is {style!r}")
        self.sample_rate_hz = sample_rate_hz
        self._settings = {
            "style": style,
            "width": width,
            "num_layers": num_layers,
            "num_channels": num_channels,
            "bidirectional": bidirectional,
            "sample_rate_hz": sample_rate_hz,
        }
        self._sums = style == "deepspeech.pytorch"
        self.front = _Front(self._sums, num_channels, sample_rate_hz)
        num_inputs = self.front.num_outputs
        self.layers = nn.ModuleList()
        for number in range(num_layers):
            layer = _Layer(num_inputs, width, bidirectional=bidirectional, sums=self._sums, is_first=number == 0)
            self.layers.append(layer)
            num_inputs = width if self._sums or not bidirectional else 2 * width
        self.norm = _OverFrames(nn.BatchNorm1d(num_inputs)) if self._sums else None

    def num_frames(self, num_samples: int) -> int:
        return max(_LEAST_FRAMES, self.front.num_frames(num_samples))

    def forward(self, samples: Tensor, frame_mask: Tensor, num_samples: Tensor) -> Tensor:
        x_BTC = self.front(samples, frame_mask, num_samples)
        for layer in self.layers:
            x_BTC = layer(x_BTC, frame_mask)
        if self.norm is not None:
            x_BTC = self.norm(x_BTC)
        masked: Tensor = x_BTC * frame_mask.unsqueeze(-1).to(x_BTC.dtype)
        return masked

    def settings(self) -> dict[str, Any]:
        return {"architecture": "deep-speech-2", **self._settings}

    def groups(self) -> Mapping[str, str]:
        def group(name: str) -> str:
            first, second, *_ = name.split(".")
            return f"layer.{second}" if first == "layers" else "convolutions" if first == "front" else "norm"

        return {name: group(name) for name, _ in self.named_parameters()}


@final
class _Front(nn.Module):
    def __init__(self, is_large: bool, num_channels: int, sample_rate_hz: int) -> None:
        super().__init__()
        self.window_size = sample_rate_hz // 50
        self.hop = sample_rate_hz // 100
        self._is_large = is_large
        self.window: Tensor
        window = torch.hamming_window if is_large else torch.hann_window
        self.register_buffer("window", window(self.window_size, periodic=True), persistent=False)
        num_bins = self.window_size // 2 + 1
        if is_large:
            self.convs = nn.ModuleList(
                [
                    nn.Conv2d(1, num_channels, (41, 11), stride=(2, 2), padding=(20, 5)),
                    nn.BatchNorm2d(num_channels),
                    ClippedRelu(),
                    nn.Conv2d(num_channels, num_channels, (21, 11), stride=(2, 1), padding=(10, 5)),
                    nn.BatchNorm2d(num_channels),
                    ClippedRelu(),
                ]
            )
            num_bins = ((num_bins - 1) // 2 + 1 - 1) // 2 + 1
        else:
            self.convs = nn.ModuleList(
                [
                    nn.Conv2d(1, num_channels, 3, stride=2),
                    nn.ReLU(),
                    nn.Conv2d(num_channels, num_channels, 3, stride=2),
                    nn.ReLU(),
                ]
            )
            num_bins = ((num_bins - 1) // 2 - 1) // 2
        self.num_outputs = num_channels * num_bins

    def num_windows(self, num_samples: int) -> int:
        """Of the spectrogram: centred ones with deepspeech.pytorch, whole ones with PaddleSpeech."""
        return num_samples // self.hop + 1 if self._is_large else (num_samples - self.window_size) // self.hop + 1

    def num_frames(self, num_samples: int) -> int:
        windows = self.num_windows(num_samples)
        return (windows - 1) // 2 + 1 if self._is_large else ((windows - 1) // 2 - 1) // 2

    def forward(self, samples_BN: Tensor, mask_BT: Tensor, num_samples_B1: Tensor) -> Tensor:
        """Each recording by itself: its spectrogram is brought to mean 0 and deviation 1, and convolved to its ends."""
        rows = []
        for row, number, count in zip(samples_BN, num_samples_B1[:, 0], mask_BT.sum(1), strict=True):
            frames = self._one(row[: int(number)])[: int(count)]
            rows.append(nn.functional.pad(frames, (0, 0, 0, mask_BT.shape[1] - frames.shape[0])))
        return torch.stack(rows)

    def _one(self, samples_N: Tensor) -> Tensor:
        spectrum_KF = self._spectrogram(samples_N)
        x = spectrum_KF[None, None] if self._is_large else spectrum_KF.T[None, None]
        for module in self.convs:
            x = module(x)
        # Channels outermost: (C, K, T) and (C, T, K).
        return x[0].flatten(0, 1).T if self._is_large else x[0].transpose(0, 1).flatten(1)

    def _spectrogram(self, samples_N: Tensor) -> Tensor:
        """Logarithms of magnitudes, shape (frequencies, windows)."""
        least = 7 * self.hop + self.window_size
        samples_N = nn.functional.pad(samples_N, (0, max(0, least - len(samples_N))))
        if self._is_large:
            half = self.window_size // 2
            samples_N = nn.functional.pad(samples_N, (half, half))
        windows = samples_N.unfold(0, self.window_size, self.hop) * self.window
        magnitude_KF = torch.fft.rfft(windows).abs().T
        if not self._is_large:
            scale = 1 / (self.window.square().sum() * self.hop * 100)
            power = magnitude_KF.square() * scale
            return torch.cat([power[:1], 2 * power[1:-1], power[-1:]]).clamp_min(1e-14).log()
        logs_KF = torch.log1p(magnitude_KF)
        deviation = logs_KF.std() if logs_KF.numel() > 1 else logs_KF.new_ones(())
        return (logs_KF - logs_KF.mean()) / deviation.clamp_min(1e-5)


@final
class _Layer(nn.Module):
    def __init__(self, num_inputs: int, width: int, *, bidirectional: bool, sums: bool, is_first: bool) -> None:
        super().__init__()
        self.before = _OverFrames(nn.BatchNorm1d(num_inputs)) if sums and not is_first else None
        self.recurrent = RecurrentLayer(num_inputs, width, bidirectional=bidirectional, summed=sums)
        self.behind = None if sums else nn.LayerNorm(width * (2 if bidirectional else 1))

    def forward(self, x_BTC: Tensor, mask_BT: Tensor) -> Tensor:
        if self.before is not None:
            x_BTC = self.before(x_BTC)
        x_BTC = self.recurrent(x_BTC, mask_BT)
        return x_BTC if self.behind is None else self.behind(x_BTC)


@final
class _OverFrames(nn.Module):
    """A batch norm of which every frame is an example."""

    def __init__(self, norm: nn.BatchNorm1d) -> None:
        super().__init__()
        self.norm = norm

    def forward(self, x_BTC: Tensor) -> Tensor:
        flat: Tensor = self.norm(x_BTC.flatten(0, 1))
        return flat.reshape(x_BTC.shape)
