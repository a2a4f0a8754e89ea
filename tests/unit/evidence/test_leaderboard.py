"""The leaderboard and the curves of a run: what was measured, in its order, and nothing else."""

from pathlib import Path

import pytest

import injerto
from injerto.core.leaderboard import Leaderboard, Plots
from injerto.workflow.fit import Run


@pytest.fixture(scope="module")
def run(pictures: Path, network_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Run, Path]:
    folder = tmp_path_factory.mktemp("leaderboard")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("INJERTO_HOME", str(folder / "home"))
        plan = injerto.plan(pictures, backbone=str(network_folder), budget="10s", device="cpu")
        phases = injerto.plan(pictures, backbone=str(network_folder), strategy="last-1", epochs=3, device="cpu")
        edited = phases.model_copy(update={"search": plan.search})
        return injerto.fit(pictures, edited, out=folder / "model"), folder / "model"


def test_the_board_has_every_measured_thing_once_and_best_first(run: tuple[Run, Path]) -> None:
    done, folder = run
    board = Leaderboard.from_json((folder / "leaderboard.json").read_text())
    for split in ("test", "selection"):
        found = [row.accuracy for row in board.rows if row.judged_on == split]
        assert found == sorted(found, reverse=True)
    model = next(row for row in board.rows if row.kind == "model")
    assert (model.name, model.accuracy) == ("last-1", done.evidence.accuracy.value)
    controls = {row.name: row.accuracy for row in board.rows if row.kind == "control"}
    assert controls == {one.name: one.accuracy for one in done.evidence.controls if not one.same_as_model}
    assert done.plan.search is not None
    tried = [row.name for row in board.rows if row.kind == "tried"]
    assert sorted(tried) == sorted(rung.strategy for rung in done.plan.search.rungs if rung.accuracy is not None)


def test_the_curves_are_those_of_the_history(run: tuple[Run, Path]) -> None:
    done, folder = run
    plots = {plot.name: plot for plot in Plots.from_json((folder / "plots.json").read_text()).plots}
    phase = done.history[0].phase
    train, tune = plots[f"loss: {phase}"].series
    assert train.y == tuple(record.train_loss for record in done.history)
    assert tune.y == tuple(record.tune_loss for record in done.history)
    for plot in plots.values():
        for series in plot.series:
            assert len(series.x) == len(series.y)
            assert series.low is None or len(series.low) == len(series.x)
