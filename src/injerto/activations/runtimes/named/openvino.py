"""OpenVINO in float32."""

from contextlib import AbstractContextManager
from typing import ClassVar, final

from injerto.activations.cut.frozen_part import FrozenPart
from injerto.activations.runtimes.named._openvino_model import open_model
from injerto.activations.runtimes.runtime import AbstractRuntime, Run, runtimes
from injerto.backbones.backbone import Inputs


@runtimes.register
@final
class OpenVino(AbstractRuntime):
    """Needs the extra `fast`. On one core at 224 px about 1.2 times folded PyTorch on ResNet-18, 1.9 on MobileNetV3."""

    title: ClassVar[str] = "OpenVINO"
    typical_setup: ClassVar[float] = 1.5
    rank: ClassVar[int] = 2
    packages: ClassVar[tuple[str, ...]] = ("onnx", "openvino")
    only_in_lanes: ClassVar[bool] = True

    def open(self, part: FrozenPart, sample: Inputs, *, lanes: int) -> AbstractContextManager[Run]:
        return open_model(part, sample, lanes=lanes, precision="f32")
