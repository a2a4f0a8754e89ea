"""Always the most frequent label of the training split."""

from typing import ClassVar, final

import numpy as np

from injerto.evidence.control import AbstractControl, Trial, controls
from injerto.tasks.task import Floats


@controls.register
@final
class Majority(AbstractControl):
    """What is right without looking: on unbalanced data it can be most of an accuracy."""

    judges_transfer: ClassVar[bool] = True

    def probabilities(self, trial: Trial) -> Floats:
        return np.tile(trial.train_shares(), (len(trial.splits.test), 1))
