"""The control: the same architecture trained from random weights."""

from typing import ClassVar, final

from pydantic import Field

from injerto.core.plan import Phase
from injerto.strategies._fine_tuning import fine_tuning_phase
from injerto.strategies.strategy import AbstractStrategy, Setting, strategies


@strategies.register
@final
class FromScratch(AbstractStrategy):
    """Everything learns from random weights: what the data alone can teach this architecture."""

    summary: ClassVar[str] = "control: everything from random weights, nothing is transferred"
    source: ClassVar[str] = "He et al. 2019, arXiv 1811.08883"

    rate: float = Field(1e-3, gt=0, le=10, description="peak rate of all layers")

    def phases(self, setting: Setting) -> tuple[Phase, ...]:
        return (
            fine_tuning_phase(setting, "everything", trains="all", rate=self.rate, batch_norm="update", patience=10),
        )

    @property
    def from_scratch(self) -> bool:
        return True
