"""The same architecture from random weights, trained for as many epochs as the model's network was."""

from typing import ClassVar, Final, final

from injerto.core.messages import say
from injerto.core.plan import Phase, Plan
from injerto.evidence.control import AbstractControl, Trial, controls
from injerto.tasks.task import Floats

_EVERY_LAYER_RUNS: Final = ("all", "norm-bias", "lora")
"""Phases in which every step goes through the whole network, so that training all of it costs about the same."""


@controls.register
@final
class FromScratch(AbstractControl):
    """What the target data alone teach this architecture: the definition of negative transfer compares with it.

    Wang et al. 2019, arXiv 1811.09751. It gets the model's split, batch size and number of epochs, stops early by the
    same tune split, and the recipe of the strategy `from-scratch` for the rest: a rate that suits pretrained weights
    would leave random ones where they are. A model whose network was not trained, or from stored activations only,
    would wait far longer for this control than for its own training; it then runs only where it is asked for.
    """

    judges_transfer: ClassVar[bool] = True

    def reason_to_skip(self, trial: Trial) -> str | None:
        network = _network_phases(trial.plan)
        if trial.all_controls or trial.plan.from_scratch:
            return None
        if not network:
            return say("evidence.not-run-frozen")
        if any(phase.trains not in _EVERY_LAYER_RUNS for phase in network):
            return say("evidence.not-run-stored")
        return None

    def probabilities(self, trial: Trial) -> Floats:
        backbone = trial.load_backbone(pretrained=False)
        plan = trial.plan_for(backbone, "from-scratch")
        network, writes_text = _network_phases(trial.plan), trial.task.writes_text
        if network or writes_text:
            first, epochs = (network or trial.plan.phases)[0], trial.num_epochs
            same = {"epochs": max(1, epochs if network else first.epochs), "batch_size": first.batch_size}
            plan = plan.model_copy(update={"phases": tuple(phase.model_copy(update=same) for phase in plan.phases)})
        if writes_text:
            # The same network, the layers between frames and letters included.
            plan = plan.model_copy(update={"head_options": trial.plan.head_options})
        trained = trial.train(plan, backbone, stored=False)
        return trained.model.probabilities([trial.data.examples[i].item for i in trial.splits.test])

    def is_the_model(self, plan: Plan) -> bool:
        return plan.from_scratch


def _network_phases(plan: Plan) -> list[Phase]:
    return [phase for phase in plan.phases if phase.solver == "gradient" and phase.trains != "head"]
