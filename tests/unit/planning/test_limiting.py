"""Licence, latency and memory: who may be a candidate at all."""

import json
import shutil
from pathlib import Path

import pytest

from injerto.backbones.backbone import AbstractBackbone
from injerto.backbones.loading import load_backbone
from injerto.core.errors import UsageError
from injerto.core.limits import Limits
from injerto.data.items import ImageFile
from injerto.data.reading import read_data
from injerto.planning import limiting, race
from injerto.planning.budget import Budget
from injerto.workflow.plan import plan


@pytest.fixture
def backbone(network_folder: Path) -> AbstractBackbone:
    return load_backbone(str(network_folder))


def first_picture(pictures: Path) -> ImageFile:
    item = read_data(pictures).examples[0].item
    assert isinstance(item, ImageFile)
    return item


def test_only_a_licence_that_is_known_to_allow_commercial_use_is_inside_that_limit(backbone: AbstractBackbone) -> None:
    card = backbone.card
    for allowed, licence in ((True, "mit"), (False, "cc-by-nc-4.0"), (None, "other"), (None, None)):
        some = card.model_copy(update={"commercial_use": allowed, "license": licence})
        assert limiting.refuse_licence(some, Limits()) is None
        because = limiting.refuse_licence(some, Limits(commercial=True))
        assert (because is None) is (allowed is True)
        assert because is None or licence is None or licence in because


def test_latency_is_measured_on_one_input_alone(
    backbone: AbstractBackbone, pictures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    item = first_picture(pictures)
    assert 0 < limiting.measure_latency(backbone, item) < 10_000
    monkeypatch.setattr(limiting, "measure_latency", lambda *_: 25.0)
    assert limiting.refuse_latency(backbone, item, Limits(latency_ms=25)) is None
    because = limiting.refuse_latency(backbone, item, Limits(latency_ms=24.5))
    assert because is not None
    assert "25.0 ms" in because
    assert "24.5" in because


def test_a_plan_says_which_candidates_the_limits_left_out(
    pictures: Path, network_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ["injerto-mix-r10", str(network_folder)]
    slow = load_backbone(names[0]).spec
    monkeypatch.setattr(limiting, "measure_latency", lambda one, _: 90.0 if one.spec == slow else 1.0)
    made = plan(pictures, backbones=names, budget=60, limits=Limits(latency_ms=30))
    assert made.search is not None
    assert made.search.limits == Limits(latency_ms=30)
    assert [score.spec for score in made.search.scores] == [made.backbone]
    assert "90.0 ms" in made.search.left_out["injerto-mix-r10"]


def test_what_would_hold_too_much_memory_is_not_trained(
    pictures: Path, network_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(race, "_WORTH_GAINING", 0.0)  # Plain pictures, of which a head knows all.
    needs = {"lp-ft": 3e9, "lora": 2e9, "norm-bias": 0.5e9}
    monkeypatch.setattr(limiting, "predict_peak", lambda _, made, __: needs.get(made.strategy, 0.2e9))
    made = plan(pictures, backbones=[str(network_folder)], budget=60, limits=Limits(memory_mb=1000))
    assert made.search is not None
    skipped = {rung.strategy: rung.because for rung in made.search.rungs if rung.outcome == "skipped"}
    assert "3000 MB" in skipped["lp-ft"]
    assert {rung.strategy for rung in made.search.rungs if rung.outcome != "skipped"} >= {"linear-probe", "multi-layer"}
    with pytest.raises(UsageError, match="no candidate"):
        plan(pictures, backbones=[str(network_folder)], budget=60, limits=Limits(memory_mb=100))


def test_limits_that_leave_nobody_say_so_before_anything_runs(
    pictures: Path, network_folder: Path, tmp_path: Path
) -> None:
    shutil.copytree(network_folder, restricted := tmp_path / "restricted")
    config = json.loads((restricted / "config.json").read_text())
    config["pretrained_cfg"]["license"] = "cc-by-nc-4.0"
    (restricted / "config.json").write_text(json.dumps(config))
    clock = Budget()
    with pytest.raises(UsageError, match=r"cc-by-nc-4\.0, is not known to allow commercial use"):
        plan(pictures, backbones=[str(restricted)], budget=600, limits=Limits(commercial=True))
    with pytest.raises(UsageError, match="limits are for"):
        plan(pictures, strategy="linear-probe", limits=Limits(latency_ms=1))
    assert clock.spent < 60
