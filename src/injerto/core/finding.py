"""What audits found: findings with a code and a severity, and figures by group."""

from enum import StrEnum

from pydantic import Field

from injerto.core.evidence import Interval
from injerto.core.record import Record


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


class GroupFigures(Record):
    """How the model does for one group."""

    group: str
    num_examples: int
    accuracy: Interval | None = Field(None, description="None where there are too few examples to say")
    gap: Interval | None = Field(
        None, description="accuracy of all others minus that of the group; holds for all groups of the column together"
    )
    origin: Origin | None = Field(None, description="of the gap, where there is one and controls can tell")


class GroupTable(Record):
    """One column, or a crossing of columns, and its groups."""

    column: str
    groups: tuple[GroupFigures, ...] = Field(description="the lowest accuracy first; those too small to judge last")
    worst: str | None = None
    mean: float = Field(description="accuracy over all examples, beside which the worst group stands")
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
