"""Google's small speech embedding: a fixed mel front end and twenty convolutions, one vector every 80 ms."""

# B batch, N samples, F windows of 10 ms, M bands, T frames of 80 ms.

from collections.abc import Mapping
from typing import Any, Final, final

import torch
from torch import Tensor, nn
from torch.nn import functional

from injerto.backbones.speech.network import AbstractSpeechNetwork

_CHANNELS: Final = (24, 48, 72, 96, 96)
_POOLS: Final = {2: (2, 2), 6: (1, 2), 10: (2, 2), 14: (1, 2), 18: (2, 2)}
"""Windows and bands that are pooled after so many convolutions."""
_FLOOR: Final = -0.4
_WINDOW: Final = 512
_HOP: Final = 160
_FIELD: Final = 76
"""Windows that one vector sees, and eight more for each further one."""
_STRIDE: Final = 8


@final
class SpeechEmbedding(AbstractSpeechNetwork):
    """Lin et al. 2020, arXiv 2002.01322. A recording is padded by half a field at either end, so that the vector of a
    frame stands for the sound at its place, and a short one gives at least one."""

    sample_rate_hz = 16_000
    full_scale = 32768.0

    def __init__(self) -> None:
        super().__init__()
        self.real: Tensor
        self.imag: Tensor
        self.mel: Tensor
        self.register_buffer("real", torch.zeros(_WINDOW // 2 + 1, 1, _WINDOW))
        self.register_buffer("imag", torch.zeros(_WINDOW // 2 + 1, 1, _WINDOW))
        self.register_buffer("mel", torch.zeros(_WINDOW // 2 + 1, 32))
        convs, last = [nn.Conv2d(1, _CHANNELS[0], 3, padding=(0, 1))], _CHANNELS[0]
        for group, width in enumerate(_CHANNELS):
            for number in range(2 if group == 0 else 4):
                if number % 2 == 0:
                    convs.append(nn.Conv2d(last, width, (1, 3), padding=(0, 1)))
                else:
                    convs.append(nn.Conv2d(width, width, (3, 1)))
                last = width
        convs.append(nn.Conv2d(last, last, (3, 1), bias=False))
        self.convs = nn.ModuleList(convs)

    def load_own_state(self, state: Mapping[str, Tensor]) -> None:
        """Put weights in; raises `RuntimeError` where they are not this network's."""
        self.load_state_dict(dict(state), strict=True)

    def num_frames(self, num_samples: int) -> int:
        return max(1, -(-num_samples // (_HOP * _STRIDE)))

    def forward(self, samples: Tensor, frame_mask: Tensor, num_samples: Tensor) -> Tensor:
        needed = (_FIELD + _STRIDE * (frame_mask.shape[1] - 1)) * _HOP + _WINDOW - _HOP
        before = (_FIELD - _STRIDE) // 2 * _HOP
        samples = functional.pad(samples, (before, max(0, needed - before - samples.shape[1])))[:, :needed]
        frames = self.embed(self.mel_frames(samples))
        return frames * frame_mask.unsqueeze(-1).to(frames.dtype)

    def mel_frames(self, samples_BN: Tensor) -> Tensor:
        """Decibels of mel bands, shape (batch, windows, 32); what is 80 dB below the loudest is as quiet as that."""
        x = samples_BN[:, None]
        power_BKF = (
            functional.conv1d(x, self.real, stride=_HOP).square()
            + functional.conv1d(x, self.imag, stride=_HOP).square()
        )
        decibels = 10 * torch.log10((power_BKF.transpose(1, 2) @ self.mel).clamp_min(1e-10))
        return torch.maximum(decibels, decibels.amax((1, 2), keepdim=True) - 80.0) / 10 + 2

    def embed(self, mel_BFM: Tensor) -> Tensor:
        """Vectors, shape (batch, frames, 96), of at least 76 windows."""
        x = mel_BFM[:, None]
        for number, conv in enumerate(self.convs):
            x = conv(x)
            if number < len(self.convs) - 1:
                x = functional.leaky_relu(x, 0.2).clamp_min(_FLOOR)
            if number in _POOLS:
                x = functional.max_pool2d(x, _POOLS[number])
        return x.squeeze(3).transpose(1, 2)

    def settings(self) -> dict[str, Any]:
        return {"architecture": "speech-embedding"}

    def groups(self) -> Mapping[str, str]:
        def group(name: str) -> str:
            number = int(name.split(".")[1])
            return "stem" if number < 3 else f"convs.{3 + (number - 3) // 4 * 4}"

        return {name: group(name) for name, _ in self.named_parameters()}
