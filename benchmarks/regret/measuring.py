"""Everything that one data set at one label budget can show: all strategies, the search, and BiT's rule."""

import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from injerto.activations.store.store import ActivationStore
from injerto.backbones.backbone import AbstractBackbone
from injerto.backbones.loading import load_backbone
from injerto.core.plan import Basis, Phase, Plan, Reason
from injerto.core.progress import Silent
from injerto.data.labelled import LabelledData, Splits
from injerto.data.splitting import make_splits
from injerto.evidence.answers import answer
from injerto.evidence.searching import search
from injerto.planning.budget import Budget
from injerto.planning.default_plan import make_plan
from injerto.tasks.task import tasks
from injerto.training.engine import Engine

STRATEGIES: Final = (
    "linear-probe", "multi-layer", "knn", "estimator:name=random-forest", "mlp-head", "ladder:pool=taps", "last-1",
    "last-4", "norm-bias", "lora", "lp-ft", "full", "gradual-unfreeze", "from-scratch",
)  # fmt: skip
"""Each as its name alone sets it; what needs a column of groups, boxes or pairs of texts is left out."""
BIT: Final = "BiT-HyperRule"


@dataclass(frozen=True, kw_only=True, slots=True)
class Tried:
    """What one training gave on the judging examples."""

    right: np.ndarray
    losses: np.ndarray
    """Negative log probability of the true label, at most 13.8."""
    seconds: float
    """Of the CPU, for training and answering, reading the frozen layers included where the store had not seen them."""


class Measuring:
    """Trains on one data set. Seconds are of a store that holds nothing yet, unless `shared` says otherwise."""

    def __init__(self, name: str, data: LabelledData, *, seed: int) -> None:
        self._name, self.data, self._seed = name, data, seed
        self.splits = make_splits(data, seed=seed)
        self._task = f"{data.modality}-classification"

    def try_strategy(self, strategy: str, splits: Splits, home: Path, **changes: object) -> Tried:
        """Train on `splits.train`, judge on `splits.test`; `changes` are made to the phases that train by gradient."""
        backbone = load_backbone(self._name, seed=self._seed)
        plan = self._bit(backbone, splits) if strategy == BIT else self._plan(backbone, strategy, splits)
        if changes:
            phases = tuple(
                phase.model_copy(update=changes) if phase.solver == "gradient" else phase for phase in plan.phases
            )
            plan = plan.model_copy(update={"phases": phases})
        if plan.from_scratch:
            backbone = load_backbone(self._name, pretrained=False, seed=self._seed)
        task = tasks.get(self._task)()
        with own_home(home):
            store = ActivationStore()
            start = time.process_time()
            model = (
                Engine(
                    plan=plan,
                    backbone=backbone,
                    task=task,
                    data=self.data,
                    splits=splits,
                    reporter=Silent(),
                    store=store,
                )
                .run()
                .model
            )
            frozen = all(phase.trains == "head" for phase in plan.phases)
            items = [self.data.examples[i].item for i in splits.test]
            found = answer(model, items, store=store if frozen else None)
            seconds = time.process_time() - start
        targets = self.data.targets()[splits.test]
        losses = -np.log(np.maximum(found[np.arange(len(targets)), targets], 1e-6))
        return Tried(right=np.asarray(task.correct(found, targets)), losses=losses, seconds=seconds)

    def search(self) -> tuple[str, float, list[dict[str, object]]]:
        """The strategy that a search chooses, its CPU seconds, and its rungs."""
        backbone = load_backbone(self._name, seed=self._seed)
        with tempfile.TemporaryDirectory() as folder, own_home(Path(folder)):
            start = time.process_time()
            plan = search(
                self._task,
                self.data,
                self.splits,
                [backbone],
                budget=Budget(None),
                seed=self._seed,
                device="cpu",
                arch=None,
                reporter=Silent(),
            )
            seconds = time.process_time() - start
        rungs = plan.search.rungs if plan.search else ()
        return plan.strategy, seconds, [rung.model_dump(mode="json", exclude={"because"}) for rung in rungs]

    def _plan(self, backbone: AbstractBackbone, strategy: str, splits: Splits) -> Plan:
        return make_plan(
            task=self._task,
            data=self.data,
            splits=splits,
            backbone=backbone,
            backbone_reason=Reason(field="backbone", choice=self._name, basis=Basis.USER, because=""),
            strategy=strategy,
            epochs=None,
            seed=self._seed,
            device="cpu",
        )

    def _bit(self, backbone: AbstractBackbone, splits: Splits) -> Plan:
        """Kolesnikov et al. 2020, arXiv 1912.11370: SGD, rate 0.003 at batch 512, 500 steps below 20,000 examples.

        At a batch of 32 the same rule of thumb gives 0.003 / 16; the published code takes 0.001 at 128. The head
        starts at zero there and from the closed form here, which is no worse; steps of a tenth are constant there and
        follow a cosine here.
        """
        plan = self._plan(backbone, "lp-ft", splits)
        batch = min(32, len(splits.train))
        phase: Phase = plan.phases[-1].model_copy(
            update={
                "optimizer": "sgd",
                "learning_rate": 0.003 * batch / 512,
                "backbone_rate": 0.003 * batch / 512,
                "layer_decay": 1.0,
                "weight_decay": 0.0,
                "batch_size": batch,
                "epochs": max(1, round(500 * batch / len(splits.train))),
                "patience": 1000,
            }
        )
        return plan.model_copy(update={"phases": (*plan.phases[:-1], phase)})


@contextmanager
def own_home(home: Path) -> Iterator[None]:
    """Another store and other calibrations."""
    before = os.environ.get("INJERTO_HOME")
    os.environ["INJERTO_HOME"] = str(home)
    try:
        yield
    finally:
        if before is None:
            del os.environ["INJERTO_HOME"]
        else:
            os.environ["INJERTO_HOME"] = before
