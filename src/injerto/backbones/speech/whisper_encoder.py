"""The encoder of Whisper: thirty seconds at a time, whatever is said in them."""

# B batch, N samples, F windows of 10 ms, M bands, T frames of 20 ms, C channels.

from collections.abc import Mapping
from typing import Any, Final, final

import numpy as np
import torch
from torch import Tensor, nn

from injerto.backbones.speech.network import AbstractSpeechNetwork

_FFT: Final = 400
_HOP: Final = 160
_RATE: Final = 16_000


@final
class WhisperEncoder(AbstractSpeechNetwork):
    """Radford et al. 2022, arXiv 2212.04356; its decoder, which is kept for saving, runs in `sequences/whisper.py`.

    A recording is padded with silence to the length that the network knows, and all of that is attended to, as Whisper
    was trained. What crosses a cut is therefore longer than the recording, and no phase is trained from the store.
    """

    num_front_groups = 1
    has_cuts = False

    def __init__(self, network: Any) -> None:
        super().__init__()
        self.sample_rate_hz = _RATE
        self.config = network.config
        self.mel = WhisperMel(network.config.num_mel_bins, 2 * network.config.max_source_positions)
        self.encoder: nn.Module = network.get_encoder()
        self._whole = (network,)  # In a tuple, for its encoder is here already.

    @property
    def longest_seconds(self) -> float:
        """What the network hears at once."""
        return longest_seconds(self.config)

    def num_frames(self, num_samples: int) -> int:
        return min(int(self.config.max_source_positions), max(1, -(-num_samples // (2 * _HOP))))

    def forward(self, samples: Tensor, frame_mask: Tensor, num_samples: Tensor) -> Tensor:
        encoded: Tensor = self.encoder(self.mel(samples))[0][:, : frame_mask.shape[1]]
        masked: Tensor = encoded * frame_mask.unsqueeze(-1).to(encoded.dtype)
        return masked

    def settings(self) -> dict[str, Any]:
        idle = {"_name_or_path", "architectures", "dtype", "torch_dtype", "transformers_version"}
        return {"library": "transformers", **{k: v for k, v in self.config.to_diff_dict().items() if k not in idle}}

    def groups(self) -> Mapping[str, str]:
        def group(name: str) -> str:
            parts = name.split(".")
            if parts[1] == "layers":
                return f"layer.{parts[2]}"
            return "norm" if parts[1] == "layer_norm" else "convolutions"

        return {name: group(name) for name, _ in self.named_parameters()}

    def save(self, folder: str) -> bool:
        self._whole[0].save_pretrained(folder)
        return True


def longest_seconds(config: Any) -> float:
    """What a Whisper of this shape hears at once."""
    return float(2 * config.max_source_positions * _HOP / _RATE)


@final
class WhisperMel(nn.Module):
    """Logarithms of mel bands, at most 8 decades below the loudest, as Whisper's own reader makes them."""

    def __init__(self, num_bands: int, num_windows: int) -> None:
        super().__init__()
        from transformers.audio_utils import mel_filter_bank

        filters = mel_filter_bank(
            num_frequency_bins=1 + _FFT // 2,
            num_mel_filters=num_bands,
            min_frequency=0.0,
            max_frequency=8000.0,
            sampling_rate=_RATE,
            norm="slaney",
            mel_scale="slaney",
        )
        self.num_windows = num_windows
        self.filters: Tensor
        self.window: Tensor
        self.register_buffer("filters", torch.from_numpy(np.asarray(filters)).float(), persistent=False)
        self.register_buffer("window", torch.hann_window(_FFT, periodic=True), persistent=False)

    def forward(self, samples_BN: Tensor) -> Tensor:
        """Shape (batch, bands, windows)."""
        wanted = self.num_windows * _HOP
        samples_BN = nn.functional.pad(samples_BN, (0, max(0, wanted - samples_BN.shape[1])))[:, :wanted]
        spectrum = torch.stft(samples_BN, _FFT, _HOP, window=self.window, center=True, return_complex=True)
        power_BMF = self.filters.T @ spectrum[..., :-1].abs().square()
        logs_BMF = power_BMF.clamp_min(1e-10).log10()
        logs_BMF = torch.maximum(logs_BMF, logs_BMF.amax((1, 2), keepdim=True) - 8.0)
        scaled: Tensor = (logs_BMF + 4.0) / 4.0
        return scaled
