"""What an audit is, what it reads, and where the audits are found."""

import inspect
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar, Final, final

from injerto.artifacts.inspecting import InspectedArtifact
from injerto.artifacts.sequence_inspecting import InspectedSequence
from injerto.audits.groups import Groups, measure_groups, with_crossings
from injerto.audits.origins import find_origin, tells_origins
from injerto.core.answer_kind import AnswerKind
from injerto.core.evidence import Evidence
from injerto.core.finding import Finding, GroupFigures, GroupTable, Severity
from injerto.core.messages import say
from injerto.core.registry import Registry
from injerto.data.arrays import Ints
from injerto.evidence.answered import AbstractAnswers, Answered
from injerto.evidence.answered_sets import AnsweredSets
from injerto.evidence.scored import Scored

if TYPE_CHECKING:
    from injerto.artifacts.sequence_model import SequenceModel
    from injerto.evidence.close_up import CloseUp  # Imports torch, which an audit without data never needs.


@final
@dataclass(frozen=True, kw_only=True)
class Case:
    """What is audited: a model as its folder describes it, and its answers on labelled examples."""

    artifact: InspectedArtifact | InspectedSequence
    answered: Answered | None = None
    """None where there is nothing to answer, or where an example carries several labels."""
    sets: AnsweredSets | None = None
    """The answers where an example may carry several labels."""
    groups: Groups = field(default_factory=dict)
    controls: Mapping[str, Ints] = field(default_factory=dict)
    """Labels that the controls of the model's own `fit` gave to the same examples; empty for other examples."""
    close_up: "CloseUp | None" = None
    """The model with its examples; None where no data were given, or the model cannot be loaded here."""
    num_examples: int = 0
    """That were looked at."""
    unloaded: str | None = None
    """Why it could not be loaded."""
    writer: "SequenceModel | None" = None
    """The model at hand where it writes texts; None where no data were given, or it cannot be loaded here."""
    measured: Scored | None = None
    """Where answers are no labels: the same as quantities of examples."""
    seed: int = 0

    @property
    def kind(self) -> AnswerKind:
        """What the model answers with."""
        return self.artifact.kind

    @property
    def labels(self) -> tuple[str, ...]:
        """Names of the labels; for models of labels."""
        assert isinstance(self.artifact, InspectedArtifact)
        return self.artifact.record.labels

    @property
    def evidence(self) -> Evidence:
        """Of models that write no texts."""
        assert isinstance(self.artifact, InspectedArtifact)
        return self.artifact.outcome.evidence

    @property
    def label_answers(self) -> AbstractAnswers | None:
        """Answers with labels, one an example or several."""
        return self.answered or self.sets

    @cached_property
    def scored(self) -> Scored | None:
        """Answers as quantities; None where there are none."""
        return self.measured if self.answered is None else Scored.of_labels(self.answered, self.controls)

    @cached_property
    def columns(self) -> Groups:
        """The columns that were named and their crossings."""
        return with_crossings(self.groups)

    @cached_property
    def tables(self) -> tuple[GroupTable, ...]:
        """Figures by group with the origin of each gap, once for all audits; empty where there are no groups."""
        if self.scored is None:
            return ()
        labels = self.labels if self.label_answers is not None else ()
        measured = measure_groups(
            self.scored.quantities, self.columns, seed=self.seed, answered=self.label_answers, labels=labels
        )
        return tuple(
            table.model_copy(update={"groups": tuple(self._with_origin(one, table.column) for one in table.groups)})
            for table in measured
        )

    def _with_origin(self, figures: GroupFigures, column: str) -> GroupFigures:
        """With the origin of its gap, where there is one and controls can tell."""
        scored = self.scored
        if figures.gap is None or figures.gap.low <= 0 or scored is None or not tells_origins(scored.controls):
            return figures
        origin = find_origin(scored.quantities[0], scored.controls, self.columns[column], figures.group, seed=self.seed)
        return figures.model_copy(update={"origin": origin})


class AbstractAudit(ABC):
    """One judge. Its docstring has five sections, which `injerto explain CODE` prints."""

    kinds: ClassVar[frozenset[AnswerKind]] = frozenset(AnswerKind)
    """What the models that it can judge answer with."""

    @property
    def code(self) -> str:
        """The first part of its file's name, in capitals: `GR001`."""
        return type(self).__module__.rsplit(".", 1)[-1].partition("_")[0].upper()

    def without_model(self, case: Case) -> str | None:
        """Why the model cannot be asked; None where it can. For audits that need its network."""
        if case.answered is None:
            return say("audit.needs-answers")
        if case.close_up is None:
            return say("audit.unloaded", why=case.unloaded) if case.unloaded else say("audit.needs-data")
        return None

    def without_groups(self, case: Case) -> str | None:
        """Why groups cannot be compared; None where they can."""
        if not case.groups:
            return say("audit.needs-groups")
        if case.scored is None:
            return say("audit.unloaded", why=case.unloaded) if case.unloaded else say("audit.needs-answers")
        return None

    def reason_to_skip(self, case: Case) -> str | None:
        """Why it cannot judge this case; None where it can."""
        return None

    @abstractmethod
    def judge(self, case: Case) -> Iterable[Finding]:
        """What it found; nothing on a clean case."""

    def finding(
        self,
        severity: Severity,
        key: str,
        /,
        *,
        subject: str | None = None,
        remedy: str | None = None,
        examples: Iterable[int] = (),
        **values: object,
    ) -> Finding:
        """A finding whose sentence is the catalogue's `audit.CODE.KEY`; its numbers are kept as measured too."""
        measured = {name: float(value) for name, value in values.items() if isinstance(value, int | float)}
        words = {name: f"{value:.1f}" if isinstance(value, float) else value for name, value in values.items()}
        return Finding(
            code=self.code,
            severity=severity,
            sentence=say(f"audit.{self.code}.{key}", **words),
            remedy=remedy,
            measured=measured,
            subject=subject,
            examples=tuple(map(int, examples)),
        )


audits: Final[Registry[type[AbstractAudit]]] = Registry("injerto.audits.named", "audit")

SECTIONS: Final = ("What it measures", "Why it matters", "How it decides", "What to do", "References")


def find_audit(code: str) -> type[AbstractAudit]:
    """The audit of a code; raises `UsageError` with the known ones."""
    by_code = {name.partition("-")[0]: name for name in audits.names()}
    return audits.get(by_code.get(code.lower(), code))


def explain(code: str) -> str:
    """The docstring of an audit: its five sections."""
    return inspect.cleandoc(find_audit(code).__doc__ or "")


LABELS: Final = frozenset({AnswerKind.LABELS})
