"""DeepSpeech as Mozilla and Coqui released it (0.9.3): dense layers, one LSTM, dense layers."""

# B batch, N samples, T frames of 20 ms, C channels.

from collections.abc import Mapping
from typing import Any, final

from torch import Tensor, nn

from injerto.backbones.speech.frame_masking import FrameMasking
from injerto.backbones.speech.mfcc_front import TensorFlowMfcc
from injerto.backbones.speech.network import AbstractSpeechNetwork
from injerto.backbones.speech.recurrent import ClippedRelu, RecurrentLayer


@final
class DeepSpeech1(AbstractSpeechNetwork):
    """Hannun et al. 2014, arXiv 1412.5567, in the shape of the releases; its last layer, the letters, is a head.

    A frame is seen with `context` frames at either side, of silence beyond the ends.
    """

    def __init__(
        self, *, width: int = 2048, num_coefficients: int = 26, context: int = 9, sample_rate_hz: int = 16_000
    ) -> None:
        super().__init__()
        self.sample_rate_hz = sample_rate_hz
        self._settings = {
            "width": width,
            "num_coefficients": num_coefficients,
            "context": context,
            "sample_rate_hz": sample_rate_hz,
        }
        self.front = _Front(num_coefficients, context, sample_rate_hz)
        self.masking = FrameMasking()
        self.layer_1 = _Dense((2 * context + 1) * num_coefficients, width)
        self.layer_2 = _Dense(width, width)
        self.layer_3 = _Dense(width, width)
        self.recurrent = RecurrentLayer(width, width, bidirectional=False, summed=False)
        self.layer_5 = _Dense(width, width)

    def num_frames(self, num_samples: int) -> int:
        return max(1, self.front.mfcc.num_frames(num_samples))

    def forward(self, samples: Tensor, frame_mask: Tensor, num_samples: Tensor) -> Tensor:
        x_BTC = self.masking(self.front(samples, frame_mask))
        x_BTC = self.layer_3(self.layer_2(self.layer_1(x_BTC)))
        x_BTC = self.layer_5(self.recurrent(x_BTC, frame_mask))
        masked: Tensor = x_BTC * frame_mask.unsqueeze(-1).to(x_BTC.dtype)
        return masked

    def settings(self) -> dict[str, Any]:
        return {"architecture": "deep-speech-1", **self._settings}

    def groups(self) -> Mapping[str, str]:
        return {name: name.split(".")[0] for name, _ in self.named_parameters()}


@final
class _Front(nn.Module):
    def __init__(self, num_coefficients: int, context: int, sample_rate_hz: int) -> None:
        super().__init__()
        self.mfcc = TensorFlowMfcc(num_coefficients=num_coefficients, sample_rate_hz=sample_rate_hz)
        self._context = context

    def forward(self, samples_BN: Tensor, mask_BT: Tensor) -> Tensor:
        cepstra = self.mfcc(samples_BN, mask_BT.shape[1]) * mask_BT.unsqueeze(-1).to(samples_BN.dtype)
        padded = nn.functional.pad(cepstra, (0, 0, self._context, self._context))
        windows: Tensor = padded.unfold(1, 2 * self._context + 1, 1).transpose(2, 3).flatten(2)
        return windows


@final
class _Dense(nn.Module):
    def __init__(self, num_inputs: int, width: int) -> None:
        super().__init__()
        self.linear = nn.Linear(num_inputs, width)
        self.clip = ClippedRelu()

    def forward(self, x: Tensor) -> Tensor:
        clipped: Tensor = self.clip(self.linear(x))
        return clipped
