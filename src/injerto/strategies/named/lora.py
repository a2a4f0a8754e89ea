"""Low-rank adaptation of the linear and convolutional layers."""

from typing import ClassVar, final

from pydantic import Field

from injerto.core.plan import Phase
from injerto.strategies._fine_tuning import fine_tuning_phase, head_phases
from injerto.strategies.strategy import AbstractStrategy, Setting, strategies


@strategies.register
@final
class Lora(AbstractStrategy):
    """The head in closed form; then a low-rank update of every linear and convolutional layer (PEFT, rank-stabilised).

    The updates are merged into the weights when training ends, so that the model is as fast as before.

    References:
        Hu et al. 2022, arXiv 2106.09685; Kalajdzievski 2023, arXiv 2312.03732 (scaling by the root of the rank).
    """

    summary: ClassVar[str] = "head + low-rank updates of linear and convolutional layers (PEFT)"
    source: ClassVar[str] = "Hu et al. 2022, arXiv 2106.09685"

    rank: int = Field(8, ge=1, le=256, description="rank of the update; distant domains want more")
    groups: int = Field(0, ge=0, description="only in the last so many layer groups; 0 is everywhere")
    rate: float = Field(1e-3, gt=0, le=10, description="peak rate, about ten times that of full fine-tuning")

    def phases(self, setting: Setting) -> tuple[Phase, ...]:
        tuning = fine_tuning_phase(setting, "low-rank updates", trains="lora", num_groups=self.groups, rate=self.rate)
        return (*head_phases(setting, "linear"), tuning)

    @property
    def lora_rank(self) -> int:
        return self.rank
