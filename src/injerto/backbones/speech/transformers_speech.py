"""wav2vec 2.0, HuBERT and WavLM of transformers, taken apart at the frames that their convolutions give."""

# B batch, N samples, T frames, C channels.

import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final, final

from torch import Tensor, nn

from injerto.backbones.speech.frame_masking import FrameMasking
from injerto.backbones.speech.network import AbstractSpeechNetwork

MODEL_TYPES: Final = ("wav2vec2", "hubert", "wavlm", "data2vec-audio", "unispeech", "unispeech-sat")
"""Convolutions over samples, a projection, an encoder with convolved positions."""


@final
class TransformersSpeech(AbstractSpeechNetwork):
    """The network's own parts in its own order.

    Its own forward finds the mask of frames from one of samples, which is gone behind a cut; here the frames' mask is
    given. Parameters are those of the network, under names without their wrapper's.
    """

    num_front_groups = 1

    def __init__(self, network: Any, *, sample_rate_hz: int) -> None:
        super().__init__()
        self.sample_rate_hz = sample_rate_hz
        self.config = network.config
        self.front = _ConvolutionalFront(network.feature_extractor, network.config)
        self.projection = _Projection(network.feature_projection)
        self.masking = FrameMasking(time_share=0.3, channel_share=0.1, span=10)
        self.encoder: nn.Module = network.encoder
        self._whole = (network,)  # In a tuple, for the modules of it are here already.

    @property
    def whole(self) -> Any:
        """The network as transformers knows it; its parameters are these."""
        return self._whole[0]

    def num_frames(self, num_samples: int) -> int:
        return max(1, self.front.num_frames(num_samples))

    def forward(self, samples: Tensor, frame_mask: Tensor, num_samples: Tensor) -> Tensor:
        mask_BT1 = frame_mask.unsqueeze(-1)
        frames = self.masking(self.projection(self.front(samples, frame_mask, num_samples)))
        # A new tensor: the encoder writes into what it is given, and behind a cut that is a stand-in.
        frames = frames * mask_BT1.to(frames.dtype)
        with _without_mask_warning(self.config.model_type):
            encoded: Tensor = self.encoder(frames, attention_mask=frame_mask.bool())[0]
        return encoded * mask_BT1.to(encoded.dtype)

    def settings(self) -> dict[str, Any]:
        idle = {
            "_name_or_path",
            "architectures",
            "dtype",
            "id2label",
            "label2id",
            "torch_dtype",
            "transformers_version",
        }
        return {"library": "transformers", **{k: v for k, v in self.config.to_diff_dict().items() if k not in idle}}

    def groups(self) -> Mapping[str, str]:
        norm_is_last = bool(getattr(self.config, "do_stable_layer_norm", False))

        def group(name: str) -> str:
            parts = name.split(".")
            if parts[0] == "front":
                return "convolutions"
            if parts[:2] == ["encoder", "layers"]:
                return f"layer.{parts[2]}"
            return "norm" if parts[:2] == ["encoder", "layer_norm"] and norm_is_last else "projection"

        return {name: group(name) for name, _ in self.named_parameters()}

    def save(self, folder: str) -> bool:
        self.whole.save_pretrained(folder)
        return True


@contextmanager
def _without_mask_warning(model_type: str) -> Iterator[None]:
    """WavLM hands PyTorch a mask of numbers beside one of truths, and PyTorch warns whoever uses WavLM."""
    if model_type != "wavlm":
        yield
        return
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Support for mismatched key_padding_mask")
        yield


@final
class _ConvolutionalFront(nn.Module):
    def __init__(self, extractor: nn.Module, config: Any) -> None:
        super().__init__()
        self.extractor = extractor
        self._layers = list(zip(config.conv_kernel, config.conv_stride, strict=True))
        # A group norm takes its statistics over all of a recording, so that padding would change every frame.
        self._one_by_one = getattr(config, "feat_extract_norm", "group") == "group"

    def num_frames(self, num_samples: int) -> int:
        for kernel, stride in self._layers:
            num_samples = (num_samples - kernel) // stride + 1
        return num_samples

    def num_samples(self, num_frames: int) -> int:
        """The fewest samples that give so many frames."""
        for kernel, stride in reversed(self._layers):
            num_frames = (num_frames - 1) * stride + kernel
        return num_frames

    def forward(self, samples_BN: Tensor, mask_BT: Tensor, num_samples_B1: Tensor) -> Tensor:
        num_frames = mask_BT.shape[1]
        samples_BN = nn.functional.pad(samples_BN, (0, max(0, self.num_samples(num_frames) - samples_BN.shape[1])))
        if not self._one_by_one:
            frames: Tensor = self.extractor(samples_BN[:, : self.num_samples(num_frames)]).transpose(1, 2)
            return frames * mask_BT.unsqueeze(-1).to(frames.dtype)
        rows = []
        for row, count, own_samples in zip(samples_BN, mask_BT.sum(1), num_samples_B1[:, 0], strict=True):
            length = max(self.num_samples(max(1, int(count))), int(own_samples))
            own = self.extractor(row[None, :length]).transpose(1, 2)[0, : int(count)]
            rows.append(nn.functional.pad(own, (0, 0, 0, num_frames - own.shape[0])))
        return nn.utils.rnn.pad_sequence(rows, batch_first=True)


@final
class _Projection(nn.Module):
    """Some give a pair, of which the first is meant."""

    def __init__(self, inner: nn.Module) -> None:
        super().__init__()
        self.inner = inner

    def forward(self, frames: Tensor) -> Tensor:
        projected = self.inner(frames)
        first: Tensor = projected[0] if isinstance(projected, tuple) else projected
        return first
