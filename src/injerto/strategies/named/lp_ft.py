"""Linear probing, then fine-tuning: the default way to fine-tune."""

from typing import ClassVar, final

from pydantic import Field

from injerto.core.plan import Phase
from injerto.strategies._fine_tuning import fine_tuning_phase, head_phases
from injerto.strategies.strategy import AbstractStrategy, Setting, strategies


@strategies.register
@final
class LpFt(AbstractStrategy):
    """The head in closed form; then everything at a small rate, from that head.

    A random head sends random gradients through good features in the first steps; a solved one does not.

    References:
        Kumar et al. 2022, arXiv 2202.10054: +1 point in distribution and +10 out of it over fine-tuning alone.
    """

    summary: ClassVar[str] = "head in closed form, then everything at a small rate; the default way to fine-tune"
    source: ClassVar[str] = "Kumar et al. 2022, arXiv 2202.10054"

    rate: float = Field(0.0, ge=0, le=10, description="peak rate of the last layer group; 0 takes the recipe's")

    def phases(self, setting: Setting) -> tuple[Phase, ...]:
        tuning = fine_tuning_phase(setting, "everything", trains="all", rate=self.rate)
        return (*head_phases(setting, "linear"), tuning)
