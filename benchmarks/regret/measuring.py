"""Everything that one data set at one label budget can show: all strategies, the search, and BiT's rule."""

import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
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
from injerto.evidence.searching import search
from injerto.evidence.trying import Trying
from injerto.planning.budget import Budget
from injerto.planning.default_plan import make_plan
from injerto.tasks.task import tasks

STRATEGIES: Final = (
    "linear-probe", "multi-layer", "knn", "estimator:name=random-forest", "mlp-head", "ladder:pool=taps", "last-1",
    "last-4", "norm-bias", "lora", "lp-ft", "full", "gradual-unfreeze", "from-scratch",
)  # fmt: skip
"""All that is implemented, each as its name alone sets it."""
BIT: Final = "BiT-HyperRule"


class Measuring:
    """Trains on one data set. Seconds are of a store that holds nothing yet, unless `shared` says otherwise."""

    def __init__(self, name: str, data: LabelledData, *, seed: int) -> None:
        self._name, self.data, self._seed = name, data, seed
        self.splits = make_splits(data, seed=seed)
        self._task = f"{data.modality}-classification"

    def try_strategy(self, strategy: str, splits: Splits, home: Path) -> tuple[np.ndarray, float]:
        """What it gets right of `splits.test`, and the seconds of training it, reading the frozen layers included."""
        backbone = load_backbone(self._name, seed=self._seed)
        plan = self._bit(backbone, splits) if strategy == BIT else self._plan(backbone, strategy, splits)
        with own_home(home):
            trying = Trying(
                task=tasks.get(self._task)(),
                data=self.data,
                store=ActivationStore(),
                frozen={backbone.spec: backbone},
                load_backbone=lambda spec: load_backbone(spec, pretrained=not plan.from_scratch, seed=self._seed),
            )
            start = time.monotonic()
            right = trying(plan, splits)
            return np.asarray(right), time.monotonic() - start

    def search(self) -> tuple[str, float, list[dict[str, object]]]:
        """The strategy that a search chooses, its seconds, and its rungs."""
        backbone = load_backbone(self._name, seed=self._seed)
        with tempfile.TemporaryDirectory() as folder, own_home(Path(folder)):
            start = time.monotonic()
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
            seconds = time.monotonic() - start
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
