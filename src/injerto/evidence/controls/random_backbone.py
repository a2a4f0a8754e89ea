"""The same architecture with random weights, frozen, under a linear head."""

from collections.abc import Iterator
from typing import ClassVar, Final, final

from injerto.evidence.control import AbstractControl, Trial, controls
from injerto.planning.timing import count_flops
from injerto.tasks.task import Floats

_MOST_DRAWS: Final = 5
"""With one draw, 3 of 123 planted cases without anything to transfer were called helpful (docs/evidence.md)."""
_MOST_OPERATIONS: Final = 1e12
"""Of the forward pass of a further draw: about ten seconds of a core. By the clock, a busy machine would judge
otherwise than a quiet one."""


@controls.register
@final
class RandomBackbone(AbstractControl):
    """Separates what pretraining learned from what the architecture gives for nothing, for one forward pass.

    Two random networks are not equally good: on 100 training examples their accuracy has a standard deviation of one to
    six points. Where the model is only a little better than the first, it is judged by the strongest of several.
    """

    judges_transfer: ClassVar[bool] = True

    def probabilities(self, trial: Trial) -> Floats:
        return trial.frozen_probabilities(pretrained=False)

    def draws(self, trial: Trial) -> Iterator[Floats]:
        yield self.probabilities(trial)
        if trial.task.writes_text:
            return  # Each draw is a training.
        positions = [*trial.splits.train, *trial.splits.test]
        item = trial.data.examples[positions[0]].item
        if len(positions) * count_flops(trial.load_backbone(pretrained=False), item) <= _MOST_OPERATIONS:
            for draw in range(1, _MOST_DRAWS):
                yield trial.frozen_probabilities(pretrained=False, draw=draw)
