from functools import partial
from pathlib import Path

import numpy as np
import pytest

from injerto.backbones.loading import load_backbone
from injerto.core.progress import Silent
from injerto.evidence.control import Trial
from injerto.evidence.controls import random_backbone as module
from injerto.evidence.controls.random_backbone import RandomBackbone
from injerto.workflow.ready import DataOptions, read_ready
from injerto.workflow.rule import plan_by_rule


@pytest.fixture
def trial(pictures: Path, network_folder: Path) -> Trial:
    ready = read_ready(pictures, DataOptions(), 0, Silent())
    plan, _ = plan_by_rule(ready, str(network_folder), "linear-probe", None, 0, "cpu", None)
    return Trial(
        plan=plan,
        task=ready.task(),
        data=ready.data,
        splits=ready.splits,
        load_backbone=partial(load_backbone, plan.backbone, seed=plan.seed),
        store=None,
        reporter=Silent(),
    )


def test_further_draws_are_other_networks_and_the_same_ones_each_time(trial: Trial) -> None:
    first, again = (list(RandomBackbone().draws(trial)) for _ in range(2))
    assert len(first) == 5
    assert all((one == other).all() for one, other in zip(first, again, strict=True))
    assert len({one.tobytes() for one in first}) == 5
    assert (first[0] == RandomBackbone().probabilities(trial)).all()


def test_a_large_network_is_drawn_once(trial: Trial, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST_OPERATIONS", 1e3)
    found = list(RandomBackbone().draws(trial))
    assert [one.shape for one in found] == [(len(trial.splits.test), 3)]
    assert np.isfinite(found[0]).all()
