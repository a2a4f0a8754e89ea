"""Every strategy, trained for real on small pictures: nobody writes these tests for a new one."""

import copy
from pathlib import Path

import numpy as np
import pytest
import torch

from benchmarks.engines import make_engine
from injerto.activations.store.store import ActivationStore
from injerto.core.plan import Plan
from injerto.core.survey import Modality
from injerto.strategies.freezing import resolve_freezing
from injerto.strategies.strategy import AbstractStrategy, Setting, parse_strategy, strategies
from injerto.training.checkpoints import Checkpoints
from injerto.training.engine import Engine, Trained

NAMES = strategies.names()


class Interrupted(Exception):
    """Stands for the death of the process."""


def written(name: str) -> str:
    # Thirty draws say no more here than two.
    return "balanced-probe:draws=2" if name == "balanced-probe" else strategies.get(name).example().written()


def descends(name: str) -> bool:
    """Whether it has a phase with epochs, and so checkpoints."""
    setting = Setting(
        modality=Modality.IMAGE,
        num_groups=4,
        num_parameters=1_000_000,
        has_batch_norm=True,
        num_train=100,
        num_tune=20,
        num_classes=3,
    )
    return any(phase.solver == "gradient" for phase in strategies.get(name).example().phases(setting))


def scores(trained: Trained, engine: Engine) -> torch.Tensor:
    return trained.model.scores([engine.data.examples[i].item for i in engine.splits.test])


@pytest.mark.parametrize("name", NAMES)
def test_frozen_means_bit_identical_weights_and_statistics(
    pictures: Path, network_folder: Path, tmp_path: Path, name: str
) -> None:
    engine = make_engine(pictures, network_folder, written(name), store=ActivationStore(tmp_path))
    if "solver" not in engine.plan.head_options:
        # The best of the two linear heads is so good on these pictures that the starting weights would be kept.
        engine.plan = engine.plan.model_copy(update={"head_options": engine.plan.head_options | {"solver": "ridge"}})
    before = {key: value.clone() for key, value in engine.backbone.network.state_dict().items()}
    allowed: set[str] = set()
    for phase in engine.plan.phases:
        if phase.solver == "gradient" and phase.trains != "lora":
            freezing = resolve_freezing(engine.backbone, phase)
            allowed |= freezing.trained
            if freezing.update_statistics:
                allowed |= {key for key, _ in engine.backbone.network.named_buffers()}
        elif phase.trains == "lora":
            allowed |= {key for key, value in before.items() if value.dim() > 1}
    engine.run()
    after = engine.backbone.network.state_dict()
    assert after.keys() == before.keys()
    changed = {key for key in before if not torch.equal(before[key], after[key])}
    assert changed <= allowed
    if allowed:
        assert changed, "a strategy that trains the backbone must change it"


@pytest.mark.parametrize("name", NAMES)
def test_the_same_seed_gives_the_same_model(pictures: Path, network_folder: Path, tmp_path: Path, name: str) -> None:
    results = []
    for run in ("first", "second"):
        engine = make_engine(pictures, network_folder, written(name), store=ActivationStore(tmp_path / run))
        results.append(scores(engine.run(), engine))
    assert torch.equal(*results)


