"""Feature extraction with a nearest-neighbour head."""

from typing import ClassVar, final

from pydantic import Field

from injerto.core.plan import Phase
from injerto.strategies.strategy import AbstractStrategy, Setting, strategies


@strategies.register
@final
class Knn(AbstractStrategy):
    """The labels of the most similar training examples, by cosine of frozen features.

    The artifact holds the features of the training examples: treat it as holding the data.

    References:
        Caron et al. 2021, DINO, arXiv 2104.14294, section 4.1.
    """

    summary: ClassVar[str] = "frozen backbone + k nearest neighbours; keeps the training features"
    source: ClassVar[str] = "Caron et al. 2021, arXiv 2104.14294"
    heads: ClassVar[tuple[str, ...]] = ("linear",)

    neighbours: int = Field(0, ge=0, le=1000, description="neighbours that vote; 0 chooses by leave-one-out")

    def phases(self, setting: Setting) -> tuple[Phase, ...]:
        return (Phase(name="head", solver="closed-form"),)

    def head_options(self) -> dict[str, float | int | str | bool]:
        return {"solver": "knn", "neighbours": self.neighbours}
