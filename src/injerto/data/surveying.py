"""What a data set turned out to be: counts, sizes, duplicates, leaks and problems, in one record."""

from collections import Counter
from collections.abc import Sequence
from typing import Final

import numpy as np

from injerto.core.survey import ClassCount, Modality, Spread, Survey
from injerto.data.contents import group_by_content
from injerto.data.items import AbstractImageItem, AbstractItem, Text
from injerto.data.labelled import LabelledData, Splits

_SAMPLE: Final = 2000
_SAMPLE_SEED: Final = 0


def make_survey(data: LabelledData, splits: Splits, *, task: str) -> Survey:
    """The survey of data and splits. Sizes are those of a sample of at most 2000 examples, the same every time."""
    counts = {
        name: Counter(label for position in positions for label in data.examples[int(position)].labels)
        for name, positions in (("train", splits.train), ("tune", splits.tune), ("test", splits.test))
    }
    trained = [count for label in data.labels if (count := counts["train"][label])]
    groups = {example.group for example in data.examples if example.group is not None}
    contents = group_by_content(data)
    return Survey(
        source=data.source,
        task=task,
        modality=data.modality,
        multi_label=data.multi_label,
        num_examples=len(data),
        num_skipped=data.num_skipped,
        classes=tuple(
            ClassCount(
                label=label,
                train=counts["train"][label],
                tune=counts["tune"][label],
                test=counts["test"][label],
            )
            for label in data.labels
        ),
        splits={"train": len(splits.train), "tune": len(splits.tune), "test": len(splits.test)},
        split_origin=splits.origin,
        imbalance=max(trained, default=0) / min(trained, default=1),
        sizes=_measure_sizes(data),
        num_duplicates=len(data) - len(contents),
        num_leaks=splits.num_leaks,
        num_conflicts=sum(
            len({data.examples[position].labels for position in positions}) > 1 for positions in contents
        ),
        num_groups=len(groups) or None,
        columns=data.columns,
        problems=(*data.problems, *splits.problems),
        notes=data.notes,
    )


def _measure_sizes(data: LabelledData) -> dict[str, Spread]:
    positions: Sequence[int] = range(len(data))
    if len(data) > _SAMPLE:
        positions = np.random.default_rng(_SAMPLE_SEED).choice(len(data), size=_SAMPLE, replace=False).tolist()
    items = [data.examples[position].item for position in positions]
    if data.modality is Modality.IMAGE:
        sizes = [item.read_size() for item in items if isinstance(item, AbstractImageItem)]
        return {"width": _spread([width for width, _ in sizes]), "height": _spread([height for _, height in sizes])}
    texts = [_text(item) for item in items]
    return {
        "words": _spread([len(text.split()) for text in texts]),
        "characters": _spread([len(text) for text in texts]),
    }


def _text(item: AbstractItem) -> str:
    assert isinstance(item, Text)
    return item.text


def _spread(values: Sequence[int]) -> Spread:
    return Spread(smallest=min(values), median=float(np.median(values)), largest=max(values))
