"""Feature extraction for tasks whose head only gradient descent can train, such as detection."""

from typing import ClassVar, final

from pydantic import Field

from injerto.core.plan import Phase
from injerto.strategies._fine_tuning import head_phase
from injerto.strategies.strategy import AbstractStrategy, Setting, strategies


@strategies.register
@final
class Frozen(AbstractStrategy):
    """The whole backbone is frozen: it runs once over every picture and view, and the head learns from the store.

    A strong head on a frozen classifier equals or betters training all of it where pictures are few (Vasconcelos et al.
    2022, arXiv 2204.00484).
    """

    summary: ClassVar[str] = "frozen backbone, stored once; the head learns by descent: the default for detection"
    source: ClassVar[str] = "Vasconcelos et al. 2022, arXiv 2204.00484"
    heads: ClassVar[tuple[str, ...]] = ("linear", "mlp")

    views: int = Field(0, ge=0, le=64, description="stored views of each picture, seen in turn; 0 takes the recipe's")
    fresh: bool = Field(
        False, description="a new view in every epoch, which no store can hold: the backbone runs each time"
    )
    width: int = Field(64, ge=8, le=1024, multiple_of=8, description="channels of a detection head")
    depth: int = Field(1, ge=1, le=8, description="convolutions of a tower of a detection head")

    def phases(self, setting: Setting) -> tuple[Phase, ...]:
        return (head_phase(setting, views=self.views, fresh=self.fresh),)

    def head_options(self) -> dict[str, float | int | str | bool]:
        return {"width": self.width, "depth": self.depth}
