"""Gradual unfreezing: the head, then one more layer group at a time."""

from typing import ClassVar, final

from pydantic import Field

from injerto.core.plan import Phase
from injerto.strategies._fine_tuning import fine_tuning_phase, head_phases
from injerto.strategies.recipes import choose_epochs
from injerto.strategies.strategy import AbstractStrategy, Setting, strategies


@strategies.register
@final
class GradualUnfreeze(AbstractStrategy):
    """Each stage thaws one more group, for an equal share of the epochs, at 1/2.6 of the rate for each group down.

    References:
        Howard and Ruder 2018, ULMFiT, arXiv 1801.06146, section 3.2 and 3.3.
    """

    summary: ClassVar[str] = "head; head + last group; head + last two …, each stage from the one before"
    source: ClassVar[str] = "Howard and Ruder 2018, arXiv 1801.06146"

    stages: int = Field(3, ge=1, le=100, description="how many groups are thawed, one a stage")

    def phases(self, setting: Setting) -> tuple[Phase, ...]:
        stages = min(self.stages, setting.num_groups)
        epochs = max(1, choose_epochs(setting) // stages)
        thawing = [
            fine_tuning_phase(
                setting,
                f"last {number}",
                trains="last",
                num_groups=number,
                epochs=epochs,
                layer_decay=1 / 2.6,
                augment="none",
            )
            for number in range(1, stages + 1)
        ]
        return (*head_phases(setting, "linear"), *thawing)
