"""Feature extraction with a linear head: the backbone is frozen whole."""

from typing import ClassVar, Literal, final

from pydantic import Field

from injerto.core.plan import Phase
from injerto.strategies.strategy import AbstractStrategy, Setting, strategies


@strategies.register
@final
class LinearProbe(AbstractStrategy):
    """A linear head on frozen features, solved rather than trained: seconds, and no rate to choose.

    References:
        Closed form against tuned probes: McDonnell et al. 2023, RanPAC, arXiv 2307.02251.
    """

    summary: ClassVar[str] = "frozen backbone + linear head, solved in closed form; the default on a CPU"
    source: ClassVar[str] = "McDonnell et al. 2023, arXiv 2307.02251; Kornblith et al. 2019, arXiv 1805.08974"
    heads: ClassVar[tuple[str, ...]] = ("linear",)

    solver: Literal["auto", "ridge", "discriminant", "logistic", "nearest-mean", "projected"] = Field(
        "auto",
        description="ridge, discriminant, logistic, or the one of them of least log loss on left-out examples;"
        " nearest-mean; projected is ridge on random features",
    )
    prior: Literal["train", "even"] = Field(
        "train", description="how frequent the classes will be: as in train, or each as frequent as any other"
    )

    def phases(self, setting: Setting) -> tuple[Phase, ...]:
        return (Phase(name="head", solver="closed-form"),)

    def head_options(self) -> dict[str, float | int | str | bool]:
        return {"solver": self.solver, "prior": self.prior}
