"""Recordings that are too short for what is said in them: nothing can be learnt from these, and nobody is told."""

from dataclasses import replace
from itertools import pairwise
from typing import Final

import numpy as np
import numpy.typing as npt

from injerto.backbones.backbone import AbstractBackbone
from injerto.core.errors import DataError
from injerto.core.progress import Reporter
from injerto.data.draft import join_names
from injerto.workflow.ready import Ready

_MOST_NAMED: Final = 5


def drop_too_short(ready: Ready, backbone: AbstractBackbone, reporter: Reporter) -> Ready:
    """The same without training and tuning examples that have fewer frames than their transcript needs.

    They are named in a note. CTC needs a frame for every character and one between two equal ones. The test split stays
    as it is: there such a recording counts as what it is worth. Raises `DataError` where nothing is left.
    """
    if not ready.data.transcribed:
        return ready
    dropped: list[str] = []

    def keep(positions: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        examples = [ready.data.examples[int(i)] for i in positions]
        lengths = backbone.lengths([example.item for example in examples])
        fits = [frames >= count_needed(e.labels[0]) for e, frames in zip(examples, lengths, strict=True)]
        dropped.extend(e.where for e, fit in zip(examples, fits, strict=True) if not fit)
        kept: npt.NDArray[np.int64] = positions[np.array(fits, dtype=bool)]
        return kept

    splits = replace(ready.splits, train=keep(ready.splits.train), tune=keep(ready.splits.tune))
    if dropped:
        reporter.note("run.too-short", number=len(dropped), names=join_names(dropped, most=_MOST_NAMED))
    if not len(splits.train) or not len(splits.tune):
        raise DataError("all-too-short", source=ready.data.source, backbone=backbone.card.name)
    return replace(ready, splits=splits)


def count_needed(text: str) -> int:
    """Frames that a transcript needs.

    >>> count_needed("three")
    6
    """
    return len(text) + sum(one == other for one, other in pairwise(text))
