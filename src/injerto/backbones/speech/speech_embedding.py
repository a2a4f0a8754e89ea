"""Google's small speech embedding: a fixed mel front end and twenty convolutions."""

# B batch, N samples, F windows of 10 ms, M bands, T frames of 40 ms.

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
_STEP: Final = 4
"""Windows between two passes."""


@final
class SpeechEmbedding(AbstractSpeechNetwork):
    """Lin et al. 2020, arXiv 2002.01322.

    It was made to give a vector every 80 ms, too few for the letters of a quick word: here it runs twice over the same
    bands, the second time 40 ms later, and the vectors are woven together. A recording is padded by half a field at
    either end, so that the vector of a frame stands for the sound at its place.
    """

    sample_rate_hz = 16_000
    full_scale = 32768.0
    fixed = ("real", "imag", "mel")

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
        return max(1, -(-num_samples // (_HOP * _STEP)))

    def forward(self, samples: Tensor, frame_mask: Tensor, num_samples: Tensor) -> Tensor:
        batch, num_frames = frame_mask.shape
        passes = _STRIDE // _STEP
        each = -(-num_frames // passes)
        num_windows = _FIELD + _STRIDE * (each - 1)
        needed = (num_windows + _STRIDE - _STEP - 1) * _HOP + _WINDOW
        before = (_FIELD - _STEP) // 2 * _HOP
        samples = functional.pad(samples, (before, max(0, needed - before - samples.shape[1])))[:, :needed]
        mel_BFM = self.mel_frames(samples)
        shifted = torch.cat([mel_BFM[:, _STEP * i : _STEP * i + num_windows] for i in range(passes)])
        vectors = torch.stack(self.embed(shifted).chunk(passes), dim=2)
        frames: Tensor = vectors.reshape(batch, each * passes, -1)[:, :num_frames]
        masked: Tensor = frames * frame_mask.unsqueeze(-1).to(frames.dtype)
        return masked

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
