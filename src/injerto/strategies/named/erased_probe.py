"""Feature extraction with a linear head on features from which an attribute was erased."""

from typing import ClassVar, final

from pydantic import Field

from injerto.core.plan import Phase
from injerto.strategies.strategy import AbstractStrategy, Setting, strategies


@strategies.register
@final
class ErasedProbe(AbstractStrategy):
    """A linear head that cannot use, linearly, what a column says: it is erased from the features before the fit.

    For an attribute that should play no part and that does not go with the label. Where it does go with it, as a cue
    does, erasing the attribute erases what tells the label as well, and `balanced-probe` is the better choice.

    References:
        Belrose et al. 2023, arXiv 2306.03819 (LEACE).
    """

    summary: ClassVar[str] = "frozen backbone + linear head on features without the column by=COLUMN (LEACE)"
    source: ClassVar[str] = "Belrose et al. 2023, arXiv 2306.03819"
    heads: ClassVar[tuple[str, ...]] = ("linear",)

    by: str = Field("", description="column of the data that is erased; empty erases nothing")

    def phases(self, setting: Setting) -> tuple[Phase, ...]:
        return (Phase(name="head", solver="closed-form"),)

    def head_options(self) -> dict[str, float | int | str | bool]:
        return {"solver": "erased", "by": self.by}
