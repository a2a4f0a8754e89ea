"""What a comparison and a fault are: the two halves of a search for the reading that explains an input."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Final, Generic, Literal, TypeVar, final

from injerto.core.input_finding import InputFinding
from injerto.core.messages import say
from injerto.core.registry import Registry

ReadingT = TypeVar("ReadingT")
ComparisonT = TypeVar("ComparisonT")

Kind = Literal["image", "text", "speech"]


@final
@dataclass(frozen=True, kw_only=True, slots=True)
class Fit:
    """How what was given relates to one reading of the examples: given = gain * reading + offset, and what is left."""

    misfit: float
    """What the reading leaves unexplained: grey levels of 255 for images, a share for texts and recordings."""
    by_item: tuple[float, ...]
    """The same for each example, each with a gain and an offset of its own."""
    gains: tuple[float, ...] = ()
    """For each channel of the input."""
    offsets: tuple[float, ...] = ()


class AbstractComparison(ABC, Generic[ReadingT]):
    """Examples and what was given for them."""

    same: ClassVar[float]
    """The misfit up to which two inputs are the same."""
    foreign: ClassVar[float]
    """The misfit from which no reading explains what was given."""

    @abstractmethod
    def start(self) -> tuple[ReadingT, ...]:
        """The contract's reading of each example."""

    @abstractmethod
    def fit(self, readings: Sequence[ReadingT]) -> Fit:
        """How well one reading of each example explains what was given."""


@final
@dataclass(frozen=True, kw_only=True, slots=True)
class Evidence(Generic[ComparisonT]):
    """What a fault judges."""

    comparison: ComparisonT
    readings: tuple[Any, ...]
    """The best reading of each example."""
    fit: Fit
    restored: Fit
    """The fit with the aspect of this fault put back to the contract's."""
    is_needed: bool
    """Whether the best reading departs from the contract in this aspect, and explains clearly more by it."""

    @property
    def numbers(self) -> dict[str, float]:
        """The figures of every finding."""
        return {"misfit": self.restored.misfit, "misfit_explained": self.fit.misfit}


class AbstractFault(ABC, Generic[ReadingT, ComparisonT]):
    """One way in which an input can be wrong."""

    kind: ClassVar[Kind]
    per_item: ClassVar[bool] = False
    """Whether some examples may have the fault and others not."""
    effort: ClassVar[int] = 0
    """What is quick to try is tried first, and the search ends where everything is explained."""

    @property
    def name(self) -> str:
        """The registered name."""
        return type(self).__module__.rsplit(".", 1)[-1].replace("_", "-")

    def alternatives(self, reading: ReadingT, comparison: ComparisonT) -> Sequence[ReadingT]:
        """`reading` with this aspect changed, each way that is known; equally many for every example."""
        return ()

    def restored(self, reading: ReadingT, comparison: ComparisonT) -> ReadingT:
        """`reading` with this aspect as the contract has it."""
        return reading

    @abstractmethod
    def judge(self, evidence: Evidence[ComparisonT]) -> InputFinding | None:
        """The finding, if this fault is there."""

    def finding(self, key: str, measured: dict[str, float], **values: object) -> InputFinding:
        """A finding with the sentence `guard.KEY`."""
        return InputFinding(name=self.name, measured=measured, sentence=say(f"guard.{key}", **values))


FAULTS: Final[Registry[type[AbstractFault[Any, Any]]]] = Registry("injerto.backbones.input_guard.named", "input fault")
