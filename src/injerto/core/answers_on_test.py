"""What a model and its controls answered on the test split: labels, probabilities, counts; nothing of the examples."""

from typing import Final, Self

from pydantic import Field, model_validator

from injerto.core.record import Record


class AnswersOnTest(Record):
    """What `answers.json` of an artifact holds, in the order of the test split.

    It holds no content, no name and no digest of a single example: a short text could be guessed from its digest. One
    digest of them all, in order, tells whether data that someone brings later are those that were answered.
    """

    examples: str = Field(description="SHA-256 over the digests of all test examples, in order")
    targets: tuple[tuple[int, ...], ...] = Field(description="positions of the labels that each example carries")
    top: tuple[tuple[int, ...], ...] = Field(description="the likeliest labels, likeliest first: five, and all above ½")
    probabilities: tuple[tuple[float, ...], ...] = Field(description="of `top`, calibrated, to five decimals")
    controls: dict[str, tuple[int, ...]] = Field(
        default_factory=dict, description="label that each control gave; empty for several labels an example"
    )
    control_sets: dict[str, tuple[tuple[int, ...], ...]] = Field(
        default_factory=dict, description="labels that each control gave, for several labels an example"
    )

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        columns = (self.targets, self.top, self.probabilities, *self.controls.values(), *self.control_sets.values())
        if any(len(column) != len(self.targets) for column in columns):
            raise ValueError("columns of different lengths")
        if any(
            len(labels) != len(values) or not labels
            for labels, values in zip(self.top, self.probabilities, strict=True)
        ):
            raise ValueError("labels and probabilities do not fit together")
        return self

    def to_json(self) -> str:
        """One line: thousands of short lists would be a file of a line a number."""
        return self.model_dump_json() + "\n"


Rows = tuple[tuple[float, ...], ...]
"""One row of statistics an example; a metric of a set is a function of their sums."""


_WIDTHS: Final = {"word": 4, "character": 4, "likelihood": 2, "bits": 2, "repetition": 2, "bleu": 10, "chrf": 18}
"""Statistics of each kind: errors of three kinds and what is said; loss and tokens; counts of sacreBLEU."""
BOXES: Final = "boxes"
BOX_WIDTH: Final = 6
"""Numbers of a box: class, score, left, top, right, bottom."""


class SumsOnTest(Record):
    """What `sums.json` of an artifact holds where answers are texts or boxes, in the order of the test split.

    Statistics by the name of what they count, such as wrong and all words: figures of any group of examples, of the
    model and of its controls, follow from their sums. No text is among them, and none can be made of them. Precision of
    boxes is no function of sums: of each control the surest boxes are kept, one after the other in a row a picture.
    """

    examples: str = Field(description="SHA-256 over the digests of all test examples, in order")
    model: dict[str, Rows]
    controls: dict[str, dict[str, Rows]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        widths = {name: {len(row) for row in rows} for name, rows in self.model.items()}
        numbers = {len(rows) for rows in self.model.values()}
        for control in self.controls.values():
            numbers |= {len(rows) for rows in control.values()}
            for name, rows in control.items():
                widths.setdefault(name, set()).update(len(row) for row in rows)
        known = all(
            all(width % BOX_WIDTH == 0 for width in found) if name == BOXES else found <= {_WIDTHS.get(name)}
            for name, found in widths.items()
        )
        if len(numbers) > 1 or not known:
            raise ValueError("rows that do not fit together")
        return self

    def to_json(self) -> str:
        """One line, as of `AnswersOnTest`."""
        return self.model_dump_json() + "\n"
