"""A frozen part in OpenVINO: one compiled model, one request for each lane."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

import torch
from torch import Tensor

from injerto.activations.cut.frozen_part import FrozenPart
from injerto.activations.runtimes.named._onnx_graph import export_graph
from injerto.activations.runtimes.runtime import Run
from injerto.backbones.backbone import Inputs


@contextmanager
def open_model(part: FrozenPart, sample: Inputs, *, lanes: int, precision: Literal["f32", "bf16"]) -> Iterator[Run]:
    """The part, computed in `precision`.

    The graph comes through ONNX and the core's own reader: `openvino.convert_model` would report its use over the
    network.
    """
    from openvino import Core

    core = Core()
    if precision == "bf16" and "BF16" not in core.get_property("CPU", "OPTIMIZATION_CAPABILITIES"):
        raise NotImplementedError("this processor has no units for bfloat16")
    settings = {"INFERENCE_NUM_THREADS": lanes, "NUM_STREAMS": lanes, "INFERENCE_PRECISION_HINT": precision}
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
