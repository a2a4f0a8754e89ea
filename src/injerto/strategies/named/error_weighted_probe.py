"""Feature extraction with a linear head that leans on what a first head gets wrong."""

from typing import ClassVar, final

from pydantic import Field

from injerto.core.plan import Phase
from injerto.strategies.strategy import AbstractStrategy, Setting, strategies


@strategies.register
@final
class ErrorWeightedProbe(AbstractStrategy):
    """A linear head on frozen features for which examples count the more, the less a first head expects their label.

    For rare groups that no column names: `balanced-probe` is the better choice where one does. What a head gets wrong
    is not only what contradicts a cue; wrong labels are among it too, and count more here. Look at the suspect labels
    first. On the planted cues of docs/audits.md it was shown to help in one case of four: let `injerto mend` measure
    it.

    References:
        Automatic feature reweighting: Qiu et al. 2023, arXiv 2306.11074. Liu et al. 2021, arXiv 2107.09044 (train again
        on what was missed).
    """

    summary: ClassVar[str] = "frozen backbone + linear head that leans on what a first head gets wrong; needs no column"
    source: ClassVar[str] = "Qiu et al. 2023, arXiv 2306.11074"
    heads: ClassVar[tuple[str, ...]] = ("linear",)

    sharpness: float = Field(
        3.0, ge=0, le=20, description="how much more a missed example counts; 3 evens out one in twenty"
    )

    def phases(self, setting: Setting) -> tuple[Phase, ...]:
        return (Phase(name="head", solver="closed-form"),)

    def head_options(self) -> dict[str, float | int | str | bool]:
        return {"solver": "error-weighted", "sharpness": self.sharpness}
