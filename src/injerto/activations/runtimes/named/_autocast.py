"""PyTorch in half precision: weights stay in float32 and are rounded as they are used (autocast)."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from injerto.activations.cut.frozen_part import FrozenPart
from injerto.activations.runtimes.frozen_copy import channels_last, make_frozen_copy
from injerto.activations.runtimes.runtime import Run
from injerto.backbones.backbone import Inputs


@contextmanager
def open_autocast(part: FrozenPart, sample: Inputs, dtype: torch.dtype) -> Iterator[Run]:
    """The folded copy, its products in `dtype`; sums and norms stay in float32, and so does what comes out."""
    quick = FrozenPart(
        make_frozen_copy(part.backbone, sample, pool=part.pool), pool=part.pool, at=part.at, carried=part.carried
    )
    kind = part.backbone.device().type
    with quick.ready():

        def run(inputs: Inputs) -> torch.Tensor:
            with torch.autocast(kind, dtype=dtype):
                return torch.as_tensor(quick(channels_last(inputs))).float()

        yield run
