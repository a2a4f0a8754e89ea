"""Feature extraction with a linear head for which every group counts the same."""

from typing import ClassVar, final

from pydantic import Field

from injerto.core.plan import Phase
from injerto.strategies.strategy import AbstractStrategy, Setting, strategies


@strategies.register
@final
class BalancedProbe(AbstractStrategy):
    """A linear head on frozen features in which every label of every group weighs the same, however rare it is.

    Where a cue goes with a label in most training examples (a background, a watermark, a speaker), a head learns the
    cue, and the examples without it are answered wrongly. The features mostly hold what matters as well: refitted on
    groups in balance, the last layer uses that instead: on many balanced draws, averaged, where cells are small.

    References:
        Deep feature reweighting: Kirichenko et al. 2023, arXiv 2204.02937. Sagawa et al. 2020, arXiv 2005.04345, on why
        the frequent groups must count less and not the rare ones more in a network that fits everything; a penalised
        linear head does not.
    """

    summary: ClassVar[str] = "frozen backbone + linear head that weighs every label of every group (by=COLUMN) the same"
    source: ClassVar[str] = "Kirichenko et al. 2023, arXiv 2204.02937"
    heads: ClassVar[tuple[str, ...]] = ("linear",)

    by: str = Field("", description="column of the data that names the groups; empty balances labels alone")
    draws: int = Field(
        30, ge=0, le=200, description="balanced draws whose heads are averaged; 0 weighs all examples instead"
    )

    def phases(self, setting: Setting) -> tuple[Phase, ...]:
        return (Phase(name="head", solver="closed-form"),)

    def head_options(self) -> dict[str, float | int | str | bool]:
        return {"solver": "balanced", "by": self.by, "draws": self.draws}
