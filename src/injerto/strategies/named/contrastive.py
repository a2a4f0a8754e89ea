"""Contrastive tuning of the body, then a head in closed form: few labels make many pairs."""

from typing import ClassVar, final

from pydantic import Field

from injerto.core.plan import Phase
from injerto.strategies._fine_tuning import fine_tuning_phase
from injerto.strategies.strategy import AbstractStrategy, Setting, strategies


@strategies.register
@final
class Contrastive(AbstractStrategy):
    """Features of one label are drawn together and those of two apart; then the head on what came of it.

    Made for sentence encoders with up to about 64 labels a class: n examples make n² / 2 pairs, and a pair says less
    than a label does, which is hard to learn by heart. One label an example.

    References:
        Tunstall et al. 2022, Efficient few-shot learning without prompts (SetFit), arXiv 2209.11055.
    """

    summary: ClassVar[str] = "pairs of one label drawn together, then a closed-form head; for few labels"
    source: ClassVar[str] = "Tunstall et al. 2022, arXiv 2209.11055"
    heads: ClassVar[tuple[str, ...]] = ("linear",)

    groups: int = Field(0, ge=0, description="only the last so many layer groups learn; 0 is all")
    passes: int = Field(20, ge=1, le=1000, description="over the examples; each time every example has other partners")
    rate: float = Field(0.0, ge=0, le=10, description="peak rate; 0 takes the recipe's")

    def phases(self, setting: Setting) -> tuple[Phase, ...]:
        pairs = fine_tuning_phase(
            setting,
            "pairs",
            trains="last" if self.groups else "all",
            num_groups=self.groups,
            objective="pairs",
            epochs=setting.epochs or self.passes,
            rate=self.rate,
            augment="none",
            batch_size=16,
        )
        return pairs, Phase(name="head", solver="closed-form")
