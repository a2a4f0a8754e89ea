"""The controls of a detector: other trainings of the same architecture, as many epochs long."""

from dataclasses import dataclass
from typing import final

from injerto.core.messages import say
from injerto.core.plan import Plan
from injerto.evidence.control import Trial
from injerto.evidence.fair_random import make_fair
from injerto.training.engine import Trained


@final
@dataclass(frozen=True, kw_only=True, slots=True)
class Training:
    """One way to train a detector beside the model."""

    name: str
    strategy: str
    pretrained: bool = True
    judges_transfer: bool = False
    share: float = 1.0
    """Of the training pictures; the epochs grow as it shrinks, so that the steps stay as many."""


_RANDOM = Training(name="random-backbone", strategy="frozen", pretrained=False, judges_transfer=True)
_SCRATCH = Training(name="from-scratch", strategy="from-scratch", pretrained=False, judges_transfer=True)
FROZEN = Training(name="frozen-backbone", strategy="frozen")
_LAST = Training(name="last-stage", strategy="last-4")
_FULL = Training(name="full", strategy="full")


def control_trainings(trial: Trial, strategy: str) -> tuple[list[Training], list[tuple[str, str]]]:
    """Those that run, and those that do not with the reason.

    The random backbone costs what the model's head did. Training every layer costs many times that where the model
    learned from the store: it runs where the model's own training was no cheaper, or where all are asked for.
    """
    own = strategy.partition(":")[0]
    chosen: list[Training] = [_RANDOM]
    skipped: list[tuple[str, str]] = []
    if own != "frozen":
        chosen.insert(0, FROZEN)
    trains_all = any(phase.trains == "all" for phase in trial.plan.phases)
    if own != "from-scratch":
        if trains_all or trial.all_controls:
            chosen.append(_SCRATCH)
        else:
            skipped.append((_SCRATCH.name, say("evidence.not-run-stored")))
    for training in (_LAST, _FULL):
        if trial.all_controls and not own.startswith(training.strategy.partition("-")[0]):
            chosen.append(training)
    return chosen, skipped


def train_detector(trial: Trial, training: Training) -> Trained:
    """Train by the recipe of the strategy, for as many epochs in all as the model, with its split, size and seed."""
    backbone = trial.load_backbone(pretrained=training.pretrained)
    if not training.pretrained and training.strategy == "frozen":
        make_fair(backbone, [trial.data.examples[int(i)].item for i in trial.splits.train])
    return trial.train(_as_long(trial.plan_for(backbone, training.strategy), trial, training.share), backbone)


def _as_long(plan: Plan, trial: Trial, share: float) -> Plan:
    """The plan with the model's epochs, shared by its phases as its recipe shares its own."""
    wanted = sum(phase.epochs for phase in trial.plan.phases) / share
    own = sum(phase.epochs for phase in plan.phases)
    batch = trial.plan.phases[0].batch_size
    phases = tuple(
        phase.model_copy(update={"epochs": max(1, round(phase.epochs * wanted / own)), "batch_size": batch})
        for phase in plan.phases
    )
    same = {"phases": phases, "input_size": trial.plan.input_size, "head_options": trial.plan.head_options}
    return plan.model_copy(update=same)
