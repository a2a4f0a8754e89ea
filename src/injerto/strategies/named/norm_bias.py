"""Tuning of normalisation layers and biases only."""

from typing import ClassVar, final

from pydantic import Field

from injerto.core.plan import Phase
from injerto.strategies._fine_tuning import fine_tuning_phase, head_phases
from injerto.strategies.strategy import AbstractStrategy, Setting, strategies


@strategies.register
@final
class NormBias(AbstractStrategy):
    """The head in closed form; then scales and shifts of the normalisation layers and all biases.

    About 0.1 % of the parameters: hard to overfit, and enough to follow a distant domain.

    References:
        Ben Zaken et al. 2022, BitFit, arXiv 2106.10199; Frankle et al. 2021, arXiv 2003.00152.
    """

    summary: ClassVar[str] = "head + normalisation layers and biases, about 0.1 % of the parameters"
    source: ClassVar[str] = "Ben Zaken et al. 2022, arXiv 2106.10199"

    groups: int = Field(0, ge=0, description="only in the last so many layer groups; 0 is everywhere")
    rate: float = Field(1e-3, gt=0, le=10, description="peak rate; few parameters stand a high one")

    def phases(self, setting: Setting) -> tuple[Phase, ...]:
        tuning = fine_tuning_phase(
            setting, "norms and biases", trains="norm-bias", num_groups=self.groups, rate=self.rate
        )
        return (*head_phases(setting, "linear"), tuning)
