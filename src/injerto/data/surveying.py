"""What a data set turned out to be: counts, sizes, duplicates, leaks and problems, in one record."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from injerto.core.messages import say
from injerto.core.survey import BoxSurvey, ClassCount, Modality, Problem, Spread, Survey
from injerto.data.alike_texts import find_alike_texts
from injerto.data.contents import group_by_content
from injerto.data.draft import join_names, make_problem
from injerto.data.items import AbstractImageItem, AbstractItem, Text
from injerto.data.labelled import LabelledData, Splits
from injerto.data.languages import count_languages
from injerto.data.picture_contents import look_at_pictures
from injerto.data.recordings import AbstractRecording

_SAMPLE: Final = 2000
_SAMPLE_SEED: Final = 0
_ENOUGH_PAIRS: Final = 30
"""Nearly equal pairs from which on the share that disagrees says something: with fewer its error is above a fifth."""
_NAMES_SHOWN: Final = 3


def make_survey(data: LabelledData, splits: Splits, *, task: str, with_test: bool = True) -> Survey:
    """The survey of data and splits. Sizes are those of a sample of at most 2000 examples, the same every time.

    `with_test` looks at the contents of test examples too, for black and nearly equal ones; before something is chosen
    or trained nobody looks at them.
    """
    counts = {
        name: Counter(label for position in positions for label in data.labels_of(int(position)))
        for name, positions in (("train", splits.train), ("tune", splits.tune), ("test", splits.test))
    }
    trained = [count for label in data.labels if (count := counts["train"][label])]
    groups = {example.group for example in data.examples if example.group is not None}
    contents = group_by_content(data)
    found = _look(data, frozenset() if with_test else frozenset(splits.test.tolist()))
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
        boxes=_measure_boxes(data) if data.has_boxes else None,
        num_duplicates=len(data) - len(contents),
        num_leaks=splits.num_leaks,
        num_conflicts=sum(
            len({data.examples[position].labels for position in positions}) > 1 for positions in contents
        ),
        num_looked_at=found.num_looked_at,
        num_alike=len(found.alike),
        num_alike_conflicts=len(found.conflicts),
        label_noise=len(found.conflicts) / len(found.alike) / 2 if len(found.alike) >= _ENOUGH_PAIRS else None,
        near_black=tuple(data.examples[i].where for i in found.near_black),
        near_constant=tuple(data.examples[i].where for i in found.near_constant),
        languages=_count_languages(data),
        num_groups=len(groups) or None,
        columns=data.columns,
        problems=(*data.problems, *splits.problems, *_problems(data, found)),
        notes=data.notes,
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class _Found:
    """What looking at contents gave, by position."""

    num_looked_at: int
    alike: Sequence[tuple[int, int]]
    conflicts: Sequence[tuple[int, int]]
    near_black: Sequence[int] = ()
    near_constant: Sequence[int] = ()


def _look(data: LabelledData, unseen: frozenset[int]) -> _Found:
    """Nearly equal examples, and pictures that show nothing, among those that are not `unseen`."""

    def disagreeing(pairs: Sequence[tuple[int, int]]) -> Sequence[tuple[int, int]]:
        return [(one, other) for one, other in pairs if data.examples[one].labels != data.examples[other].labels]

    if data.modality is Modality.AUDIO:
        return _Found(num_looked_at=0, alike=(), conflicts=())
    if data.modality is Modality.TEXT:
        pairs = [pair for pair in find_alike_texts(data) if unseen.isdisjoint(pair)]
        return _Found(num_looked_at=len(data) - len(unseen), alike=pairs, conflicts=disagreeing(pairs))
    seen = look_at_pictures(data, [i for i in _sample(data) if i not in unseen])
    return _Found(
        num_looked_at=seen.num_looked_at,
        alike=seen.alike,
        conflicts=disagreeing(seen.alike),
        near_black=seen.near_black,
        near_constant=seen.near_constant,
    )


def _problems(data: LabelledData, found: _Found) -> list[Problem]:
    """One problem for each kind of picture that shows nothing, and for each pair that disagrees."""
    problems = []
    for code, positions in (("near-black", found.near_black), ("near-constant", found.near_constant)):
        if positions:
            names = join_names([data.examples[i].where for i in positions], most=_NAMES_SHOWN)
            what = say(f"data.problem.{code}", number=len(positions))
            problems.append(make_problem(code, names, what, "kept"))
    for one, other in found.conflicts:
        labels = "; ".join(", ".join(data.examples[i].labels) for i in (one, other))
        what = say("data.problem.alike", where=data.examples[other].where, labels=labels)
        problems.append(make_problem("alike", data.examples[one].where, what, "kept"))
    return problems


def _sample(data: LabelledData) -> Sequence[int]:
    """At most 2000 positions in a random order, the same every time."""
    return [int(i) for i in np.random.default_rng(_SAMPLE_SEED).permutation(len(data))[:_SAMPLE]]


def _measure_sizes(data: LabelledData) -> dict[str, Spread]:
    items = [data.examples[position].item for position in _sample(data)]
    if data.modality is Modality.IMAGE:
        sizes = [item.read_size() for item in items if isinstance(item, AbstractImageItem)]
        return {"width": _spread([width for width, _ in sizes]), "height": _spread([height for _, height in sizes])}
    if data.modality is Modality.AUDIO:
        lengths = [item.read_length() for item in items if isinstance(item, AbstractRecording)]
        return {
            "seconds": _spread([round(number / rate, 2) for number, rate in lengths]),
            "hertz": _spread([rate for _, rate in lengths]),
        }
    texts = [_text(item) for item in items]
    return {
        "words": _spread([len(text.split()) for text in texts]),
        "characters": _spread([len(text) for text in texts]),
    }


def _count_languages(data: LabelledData) -> dict[str, int]:
    if data.modality is not Modality.TEXT:
        return {}
    return count_languages(_text(data.examples[position].item) for position in _sample(data))


def _measure_boxes(data: LabelledData) -> BoxSurvey:
    counts = [len(example.boxes or ()) for example in data.examples]
    boxes = [box for example in data.examples for box in example.boxes or ()]
    number = Counter(box.label for box in boxes)
    return BoxSurvey(
        num_boxes={label: number[label] for label in data.labels},
        num_crowds=sum(box.crowd for box in boxes),
        num_negatives=counts.count(0),
        in_a_picture=_spread(counts),
        sides=_spread([round(float(np.sqrt(box.width * box.height))) for box in boxes]),
    )


def _text(item: AbstractItem) -> str:
    assert isinstance(item, Text)
    return item.text


def _spread(values: Sequence[float]) -> Spread:
    return Spread(smallest=min(values), median=float(np.median(values)), largest=max(values))
