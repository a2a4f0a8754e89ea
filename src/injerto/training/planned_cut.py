"""A cut that pays: what was stored at it, and what it saved."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from injerto.activations.cut.cut import Cut
from injerto.activations.cut.savings import Savings
from injerto.activations.reading import Crossings
from injerto.core.training_course import EpochRecord


@dataclass(frozen=True, kw_only=True, slots=True)
class PlannedCut:
    """A cut that pays, and what was stored at it."""

    cut: Cut
    savings: Savings
    crossings: Crossings

    def gains(self, epochs: Sequence[EpochRecord]) -> tuple[float, float] | None:
        """What the store was predicted to save in so many epochs, and what it saved by the clock; None where the clock
        did not see both parts."""
        if not epochs or not self.crossings.seconds:
            return None
        reached = Savings.reached(
            prefix_seconds=self.crossings.seconds,
            epoch_seconds=sum(record.seconds for record in epochs) / len(epochs),
            epochs=len(epochs),
            views=self.savings.views,
        )
        return replace(self.savings, epochs=len(epochs)).predicted, reached
