"""Feature extraction from several layers: which ones is chosen by leave-one-out."""

from typing import ClassVar, Literal, final

from pydantic import Field

from injerto.core.plan import Phase
from injerto.strategies.strategy import AbstractStrategy, Setting, strategies


@strategies.register
@final
class MultiLayer(AbstractStrategy):
    """A linear head on the pooled features of up to four layers, solved in closed form.

    The last layer of a network says what its pretraining asked for; a task that is further away is often better read
    off earlier ones. One pass reads them all, and adding a layer costs one more closed-form fit.

    References:
        Evci et al. 2022, Head2Toe: Utilizing intermediate representations for better transfer, arXiv 2201.03529.
    """

    summary: ClassVar[str] = "frozen backbone + linear head on up to four layers, chosen by leave-one-out"
    source: ClassVar[str] = "Evci et al. 2022, arXiv 2201.03529"
    heads: ClassVar[tuple[str, ...]] = ("linear",)

    pool: Literal["taps"] = "taps"
    most: int = Field(4, ge=1, le=16, description="layers that the head may read")

    def phases(self, setting: Setting) -> tuple[Phase, ...]:
        return (Phase(name="head", solver="closed-form"),)

    def head_options(self) -> dict[str, float | int | str | bool]:
        return {"solver": "multi-layer", "most": self.most}
