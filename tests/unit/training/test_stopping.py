"""Which weights a phase ends with: those of the least tune loss, or those at the end of its schedule."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from benchmarks.engines import change_last_phase, make_engine
from injerto.activations.store.store import ActivationStore
from injerto.planning.default_plan import make_setting
from injerto.strategies.recipes import choose_kept
from injerto.tasks.named.image_classification import ImageClassification

RISING = {"learning_rate": 0.3, "backbone_rate": 0.3, "optimizer": "sgd", "warmup": 0.0, "schedule": "constant"}
"""A rate at which every step makes it worse."""


@pytest.mark.parametrize(("keep", "num_epochs"), [("best", 2), ("last", 6)])
def test_an_early_stop_is_for_best_weights_alone(
    pictures: Path, network_folder: Path, tmp_path: Path, keep: str, num_epochs: int
) -> None:
    engine = make_engine(pictures, network_folder, "lp-ft", epochs=6, store=ActivationStore(tmp_path))
    start = {name: value.clone() for name, value in engine.backbone.network.state_dict().items()}
    trained = change_last_phase(engine, keep=keep, patience=2, **RISING).run()
    assert len(trained.history) == num_epochs
    now = trained.model.backbone.network.state_dict()
    assert all(torch.equal(now[name], value) for name, value in start.items()) == (keep == "best")


def test_few_tuning_examples_do_not_choose_the_epoch(pictures: Path, network_folder: Path) -> None:
    engine = make_engine(pictures, network_folder, "lp-ft")
    setting = make_setting(engine.data, engine.splits, engine.backbone, None, ImageClassification)
    assert setting.num_tune == len(engine.splits.tune) < 100
    assert choose_kept(setting) == engine.plan.phases[-1].keep == "last"
    assert choose_kept(replace(setting, num_tune=100)) == "best"
