"""What a data set turned out to be, and what was wrong with it."""

from enum import StrEnum
from typing import Literal

from pydantic import Field

from injerto.core.record import Record
from injerto.core.similarity import Similarity


class Modality(StrEnum):
    """What an example is made of."""

    IMAGE = "image"
    TEXT = "text"
    AUDIO = "audio"


Split = Literal["train", "tune", "test"]
"""train fits, tune chooses (stopping, calibration), test is read once at the end."""


class Problem(Record):
    """One thing wrong with the data, where it is, and what is done about it."""

    code: str = Field(description="stable name of the kind of problem, such as `image-truncated`")
    where: str = Field(description="file, or file and row")
    what: str = Field(description="one sentence")
    action: str = Field(description="what injerto does about it: skipped, kept, moved …")


class ClassCount(Record):
    """How many examples of one label each split holds."""

    label: str
    train: int
    tune: int
    test: int

    @property
    def total(self) -> int:
        return self.train + self.tune + self.test


class Spread(Record):
    """Smallest, middle and largest of a size."""

    smallest: float
    median: float
    largest: float


class BoxSurvey(Record):
    """What the boxes of a data set are like."""

    num_boxes: dict[str, int] = Field(description="of each class")
    num_crowds: int
    num_negatives: int = Field(description="pictures without a box")
    in_a_picture: Spread
    sides: Spread = Field(description="square root of the area, in pixels")


class Survey(Record):
    """What `injerto inspect` says of a data set."""

    source: str
    task: str
    modality: Modality
    multi_label: bool
    num_examples: int = Field(description="usable examples")
    num_skipped: int = Field(description="examples that could not be used")
    classes: tuple[ClassCount, ...]
    splits: dict[Split, int]
    split_origin: str = Field(description="one sentence: given, or how they were made")
    imbalance: float = Field(description="largest class over smallest class, in the training split")
    sizes: dict[str, Spread] = Field(
        description="width and height in pixels, length in words and characters, or seconds"
    )
    boxes: BoxSurvey | None = Field(None, description="null where the data know no boxes")
    num_duplicates: int = Field(description="examples whose content equals an earlier one's")
    num_leaks: int = Field(description="examples of tune or test whose content is also in train, as given")
    num_conflicts: int = Field(description="contents that carry two different labels")
    num_looked_at: int = Field(0, description="examples whose content was compared; a sample where there are many")
    num_alike: int = Field(0, description="pairs of examples that are nearly equal and not equal")
    num_alike_conflicts: int = Field(0, description="of these pairs, those with different labels")
    label_noise: float | None = Field(
        None, description="half the share of pairs that disagree; None where there are too few pairs to say"
    )
    near_black: tuple[str, ...] = Field((), description="pictures on which a screen shows nothing")
    near_constant: tuple[str, ...] = Field((), description="pictures of one colour")
    languages: dict[str, int] = Field(
        default_factory=dict,
        description="texts of a sample in each language, told by their words, by code of ISO 639; `und` where not told",
    )
    num_groups: int | None = Field(description="distinct group ids, None without a group column")
    columns: dict[str, str] = Field(description="what each column was taken for")
    problems: tuple[Problem, ...]
    notes: tuple[str, ...] = Field(description="sentences about choices made while reading")
    backbone: str | None = Field(None, description="network that the data were held against, where one was named")
    similarity: Similarity | None = Field(None, description="to what that network has seen")
