"""What audits found: findings with a code and a severity, and figures by group."""

from enum import StrEnum
from typing import Literal

from pydantic import Field

from injerto.core.evidence import Interval
from injerto.core.record import Record

Unit = Literal["share", "hundred", "plain"]


class Severity(StrEnum):
    """How much a finding matters; the order is that of the names here."""

    INFO = "info"
    WARNING = "warning"
    SERIOUS = "serious"

    @property
    def rank(self) -> int:
        return list(Severity).index(self)


class Origin(StrEnum):
    """Where a gap between groups comes from, as far as controls on the same examples tell."""

    DATA = "data"
    """A model without pretrained weights has it too."""
    INHERITED = "inherited"
    """The frozen pretrained features bring it along, and models without them do not have it."""
    ACQUIRED = "acquired"
    """Neither: it came with the training of the network."""
    UNCLEAR = "unclear"


class Finding(Record):
    """One thing that an audit found."""

    code: str = Field(description="of the audit; `injerto explain CODE` says what it measures and what to do")
    severity: Severity
    sentence: str
    remedy: str | None = None
    measured: dict[str, float] = Field(default_factory=dict, description="the figures on which it rests")
    subject: str | None = Field(None, description="group or label that it is about")
    examples: tuple[int, ...] = Field((), description="positions of some that show it, among the judged examples")


class GroupMeasure(Record):
    """One figure of a group beside that of all others. Holds for all groups of the column together but for `value`."""

    metric: str
    value: Interval | None = Field(description="null where the group or all others do not define it")
    gap: Interval | None = Field(
        None, description="how much worse than all others, in the unit of the metric; above zero is worse"
    )
    ratio: Interval | None = Field(None, description="value of the group over that of all others")


class LabelRates(Record):
    """Answers of one label within a group; null where there is nothing to divide by."""

    label: str
    num_examples: int = Field(description="of the group that carry it")
    recall: Interval | None = None
    precision: Interval | None = None
    false_positives: Interval | None = Field(None, description="share of the other examples that are called so")
    share: Interval | None = Field(None, description="share of all answers that name it")


class GroupFigures(Record):
    """How the model does for one group, by the metric of the table."""

    group: str
    num_examples: int
    value: Interval | None = Field(None, description="None where there are too few examples to say")
    gap: Interval | None = Field(
        None, description="how much worse than all others; holds for all groups of the column together"
    )
    ratio: Interval | None = Field(None, description="value over that of all others, as `gap`")
    further: tuple[GroupMeasure, ...] = Field((), description="other metrics of the same examples")
    labels: tuple[LabelRates, ...] = Field((), description="the most frequent labels, where answers are labels")
    origin: Origin | None = Field(None, description="of the gap, where there is one and controls can tell")


class GroupTable(Record):
    """One column, or a crossing of columns, and its groups."""

    column: str
    metric: str = Field("accuracy", description="what values and gaps are of")
    unit: Unit = Field("share", description="whether values go to 1, to 100, or have a unit of their own")
    higher_is_better: bool = True
    groups: tuple[GroupFigures, ...] = Field(description="the worst first; those too small to judge last")
    worst: str | None = None
    mean: float = Field(description="over all examples, beside which the worst group stands")
    equalised_odds: float | None = Field(None, description="largest difference between groups of a rate of errors")
    demographic_parity: float | None = Field(None, description="largest difference between groups of a label's share")


class SkippedAudit(Record):
    """An audit that did not run, and why."""

    code: str
    because: str


class Gate(Record):
    """A limit that the user set."""

    name: str
    limit: str
    found: str
    passed: bool


class AuditReport(Record):
    """The result of one `audit`."""

    model: str
    data: str | None
    num_examples: int
    findings: tuple[Finding, ...] = Field(description="the most serious first")
    tables: tuple[GroupTable, ...] = ()
    not_run: tuple[SkippedAudit, ...] = ()
    gates: tuple[Gate, ...] = ()

    @property
    def passed(self) -> bool:
        return all(gate.passed for gate in self.gates)
