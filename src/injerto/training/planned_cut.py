"""A cut that pays: what was stored at it, and what it saved."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from injerto.activations.cut.cut import Cut, make_cut
from injerto.activations.cut.savings import Savings, measure_savings
from injerto.activations.reading import Crossings
from injerto.activations.runtimes.full_float32 import full_float32
from injerto.backbones.backbone import AbstractBackbone
from injerto.core.plan import Phase, Pool
from injerto.core.training_course import EpochRecord
from injerto.data.items import AbstractItem


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


def find_cut(
    backbone: AbstractBackbone, group_index: int, items: Sequence[AbstractItem], phase: Phase, *, pool: Pool
) -> tuple[Cut, Savings] | None:
    """A cut before a layer group that gives on these items what the network gives, and what it saves; None where there
    is none."""
    inputs = {name: value.to(backbone.device()) for name, value in backbone.prepare(items).items()}
    with full_float32(backbone.device()):
        cut = make_cut(backbone, group_index, sample=inputs, pool=pool)
    if cut is None:
        return None
    return cut, measure_savings(cut, inputs, epochs=phase.epochs, views=max(1, phase.views))
