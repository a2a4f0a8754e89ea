"""ONNX Runtime with weights and activations of eight bits, for those who ask for it."""

import logging
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar, Final, final

from injerto.activations.cut.frozen_part import FrozenPart
from injerto.activations.runtimes.named._onnx_graph import export_graph
from injerto.activations.runtimes.named.onnxruntime import open_session
from injerto.activations.runtimes.runtime import AbstractRuntime, Run, runtimes
from injerto.backbones.backbone import Inputs
from injerto.core.arithmetic import Arithmetic

INT8_TOLERANCE: Final = 5e-2
"""Asked for by name, so it may cost something. MobileNets were off by 0.16 and 0.84, ViT-tiny by 0.36."""


@runtimes.register
@final
class OnnxRuntimeInt8(AbstractRuntime):
    """On one core of a Xeon with units for it, at 224 px: ResNet-18 2.5 times as quick as in float32, off by 1 %.

    Weights are scaled by channel, activations by the range that they have on a few of the job's own examples (Jacob et
    al. 2018, arXiv 1712.05877). How far it is from float32 on these and on as many others stands in
    `RuntimeChoice.difference`.
    """

    title: ClassVar[str] = "ONNX Runtime, int8"
    typical_setup: ClassVar[float] = 3.0
    rank: ClassVar[int] = -1
    packages: ClassVar[tuple[str, ...]] = ("onnx", "onnxruntime")
    only_in_lanes: ClassVar[bool] = True
    arithmetic: ClassVar[Arithmetic] = "int8"
    num_examples: ClassVar[int] = 16
    tolerance: ClassVar[float] = INT8_TOLERANCE

    @contextmanager
    def open(self, part: FrozenPart, sample: Inputs, *, lanes: int) -> Iterator[Run]:
        if any(value.ndim != 4 for value in sample.values()):
            raise NotImplementedError("eight bits are for pictures")
        yield open_session(_quantise(export_graph(part, sample), sample))


def _quantise(graph: bytes, sample: Inputs) -> bytes:
    from onnxruntime.quantization import QuantType, quantize_static
    from onnxruntime.quantization.shape_inference import quant_pre_process

    before = logging.root.manager.disable
    logging.disable(logging.WARNING)  # It advises to do what the line above its own did.
    # It reads and writes files alone.
    with tempfile.TemporaryDirectory(prefix="injerto-int8-") as folder:
        whole, prepared, small = (str(Path(folder) / name) for name in ("whole.onnx", "prepared.onnx", "small.onnx"))
        Path(whole).write_bytes(graph)
        try:
            quant_pre_process(whole, prepared)
            quantize_static(
                prepared,
                small,
                _Examples(sample),
                per_channel=True,
                activation_type=QuantType.QUInt8,
                weight_type=QuantType.QInt8,
            )
        finally:
            logging.disable(before)
        return Path(small).read_bytes()


class _Examples:
    """The first half of the examples one by one, as the quantiser asks for them; the other half is compared too."""

    def __init__(self, sample: Inputs) -> None:
        number = (min(len(value) for value in sample.values()) + 1) // 2
        self._rest = iter(
            [{name: value[i : i + 1].cpu().numpy() for name, value in sample.items()} for i in range(number)]
        )

    def get_next(self) -> dict[str, Any] | None:
        """The next, or None behind the last."""
        return next(self._rest, None)
