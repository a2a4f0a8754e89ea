"""The frozen part as an ONNX graph, in memory."""

import io
import warnings
from typing import cast

import torch
from torch import Tensor, nn

from injerto.activations.cut.frozen_part import FrozenPart
from injerto.backbones.backbone import Inputs

_OPSET = 18


class _Positional(nn.Module):
    """Exporters pass tensors by position."""

    def __init__(self, part: FrozenPart, names: tuple[str, ...]) -> None:
        super().__init__()
        self.part = part
        self.names = names

    def forward(self, *values: Tensor) -> Tensor:
        return cast(Tensor, self.part(dict(zip(self.names, values, strict=True))))


def export_graph(part: FrozenPart, sample: Inputs) -> bytes:
    """The graph, its inputs named as those of the network, its batch (and the length of texts) open.

    The exporter that traces is used: it follows Python out of the network where the part stops, and takes tenths of a
    second where the other takes ten.
    """
    names = tuple(sample)
    axes = {name: {0: "batch"} if value.ndim == 4 else {0: "batch", 1: "length"} for name, value in sample.items()}
    graph = io.BytesIO()
    with part.ready(), torch.no_grad(), warnings.catch_warnings():
        # It warns of its own age, and of shapes taken as constants: what it made is compared before it is used.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            _Positional(part, names).eval(),
            tuple(sample.values()),
            graph,  # type: ignore[arg-type]  # A stream is taken by this exporter; the signature is the other's.
            input_names=list(names),
            output_names=["frozen"],
            dynamic_axes=axes | {"frozen": {0: "batch"}},
            opset_version=_OPSET,
            dynamo=False,
        )
    return graph.getvalue()
