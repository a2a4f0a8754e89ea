"""Fine-tuning for the group that is answered worst."""

from typing import ClassVar, final

from pydantic import Field

from injerto.core.plan import Phase
from injerto.strategies._fine_tuning import fine_tuning_phase
from injerto.strategies.recipes import choose_layer_decay
from injerto.strategies.strategy import AbstractStrategy, Setting, strategies


@strategies.register
@final
class GroupDro(AbstractStrategy):
    """The balanced head first, then everything at a small rate under a loss that is that of the worst cells.

    Every batch holds as many examples of each cell of label and group, and its loss is the smooth maximum of the cells'
    losses. The epoch that is kept is the one of least loss on tune, cells in balance. A network that fits every
    training example has no worst cell left there: as in the paper, it takes early stopping to help. `balanced-probe` on
    the frozen network is far cheaper: try that first.

    References:
        Sagawa et al. 2020, arXiv 1911.08731 (group distributionally robust optimisation). Theirs moves a weight a group
        from step to step; here the weights are those of the smooth maximum in each batch, so that nothing has to be
        kept for a run that is stopped and resumed.
    """

    summary: ClassVar[str] = "balanced head, then all layers under the loss of the worst label x group (by=COLUMN)"
    source: ClassVar[str] = "Sagawa et al. 2020, arXiv 1911.08731"
    heads: ClassVar[tuple[str, ...]] = ("linear",)

    by: str = Field("", description="column of the data that names the groups; empty takes the labels as groups")

    def phases(self, setting: Setting) -> tuple[Phase, ...]:
        tuned = fine_tuning_phase(
            setting, "everything", trains="all", layer_decay=choose_layer_decay(setting), objective="groups"
        )
        return (Phase(name="head", solver="closed-form"), tuned)

    def head_options(self) -> dict[str, float | int | str | bool]:
        return {"solver": "balanced", "by": self.by, "draws": 0}
