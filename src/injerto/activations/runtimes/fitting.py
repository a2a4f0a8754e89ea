"""A batch that does not fit into the memory of a GPU runs in parts."""

from typing import Final, final

import torch

from injerto.activations.runtimes.runtime import Run
from injerto.backbones.backbone import Inputs
from injerto.core.errors import ResourceError


@final
class FittingRun:
    """`run`, of as many examples at a time as were found to fit; halved whenever memory is not enough.

    Raises:
        ResourceError: a single example does not fit.
    """

    def __init__(self, run: Run, *, name: str) -> None:
        self._run: Final = run
        self._name: Final = name
        self._most: int | None = None

    def __call__(self, inputs: Inputs) -> torch.Tensor:
        size = len(next(iter(inputs.values())))
        parts = []
        start = 0
        while start < size:
            number = min(self._most or size, size - start)
            try:
                parts.append(self._run({name: value[start : start + number] for name, value in inputs.items()}))
            except torch.OutOfMemoryError as error:
                if number == 1:
                    raise ResourceError("device-memory", backbone=self._name) from error
                self._most = number // 2
                torch.cuda.empty_cache()
                continue
            start += number
        return parts[0] if len(parts) == 1 else torch.cat(parts)
