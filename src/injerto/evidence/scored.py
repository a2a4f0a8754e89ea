"""Answers of a model and of its controls on the same examples, as quantities that groups are compared by."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import final

import numpy as np

from injerto.core.answers_on_test import SumsOnTest
from injerto.data.arrays import Floats, Ints
from injerto.evidence.answered import Answered
from injerto.evidence.answered_sets import AnsweredSets, Sets
from injerto.evidence.quantities import (
    AbstractQuantity,
    AccuracyQuantity,
    SumQuantity,
    quantities_of_boxes,
    quantities_of_labels,
    quantities_of_sets,
    quantities_of_words,
)
from injerto.tasks.detection.metrics import BoxMatches
from injerto.tasks.metrics.metric import AbstractMetric


@final
@dataclass(frozen=True, kw_only=True)
class Scored:
    """The quantities of the model, the one that judges first, and that one of each control."""

    num_examples: int
    quantities: tuple[AbstractQuantity, ...]
    controls: Mapping[str, AbstractQuantity] = field(default_factory=dict)

    @classmethod
    def of_labels(cls, answered: Answered, controls: Mapping[str, Ints]) -> "Scored":
        """Accuracy and rates of labels; controls by the label that each gave."""
        rights = {name: (told == answered.target).astype(np.float64) for name, told in controls.items()}
        most = float(np.bincount(answered.target).max() / max(1, len(answered.target)))
        return cls(
            num_examples=len(answered.target),
            quantities=quantities_of_labels(answered),
            controls={
                name: AccuracyQuantity(name="accuracy", right=right, chance=most) for name, right in rights.items()
            },
        )

    @classmethod
    def of_sets(cls, answered: AnsweredSets, controls: Mapping[str, Sets]) -> "Scored":
        """Whether all labels are right, and rates of labels; controls by the labels that each gave."""
        _, counts = np.unique(answered.carried, axis=0, return_counts=True)
        most = float(counts.max() / max(1, len(answered.carried)))
        rights = {name: (given == answered.carried).all(axis=1) for name, given in controls.items()}
        return cls(
            num_examples=len(answered.carried),
            quantities=quantities_of_sets(answered),
            controls={
                name: AccuracyQuantity(name="all-labels", right=right.astype(np.float64), chance=most)
                for name, right in rights.items()
            },
        )

    @classmethod
    def of_words(cls, kinds: Mapping[str, Floats], controls: Mapping[str, Mapping[str, Floats]]) -> "Scored":
        """Error rates of transcripts."""
        return cls(
            num_examples=len(next(iter(kinds.values()))),
            quantities=quantities_of_words(kinds),
            controls={name: quantities_of_words(some)[0] for name, some in controls.items()},
        )

    @classmethod
    def of_words_kept(cls, sums: SumsOnTest) -> "Scored":
        """The same from what an artifact keeps."""
        return cls.of_words(_arrays(sums.model), {name: _arrays(rows) for name, rows in sums.controls.items()})

    @classmethod
    def of_boxes(
        cls, matches: BoxMatches, num_pictures: int, controls: Mapping[str, BoxMatches] = MappingProxyType({})
    ) -> "Scored":
        """Mean average precision, of controls by the boxes that each found in the same pictures."""
        return cls(
            num_examples=num_pictures,
            quantities=quantities_of_boxes(matches),
            controls={name: quantities_of_boxes(some)[0] for name, some in controls.items()},
        )

    @classmethod
    def of_texts(
        cls, metrics: Sequence[AbstractMetric], sums: Mapping[str, Floats], controls: Mapping[str, Mapping[str, Floats]]
    ) -> "Scored":
        """Metrics of written texts, the one that judges first; those of what was written only where all was written."""
        first = metrics[0]
        known = [metric for metric in metrics if metric.sums_of in sums and metric.of_every_example]
        return cls(
            num_examples=len(sums[first.sums_of]),
            quantities=tuple(_quantity(metric, sums) for metric in known),
            controls={name: _quantity(first, some) for name, some in controls.items() if first.sums_of in some},
        )

    @classmethod
    def of_texts_kept(cls, metrics: Sequence[AbstractMetric], sums: SumsOnTest) -> "Scored":
        """The same from what an artifact keeps."""
        controls = {name: _arrays(rows) for name, rows in sums.controls.items()}
        return cls.of_texts(metrics, _arrays(sums.model), controls)


def _quantity(metric: AbstractMetric, sums: Mapping[str, Floats]) -> AbstractQuantity:
    return SumQuantity(
        name=metric.name,
        rows_ES=sums[metric.sums_of],
        score=metric.score,
        higher_is_better=metric.higher_is_better,
        unit="hundred" if metric.higher_is_better else "plain",
        chance=0.0 if metric.higher_is_better else metric.knowing_nothing,
    )


def _arrays(rows: Mapping[str, Sequence[Sequence[float]]]) -> dict[str, Floats]:
    return {name: np.array(values, dtype=np.float64) for name, values in rows.items()}
