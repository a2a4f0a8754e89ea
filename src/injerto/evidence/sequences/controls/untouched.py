"""The network as it came: what the training on the user's texts has added to it."""

from typing import ClassVar, final

from injerto.artifacts.sequence_model import SequenceModel
from injerto.core.messages import say
from injerto.evidence.sequences.control import AbstractSequenceControl, SequenceTrial, sequence_controls


@sequence_controls.register
@final
class Untouched(AbstractSequenceControl):
    """The pretrained network, not trained any further, under the same settings."""

    judges_transfer: ClassVar[bool] = True

    def reason_to_skip(self, trial: SequenceTrial) -> str | None:
        return say("language.untouched-scratch") if trial.plan.from_scratch else None

    def model(self, trial: SequenceTrial) -> SequenceModel:
        return trial.model(trial.load_backbone(pretrained=True).to(trial.plan.device))
