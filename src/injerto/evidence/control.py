"""What a control is: another way to answer the same test examples, cheap enough to measure in every run."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import ClassVar, Final

import numpy as np
import torch

from injerto.activations.reading import compute_features
from injerto.activations.store.store import ActivationStore
from injerto.artifacts.model import score_features
from injerto.backbones.backbone import AbstractBackbone
from injerto.core.input_finding import InputFinding
from injerto.core.plan import Basis, Plan, Reason
from injerto.core.progress import Reporter, Silent
from injerto.core.registry import Registry
from injerto.core.seeds import derive_seed
from injerto.data.labelled import LabelledData, Splits
from injerto.evidence.fair_random import make_fair
from injerto.planning.default_plan import make_plan
from injerto.strategies.heads.linear_choice import fit_linear
from injerto.tasks.task import AbstractTask, Floats
from injerto.training.engine import Engine, Trained
from injerto.training.scoring import answer


@dataclass(frozen=True, kw_only=True, slots=True)
class Trial:
    """What every control of one run shares with the model: data, split, task, seed and store."""

    plan: Plan
    task: AbstractTask
    data: LabelledData
    splits: Splits
    load_backbone: Callable[..., AbstractBackbone]
    """`load_backbone(pretrained=…)` gives the plan's architecture with its own or with random weights, these of the
    plan's seed or of `seed=…`."""
    store: ActivationStore | None
    reporter: Reporter
    findings: tuple[InputFinding, ...] = ()
    """Of the input guard, on the training split."""
    num_epochs: int = 0
    """Epochs in which the network of the model was trained."""
    all_controls: bool = False
    """Whether controls run that cost more than the training of the model."""

    def plan_for(self, backbone: AbstractBackbone, strategy: str) -> Plan:
        """The plan of another strategy on the same data, split, seed and device."""
        return make_plan(
            task=self.plan.task,
            data=self.data,
            splits=self.splits,
            backbone=backbone,
            backbone_reason=Reason(field="backbone", choice=backbone.card.name, basis=Basis.DEFAULT, because=""),
            strategy=strategy,
            epochs=None,
            seed=self.plan.seed,
            device=self.plan.device,
        )

    def train(self, plan: Plan, backbone: AbstractBackbone, *, stored: bool = True) -> Trained:
        """Train by another plan on the same split, in silence; a recogniser may learn to say nothing.

        Args:
            stored: whether frozen layers are read from the run's store, as far as there is one.
        """
        return Engine(
            plan=plan,
            backbone=backbone,
            task=self.task,
            data=self.data,
            splits=self.splits,
            reporter=Silent(),
            store=self.store if stored else None,
            may_say_nothing=True,
        ).run()

    def frozen_probabilities(self, *, pretrained: bool, draw: int = 0) -> Floats:
        """Test probabilities of a frozen backbone under the head of `linear-probe`, fitted on the training split.

        Args:
            draw: of random weights; 0 has the plan's own seed.
        """
        drawn = {"seed": derive_seed(self.plan.seed, "random weights", str(draw))} if draw else {}
        backbone = self.load_backbone(pretrained=pretrained, **drawn).to(self.plan.device)
        if not pretrained:
            make_fair(backbone, [self.data.examples[i].item for i in self.splits.train])
        if self.task.writes_text:
            # No closed form gives its head.
            trained = self.train(self.plan_for(backbone, "linear-probe"), backbone)
            return answer(trained.model, [self.data.examples[i].item for i in self.splits.test], store=self.store)
        # In one job of the frozen layers, as the engine does it.
        positions = [*self.splits.train, *self.splits.test]
        items = [self.data.examples[i].item for i in positions]
        found = compute_features(backbone, items, pool="pooled", store=self.store, reporter=self.reporter)
        train, test = found[: len(self.splits.train)], found[len(self.splits.train) :]
        targets = torch.from_numpy(self.data.targets()[self.splits.train])
        fitted = fit_linear(
            train,
            targets,
            num_classes=len(self.data.labels),
            multi_label=self.data.multi_label,
            seed=derive_seed(self.plan.seed, "head"),
        )
        return self.task.probabilities(score_features(fitted.head, test), temperature=1.0)

    def train_shares(self) -> Floats:
        """Share of the training examples that carry each label."""
        targets = self.data.targets()[self.splits.train]
        if self.data.multi_label:
            return np.asarray(targets.mean(axis=0), dtype=np.float64)
        return np.bincount(targets, minlength=len(self.data.labels)) / len(targets)


class AbstractControl(ABC):
    """One control; its file name is its name in the evidence."""

    judges_transfer: ClassVar[bool]
    """Whether beating it, or being beaten by it, says that the pretrained weights helped or hurt."""

    @abstractmethod
    def probabilities(self, trial: Trial) -> Floats:
        """Probabilities of the test examples, shape (test examples, labels)."""

    def draws(self, trial: Trial) -> Iterator[Floats]:
        """The same control by further luck, where it has any and that is cheap; judged until one settles it."""
        yield self.probabilities(trial)

    def reason_to_skip(self, trial: Trial) -> str | None:
        """Why this control does not run; None where it does."""
        return None

    def is_the_model(self, plan: Plan) -> bool:
        """Whether the plan's model is this control, so that a gain over it says nothing."""
        return False


controls: Final[Registry[type[AbstractControl]]] = Registry("injerto.evidence.controls", "control")
