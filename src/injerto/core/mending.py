"""What refitting the last layer would mend: each way before and after, a frontier, and which data to collect."""

from pydantic import Field

from injerto.core.evidence import Interval
from injerto.core.record import Record


class CellFigures(Record):
    """One cell of label and group."""

    label: str
    group: str
    num_train: int
    num_test: int
    accuracy: Interval | None = Field(None, description="on test; None where there are too few examples to say")


class Mended(Record):
    """One way to fit the last layer, judged on test examples that chose nothing."""

    name: str
    strategy: str = Field(description="what gives it: `injerto fit DATA --strategy …`")
    accuracy: Interval
    worst: Interval = Field(description="accuracy of the cell that it answers worst")
    worst_cell: str
    gain: Interval = Field(description="in the worst cell of the plain head, paired by example, over the plain head")
    seconds: float = Field(description="of the fit, features at hand")


class FrontierPoint(Record):
    """One weighting of the cells between that of the data and the same for all."""

    balance: float = Field(description="0 weighs examples the same, 1 weighs cells the same, more favours rare cells")
    accuracy: float
    worst: float


class GroupThreshold(Record):
    """From which probability of the second label a group is given it."""

    group: str
    threshold: float | None = Field(description="chosen on tune; null where there are too few examples to choose by")
    before: tuple[Interval, Interval] | None = Field(None, description="recall of both labels on test, at one half")
    after: tuple[Interval, Interval] | None = Field(None, description="the same at the threshold")


class Thresholds(Record):
    """Thresholds by group, where they were asked for."""

    label: str = Field(description="the label that a probability above the threshold gives")
    groups: tuple[GroupThreshold, ...]
    accuracy_before: float
    accuracy_after: float
    note: str = Field(description="what the law says of it")


class Mending(Record):
    """The result of one `mend`."""

    model: str
    column: str
    num_train: int
    num_test: int
    cells: tuple[CellFigures, ...] = Field(description="by the plain head, the worst first")
    ways: tuple[Mended, ...] = Field(description="the plain head first")
    best: str | None = Field(None, description="the way whose worst cell is the best, where its gain is above chance")
    frontier: tuple[FrontierPoint, ...]
    frontier_seconds: float
    thresholds: Thresholds | None = Field(None, description="null where they were not asked for")
    collect: tuple[str, ...] = Field((), description="cells of which more training examples would help most")
