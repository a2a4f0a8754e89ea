"""The same architecture with random weights, frozen, under a linear head."""

from typing import ClassVar, final

from injerto.evidence.control import AbstractControl, Trial, controls
from injerto.tasks.task import Floats


@controls.register
@final
class RandomBackbone(AbstractControl):
    """Separates what pretraining learned from what the architecture gives for nothing, for one forward pass."""

    judges_transfer: ClassVar[bool] = True

    def probabilities(self, trial: Trial) -> Floats:
        return trial.frozen_probabilities(pretrained=False)
