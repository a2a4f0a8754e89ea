"""OpenVINO: one compiled model, one request for each lane."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import ClassVar, final

import torch
from torch import Tensor

from injerto.activations.cut.frozen_part import FrozenPart
from injerto.activations.runtimes.named._onnx_graph import export_graph
from injerto.activations.runtimes.runtime import AbstractRuntime, Run, runtimes
from injerto.backbones.backbone import Inputs


@runtimes.register
@final
class OpenVino(AbstractRuntime):
    """Needs the extra `fast`. On one core at 224 px about 1.2 times folded PyTorch on ResNet-18, 1.9 on MobileNetV3.

    The graph comes through ONNX and the core's own reader: `openvino.convert_model` would report its use over the
    network.
    """

    title: ClassVar[str] = "OpenVINO"
    typical_setup: ClassVar[float] = 1.5
    rank: ClassVar[int] = 0
    packages: ClassVar[tuple[str, ...]] = ("onnx", "openvino")
    only_in_lanes: ClassVar[bool] = True

    @contextmanager
    def open(self, part: FrozenPart, sample: Inputs, *, lanes: int) -> Iterator[Run]:
        from openvino import Core

        core = Core()
        settings = {"INFERENCE_NUM_THREADS": lanes, "NUM_STREAMS": lanes, "INFERENCE_PRECISION_HINT": "f32"}
        compiled = core.compile_model(core.read_model(export_graph(part, sample)), "CPU", settings)
        read = [value.get_any_name() for value in compiled.inputs]
        own = threading.local()

        def run(inputs: Inputs) -> Tensor:
            if not hasattr(own, "request"):
                own.request = compiled.create_infer_request()
            found = own.request.infer({name: inputs[name].contiguous().numpy() for name in read})
            # Copied: the next call writes into the same memory.
            return torch.from_numpy(found[0].copy())

        yield run
