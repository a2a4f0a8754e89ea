"""ONNX Runtime: one session, as many threads through it as there are lanes."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import ClassVar, final

import torch
from torch import Tensor

from injerto.activations.cut.frozen_part import FrozenPart
from injerto.activations.runtimes.named._onnx_graph import export_graph
from injerto.activations.runtimes.runtime import AbstractRuntime, Run, runtimes
from injerto.backbones.backbone import Inputs

_ERRORS_ONLY = 3


@runtimes.register
@final
class OnnxRuntime(AbstractRuntime):
    """Needs the extra `fast`. On one core at 224 px about 1.1 times folded PyTorch on ResNet-18, 1.8 on MobileNetV3."""

    title: ClassVar[str] = "ONNX Runtime"
    typical_setup: ClassVar[float] = 0.7
    rank: ClassVar[int] = 3
    packages: ClassVar[tuple[str, ...]] = ("onnx", "onnxruntime")
    only_in_lanes: ClassVar[bool] = True

    @contextmanager
    def open(self, part: FrozenPart, sample: Inputs, *, lanes: int) -> Iterator[Run]:
        yield open_session(export_graph(part, sample))


def open_session(graph: bytes) -> Run:
    """One session of one thread, which several threads may call."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = _ERRORS_ONLY
    session = onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
    read = {value.name for value in session.get_inputs()}

    def run(inputs: Inputs) -> Tensor:
        given = {name: value.contiguous().numpy() for name, value in inputs.items() if name in read}
        return torch.from_numpy(session.run(None, given)[0])

    return run
