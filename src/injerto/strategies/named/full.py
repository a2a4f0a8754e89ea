"""Full fine-tuning with a rate that falls towards the input."""

from typing import ClassVar, final

from pydantic import Field

from injerto.core.plan import Phase
from injerto.strategies._fine_tuning import fine_tuning_phase
from injerto.strategies.recipes import choose_layer_decay
from injerto.strategies.strategy import AbstractStrategy, Setting, strategies


@strategies.register
@final
class Full(AbstractStrategy):
    """Everything learns from the first step, the head from random weights, layers near the input more slowly."""

    summary: ClassVar[str] = "everything at once from a random head, with layer-wise rate decay"
    source: ClassVar[str] = "Clark et al. 2020, arXiv 2003.10555; He et al. 2022, arXiv 2111.06377"

    rate: float = Field(0.0, ge=0, le=10, description="peak rate of the last layer group; 0 takes the recipe's")
    layer_decay: float = Field(0.0, ge=0, le=1, description="factor on the rate a group; 0 takes the recipe's")

    def phases(self, setting: Setting) -> tuple[Phase, ...]:
        decay = self.layer_decay or choose_layer_decay(setting)
        return (fine_tuning_phase(setting, "everything", trains="all", rate=self.rate, layer_decay=decay),)
