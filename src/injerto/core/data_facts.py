"""What a model's folder says of the data it was trained on: counts, and no name of a file, row or group."""

from collections import Counter
from pathlib import PurePath
from typing import Self

from pydantic import Field

from injerto.core.record import Record
from injerto.core.survey import ClassCount, Modality, Split, Spread, Survey


class DataFacts(Record):
    """What `data.json` of an artifact holds. The fields have the meaning of those of `Survey`."""

    source: str = Field(description="its name only")
    second_source: str | None = Field(
        None, description="name of the file of translations, where the data are two files"
    )
    modality: Modality
    multi_label: bool
    num_examples: int
    num_skipped: int
    classes: tuple[ClassCount, ...] = Field(description="empty where answers are texts")
    splits: dict[Split, int]
    split_origin: str
    imbalance: float
    sizes: dict[str, Spread]
    num_duplicates: int
    num_leaks: int
    num_conflicts: int
    num_looked_at: int
    num_alike: int
    num_alike_conflicts: int
    label_noise: float | None
    num_near_black: int
    num_near_constant: int
    num_groups: int | None
    problems: dict[str, int] = Field(description="how many of each kind; their places are in `injerto inspect`")
    languages: dict[str, int] = Field(
        default_factory=dict, description="texts in each language; empty where there are none, and in older artifacts"
    )
    reading: dict[str, str] = Field(description="options with which the data were read, as `injerto fit` took them")

    @classmethod
    def of(cls, survey: Survey, *, reading: dict[str, str], second: str | None = None) -> Self:
        """The part of a survey that may travel with a model; `second` is where a file of translations lies."""
        return cls(
            source=PurePath(survey.source).name,
            second_source=None if second is None else PurePath(second).name,
            modality=survey.modality,
            multi_label=survey.multi_label,
            num_examples=survey.num_examples,
            num_skipped=survey.num_skipped,
            classes=survey.classes,
            splits=survey.splits,
            split_origin=survey.split_origin,
            imbalance=survey.imbalance,
            sizes=survey.sizes,
            num_duplicates=survey.num_duplicates,
            num_leaks=survey.num_leaks,
            num_conflicts=survey.num_conflicts,
            num_looked_at=survey.num_looked_at,
            num_alike=survey.num_alike,
            num_alike_conflicts=survey.num_alike_conflicts,
            label_noise=survey.label_noise,
            num_near_black=len(survey.near_black),
            num_near_constant=len(survey.near_constant),
            num_groups=survey.num_groups,
            problems=dict(sorted(Counter(problem.code for problem in survey.problems).items())),
            languages=survey.languages,
            reading=reading,
        )
