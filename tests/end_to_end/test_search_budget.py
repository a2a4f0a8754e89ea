"""The budget holds in real processes: a search ends in time whatever it was given to look at."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

NETWORKS = "injerto-mix-r10,injerto-glyphs-r10"


def search(pictures: Path, home: Path, seconds: float) -> dict[str, Any]:
    arguments = ["plan", str(pictures), "--backbones", NETWORKS, "--budget", f"{seconds:.1f}s", "--device", "cpu"]
    command = [sys.executable, "-m", "injerto.cli", *arguments, "--json"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("INJERTO_HOME", str(home))
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout)["search"]
    return found


@pytest.mark.slow
@pytest.mark.timeout(1200)  # Two processes that import everything, and a core may have four tenants.
def test_a_search_ends_in_time(pictures: Path, tmp_path: Path) -> None:
    """Loading and reading take what they take on a busy machine, and the least of a pass with them: budgets go on top.

    The first process has no time from its start on, and does the least that gives a plan.
    """
    least = search(pictures, tmp_path / "home0", 0.1)
    assert least["num_examples"] <= 24
    assert len(least["scores"]) == 1
    budget = least["seconds"] + 4
    found = search(pictures, tmp_path / "home1", budget)
    # What this process took longer to start than the first is the machine's, not the search's.
    late = max(0.0, found["start_seconds"] - least["start_seconds"])
    assert found["seconds"] <= 1.1 * budget + late
    cut = [rung for rung in found["rungs"] if rung["outcome"] == "skipped"]
    assert all(rung["because"] for rung in cut)


@pytest.mark.parametrize("seconds", [0.5, 2.0])
def test_a_trial_that_runs_is_stopped_between_batches(pictures: Path, network_folder: Path, seconds: float) -> None:
    """In one process, where everything is loaded: no prediction is needed to end in time."""
    import time

    from injerto.activations.store.store import ActivationStore
    from injerto.backbones.loading import load_backbone
    from injerto.core.plan import Basis, Phase, Reason
    from injerto.data.reading import read_data
    from injerto.data.splitting import make_splits
    from injerto.evidence.trying import Trying
    from injerto.planning.budget import Budget, OutOfTimeError
    from injerto.planning.default_plan import make_plan
    from injerto.tasks.task import tasks

    data = read_data(pictures)
    splits = make_splits(data, seed=0)
    backbone = load_backbone(str(network_folder))
    plan = make_plan(
        task="image-classification",
        data=data,
        splits=splits,
        backbone=backbone,
        backbone_reason=Reason(field="backbone", choice="x", basis=Basis.USER, because=""),
        strategy="lp-ft",
        epochs=None,
        seed=0,
        device="cpu",
    )
    endless: tuple[Phase, ...] = (
        plan.phases[0],
        plan.phases[1].model_copy(update={"epochs": 10**6, "patience": 10**6}),
    )
    trying = Trying(
        task=tasks.get("image-classification")(many_labels=False),
        data=data,
        store=ActivationStore(),
        frozen={backbone.spec: backbone},
        load_backbone=load_backbone,
        budget=Budget(seconds),
    )
    start = time.monotonic()
    with pytest.raises(OutOfTimeError):
        trying(plan.model_copy(update={"phases": endless}), splits)
    assert time.monotonic() - start <= seconds + 5
