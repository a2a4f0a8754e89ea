"""Everything that was measured in one run, best first, and its curves: data for whoever draws them."""

from typing import Literal

from pydantic import Field

from injerto.core.record import Record


class LeaderboardRow(Record):
    """One way to answer, with what it got right."""

    name: str
    kind: Literal["model", "control", "tried"] = Field(description="tried: a rung of the search that chose the plan")
    backbone: str | None = Field(None, description="null for a control that has none")
    accuracy: float
    low: float | None = Field(None, description="95 % interval of the accuracy, where it was measured")
    high: float | None = None
    judged_on: Literal["test", "selection"] = Field(description="selection: parts of train and tune, which never test")
    num_examples: int
    seconds: float | None = None


class Leaderboard(Record):
    """Rows on the test split first, each block from the best down; the two are not to be compared."""

    rows: tuple[LeaderboardRow, ...]


class Series(Record):
    """One line of a plot. `low` and `high` are the ends of intervals, where there are any."""

    name: str
    x: tuple[float, ...]
    y: tuple[float, ...]
    low: tuple[float, ...] | None = None
    high: tuple[float, ...] | None = None


class Plot(Record):
    """A plot that anything can draw."""

    name: str
    x_label: str
    y_label: str
    series: tuple[Series, ...]


class Plots(Record):
    """The curves of one run."""

    plots: tuple[Plot, ...]
