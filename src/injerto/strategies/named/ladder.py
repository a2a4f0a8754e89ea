"""A small network beside the frozen one, fed by every layer of it."""

from typing import ClassVar, Literal, final

from pydantic import Field

from injerto.core.plan import Phase
from injerto.strategies.recipes import choose_batch_size, choose_epochs, choose_kept
from injerto.strategies.strategy import AbstractStrategy, Setting, strategies


@strategies.register
@final
class Ladder(AbstractStrategy):
    """Everything frozen; a ladder of small layers, one for each layer group, learns from what they give.

    References:
        Sung, Cho and Bansal 2022, LST: Ladder side-tuning, arXiv 2206.06522.
    """

    summary: ClassVar[str] = "frozen backbone + a small network that reads every layer; no gradient in the backbone"
    source: ClassVar[str] = "Sung et al. 2022, arXiv 2206.06522"
    heads: ClassVar[tuple[str, ...]] = ("ladder",)

    head: Literal["linear", "mlp", "ladder"] = "ladder"
    pool: Literal["taps"] = "taps"
    rungs: int = Field(64, ge=1, le=4096, description="units of each rung")
    dropout: float = Field(0.1, ge=0, lt=1, description="share of units dropped in training")
    learning_rate: float = Field(1e-3, gt=0, le=10, description="peak rate")

    def phases(self, setting: Setting) -> tuple[Phase, ...]:
        return (
            Phase(
                name="ladder",
                epochs=choose_epochs(setting, longest=60),
                keep=choose_kept(setting),
                learning_rate=self.learning_rate,
                weight_decay=1e-2,
                batch_size=choose_batch_size(setting),
                patience=10,
            ),
        )

    def head_options(self) -> dict[str, float | int | str | bool]:
        return {"rungs": self.rungs, "dropout": self.dropout}