@pytest.mark.parametrize("name", NAMES)
def test_the_store_changes_no_result(pictures: Path, network_folder: Path, tmp_path: Path, name: str) -> None:
    found = []
    for store in (None, ActivationStore(tmp_path)):
        engine = make_engine(pictures, network_folder, written(name), store=store)
        engine.plan = engine.plan.model_copy(update={"activation_precision": "fp32"})
        found.append(scores(engine.run(), engine))
    assert torch.allclose(*found, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("name", [name for name in NAMES if descends(name)])
def test_a_killed_run_continues_to_the_same_weights(
    pictures: Path, network_folder: Path, tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "injerto.training.engine.Checkpoints", lambda folder, run: Checkpoints(folder, run=run, seconds_between=0.0)
    )
    whole = make_engine(pictures, network_folder, written(name), store=ActivationStore(tmp_path / "a"))
    expected = scores(whole.run(), whole)
    options = {"store": ActivationStore(tmp_path / "b"), "checkpoint_folder": tmp_path / "run"}
    first = make_engine(pictures, network_folder, written(name), **options)
    save, saved = Checkpoints.save, []

    def die_after_one(self, progress, state):
        save(self, progress, state)
        saved.append(progress)
        raise Interrupted

    monkeypatch.setattr(Checkpoints, "save", die_after_one)
    with pytest.raises(Interrupted):
        first.run()
    monkeypatch.setattr(Checkpoints, "save", save)
    second = make_engine(pictures, network_folder, written(name), **options)
    resumed = second.run()
    assert len(saved) == 1
    assert torch.equal(scores(resumed, second), expected)


@pytest.mark.parametrize("name", NAMES)
def test_a_strategy_is_written_as_it_is_read(name: str) -> None:
    example = strategies.get(name).example()
    assert parse_strategy(example.written()) == example
    assert isinstance(example, AbstractStrategy)


@pytest.mark.parametrize("name", NAMES)
def test_a_plan_is_a_file_that_reads_back(pictures: Path, network_folder: Path, name: str) -> None:
    plan = make_engine(pictures, network_folder, written(name), store=None).plan
    assert Plan.from_json(plan.to_json()) == plan
    assert {"backbone", "strategy"} <= {reason.field for reason in plan.reasons}


@pytest.mark.parametrize("name", NAMES)
def test_a_strategy_says_what_it_is_and_where_it_comes_from(name: str) -> None:
    kind = strategies.get(name)
    assert kind.summary
    assert kind.source
    assert (kind.__doc__ or "").strip()


def test_a_poisoned_batch_is_named_and_stops_the_run(
    pictures: Path, network_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from injerto.core.errors import ModelError

    engine = make_engine(pictures, network_folder, "lp-ft", store=ActivationStore(tmp_path))
    prepare = engine.backbone.prepare

    def poison(items, **options):
        inputs = prepare(items, **options)
        return {"x": inputs["x"] * np.nan} if options.get("augment") == "crop" else inputs

    monkeypatch.setattr(engine.backbone, "prepare", poison)
    with pytest.raises(ModelError, match=r"stopped being a number.*\.png"):
        engine.run()


def test_another_plan_does_not_continue_a_run(pictures: Path, network_folder: Path, tmp_path: Path) -> None:
    from injerto.core.errors import UsageError

    options = {"store": ActivationStore(tmp_path / "s"), "checkpoint_folder": tmp_path / "run"}
    make_engine(pictures, network_folder, "last-1", **options).run()
    with pytest.raises(UsageError, match="another plan"):
        make_engine(pictures, network_folder, "last-2", **options).run()


def test_a_corrupt_newest_checkpoint_falls_back_to_the_one_before(tmp_path: Path) -> None:
    from injerto.training.checkpoints import Progress

    checkpoints = Checkpoints(tmp_path, run="r", seconds_between=0.0)
    progress = Progress(
        run="r", phase_index=0, epoch=1, best_loss=1.0, epochs_without_gain=0, finished=False, history=()
    )
    checkpoints.save(progress, {"now.head.a": torch.ones(2)})
    checkpoints.save(progress.model_copy(update={"epoch": 2}), {"now.head.a": torch.zeros(2)})
    newest = sorted(tmp_path.glob("step-*"))[-1] / "state.safetensors"
    content = bytearray(newest.read_bytes())
    content[-1] ^= 1
    newest.write_bytes(bytes(content))
    found = Checkpoints(tmp_path, run="r").load()
    assert found is not None
    assert found[0].epoch == 1
    assert copy.copy(found[1])["now.head.a"].sum() == 2
