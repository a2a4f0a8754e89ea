"""The same architecture from random weights, trained on the same rows for as many epochs."""

from typing import ClassVar, Final, final

from injerto.artifacts.sequence_model import SequenceModel
from injerto.core.messages import say
from injerto.core.plan import Basis, Reason
from injerto.core.progress import Silent
from injerto.evidence.sequences.control import AbstractSequenceControl, SequenceTrial, sequence_controls
from injerto.planning.sequence_plan import make_sequence_plan
from injerto.training.sequence_engine import SequenceEngine

_EVERY_LAYER_RUNS: Final = ("all", "norm-bias", "lora")


@sequence_controls.register
@final
class FromScratch(AbstractSequenceControl):
    """What the user's texts alone teach this architecture, by the recipe of the strategy `from-scratch`.

    Same rows, batches and epochs, stopped by the same tune split; the rate is that of random weights. A model that was
    trained from stored activations would wait far longer for this control than for itself: it then runs where asked.
    """

    judges_transfer: ClassVar[bool] = True

    def reason_to_skip(self, trial: SequenceTrial) -> str | None:
        if trial.plan.from_scratch:
            return say("language.untouched-scratch")
        if not trial.all_controls and any(phase.trains not in _EVERY_LAYER_RUNS for phase in trial.plan.phases):
            return say("evidence.not-run-stored")
        return None

    def model(self, trial: SequenceTrial) -> SequenceModel:
        backbone = trial.load_backbone(pretrained=False)
        plan = make_sequence_plan(
            task=trial.plan.task,
            backbone=backbone,
            backbone_reason=Reason(field="backbone", choice=backbone.card.name, basis=Basis.DEFAULT, because=""),
            strategy="from-scratch",
            num_train=len(trial.train),
            num_tune=len(trial.tune),
            row_length=trial.settings.block_length,
            epochs=max(1, trial.num_epochs),
            seed=trial.plan.seed,
            device=trial.plan.device,
            minimum_effect=trial.plan.minimum_effect,
        )
        SequenceEngine(
            plan=plan,
            backbone=backbone,
            train=trial.train,
            tune=trial.tune,
            train_where=trial.train_where,
            tune_where=trial.tune_where,
            reporter=Silent(),
        ).run()
        return trial.model(backbone)
