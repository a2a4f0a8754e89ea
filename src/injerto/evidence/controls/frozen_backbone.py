"""The pretrained backbone, frozen, under a linear head: what fine-tuning has to beat."""

from typing import ClassVar, final

from injerto.core.plan import Plan
from injerto.evidence.control import AbstractControl, Trial, controls
from injerto.tasks.task import Floats


@controls.register
@final
class FrozenBackbone(AbstractControl):
    """Shows whether the strategy was worth more than the cheapest one. It transfers too, so it judges no transfer."""

    judges_transfer: ClassVar[bool] = False

    def probabilities(self, trial: Trial) -> Floats:
        return trial.frozen_probabilities(pretrained=True)

    def is_the_model(self, plan: Plan) -> bool:
        return plan.strategy == "linear-probe"
