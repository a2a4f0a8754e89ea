"""Partial fine-tuning: the head and the last k layer groups."""

from typing import ClassVar, final

from pydantic import Field

from injerto.core.plan import Phase
from injerto.strategies._fine_tuning import fine_tuning_phase, head_phases
from injerto.strategies.recipes import choose_views, stored_views
from injerto.strategies.strategy import AbstractStrategy, Setting, strategies


@strategies.register
@final
class LastK(AbstractStrategy):
    """The last k layer groups learn beside the head; what lies before them runs once and is read from the store.

    A linear head starts from its closed-form solution; an `mlp` head starts at random, as in the textbook, where for
    VGG-16 each Keras layer is a group: `last-4:head=mlp,pool=flatten` trains block5_conv1 to block5_conv3 and the
    head (the fourth group, block5_pool, has no parameters).
    """

    summary: ClassVar[str] = "head + the last k layer groups: `last-4`; the rest is frozen and cached"
    source: ClassVar[str] = "Yosinski et al. 2014, arXiv 1411.1792; Lee et al. 2023, arXiv 2210.11466"

    k: int = Field(1, ge=1, le=100_000, description="layer groups that train, counted from the head")
    rate: float = Field(0.0, ge=0, le=10, description="peak rate of the last layer group; 0 takes the recipe's")
    views: int = Field(0, ge=0, le=64, description="stored random crops of each picture, seen in turn; 0 for none")

    def phases(self, setting: Setting) -> tuple[Phase, ...]:
        # Without augmentation, or with a few views of each example, what the frozen prefix gives is computed once.
        seen = stored_views(setting, self.views or choose_views(setting))
        tuning = fine_tuning_phase(setting, "last groups", trains="last", rate=self.rate, num_groups=self.k, **seen)
        return (*head_phases(setting, self.head), tuning)
