"""ONNX, which ONNX Runtime, OpenVINO, TensorRT and browsers run."""

import io
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from typing import ClassVar, Final, final

import numpy as np
import torch
from torch import Tensor, nn

from injerto.deploy.format import AbstractFormat, Outputs, Run, formats

_OPSET: Final = 18
_ERRORS_ONLY: Final = 3
_INPUT: Final = "pixels"


@formats.register
@final
class Onnx(AbstractFormat):
    """By the exporter that traces, as the runtimes of frozen layers do: it follows Python out of the network."""

    title: ClassVar[str] = "ONNX"
    file: ClassVar[str] = "model.onnx"
    packages: ClassVar[tuple[str, ...]] = ("onnx", "onnxruntime")

    def write(self, graph: nn.Module, sample: Tensor, outputs: Sequence[str], path: Path) -> None:
        # Where it cannot go on it prints the whole graph.
        with torch.no_grad(), warnings.catch_warnings(), redirect_stdout(io.StringIO()):
            # It warns of its own age, and of shapes taken as constants: what it made is compared before it is kept.
            warnings.simplefilter("ignore")
            torch.onnx.export(
                graph.eval(),
                (sample,),
                str(path),
                input_names=[_INPUT],
                output_names=list(outputs),
                dynamic_axes={name: {0: "batch"} for name in (_INPUT, *outputs)},
                opset_version=_OPSET,
                dynamo=False,
            )

    def open(self, path: Path) -> Run:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.log_severity_level = _ERRORS_ONLY
        with _plain_errors():
            session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        names = [value.name for value in session.get_outputs()]

        def run(pixels: np.ndarray) -> Outputs:
            with _plain_errors():
                return dict(zip(names, session.run(None, {_INPUT: np.ascontiguousarray(pixels)}), strict=True))

        return run


@contextmanager
def _plain_errors() -> Iterator[None]:
    """ONNX Runtime raises classes of its own, directly below Exception, that have no public name."""
    try:
        yield
    except Exception as error:
        if type(error).__module__.startswith("onnxruntime."):
            raise RuntimeError(str(error)) from error
        raise
