"""One trial of a search: a plan trained on a part of the training data and judged on another part of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import final

import numpy as np

from injerto.activations.store.store import ActivationStore
from injerto.backbones.backbone import AbstractBackbone
from injerto.core.plan import Plan
from injerto.core.progress import Reporter, Silent
from injerto.data.labelled import LabelledData, Splits
from injerto.evidence.answers import answer
from injerto.planning.beating import Judged
from injerto.planning.budget import Budget
from injerto.planning.stopping import Stopping
from injerto.tasks.task import AbstractTask
from injerto.training.engine import Engine, Trained


@final
@dataclass(frozen=True, kw_only=True, slots=True)
class Trying:
    """Trains plans on one data set; says what each makes of the judging examples."""

    task: AbstractTask
    data: LabelledData
    store: ActivationStore
    frozen: Mapping[str, AbstractBackbone]
    """Loaded backbones by spec, for plans that change none of their weights."""
    load_backbone: Callable[..., AbstractBackbone]
    """`load_backbone(spec, pretrained=…)` gives a fresh network, for plans that do."""
    budget: Budget
    reporter: Reporter = field(default_factory=Silent)

    def __call__(self, plan: Plan, splits: Splits) -> Judged:
        """What the trained model makes of each example of `splits.test`, in order.

        Raises `OutOfTimeError` between batches and epochs when the budget ends; a head that is being solved is solved
        to its end.
        """
        return self.judge(self.train(plan, splits), splits.test)

    def train(self, plan: Plan, splits: Splits) -> Trained:
        """Trained on `splits.train`, stopped by `splits.tune`; raises `OutOfTimeError` as above."""
        self.budget.check()
        if all(phase.trains == "head" for phase in plan.phases):
            backbone = self.frozen[plan.backbone]
        else:
            backbone = self.load_backbone(plan.backbone, pretrained=not plan.from_scratch)
        return Engine(
            plan=plan,
            backbone=backbone,
            task=self.task,
            data=self.data,
            splits=splits,
            reporter=Stopping(self.reporter, self.budget),
            store=self.store,
            before_batch=self.budget.check,
            may_say_nothing=True,
        ).run()

    def judge(self, trained: Trained, positions: np.ndarray) -> Judged:
        """What it makes of the examples at `positions`, in order; raises `OutOfTimeError` as above.

        Losses are at the temperature that suits these examples: a trial's own, from the few that stop it, is luck, and
        a model gets another in the end.
        """
        items = [self.data.examples[i].item for i in positions]
        # What a changed backbone makes of the examples is of no use to anybody else: it is not stored.
        store = None if trained.model.backbone_changed else self.store
        stopping = Stopping(self.reporter, self.budget)
        probabilities = answer(trained.model, items, store=store, reporter=stopping)
        targets = self.data.targets()[positions]
        losses = self.task.losses(self.task.refined(probabilities, targets), targets)
        return Judged(right=self.task.correct(probabilities, targets), losses=losses)
