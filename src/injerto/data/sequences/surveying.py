"""What a set of texts, or of pairs of texts, turned out to be."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from injerto.core.survey import Spread, Survey
from injerto.data.contents import group_by_content
from injerto.data.labelled import LabelledData, Splits
from injerto.data.languages import count_languages
from injerto.data.sequences.items import Exchange, Pair, Passage, Spoken

_SAMPLE: Final = 2000
"""Of more examples the language of the first is told."""


def survey_sequences(data: LabelledData, splits: Splits, *, task: str) -> Survey:
    """The survey; sizes are in words of each side."""
    sides: dict[str, list[float]] = {}
    sampled: list[str] = []
    for place, example in enumerate(data.examples):
        item = example.item
        if isinstance(item, Pair):
            texts = {"words, source": item.source, "words, target": item.target}
        elif isinstance(item, Exchange):
            texts = {"words, prompt": item.prompt, "words, response": item.response}
        elif isinstance(item, Spoken):
            texts = {"words": item.text}
            sides.setdefault("seconds", []).append(round(item.recording.seconds, 2))
        else:
            assert isinstance(item, Passage)
            texts = {"words": item.text}
        for side, text in texts.items():
            sides.setdefault(side, []).append(len(text.split()))
        if place < _SAMPLE:
            sampled += texts.values()
    return Survey(
        source=data.source,
        task=task,
        modality=data.modality,
        multi_label=False,
        num_examples=len(data),
        num_skipped=data.num_skipped,
        classes=(),
        splits={"train": len(splits.train), "tune": len(splits.tune), "test": len(splits.test)},
        split_origin=splits.origin,
        imbalance=1.0,
        sizes={side: _spread(lengths) for side, lengths in sides.items()},
        num_duplicates=len(data) - len(group_by_content(data)),
        num_leaks=splits.num_leaks,
        num_conflicts=0,
        languages=count_languages(sampled),
        num_groups=None,
        columns=data.columns,
        problems=(*data.problems, *splits.problems),
        notes=data.notes,
    )


def _spread(values: Sequence[float]) -> Spread:
    return Spread(smallest=min(values), median=float(np.median(values)), largest=max(values))
