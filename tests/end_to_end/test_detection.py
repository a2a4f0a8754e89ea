"""The whole story of a detector: fit, judge, save, load, predict, draw; and what it refuses."""

import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from browser import BROWSER, look_at
from PIL import Image
from rich.console import Console

import injerto
from injerto.artifacts.detecting import detect
from injerto.cli.rendering.record import render
from injerto.core.detector_comparison import DetectorComparison
from injerto.core.errors import UsageError
from injerto.data.items import ImageFile
from injerto.tasks.detection.prediction import Detections
from injerto.workflow.fit import Run
from tests.small_cells import write_cells


@pytest.fixture(scope="module")
def cells(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_cells(tmp_path_factory.mktemp("detection") / "cells", num_images=32)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home-of-detection")


def _fit(cells: Path, network: Path, out: Path | None, strategy: str, epochs: int = 3) -> Run:
    return injerto.fit(cells, backbone=str(network), strategy=strategy, epochs=epochs, size=128, out=out, device="cpu")


@pytest.fixture(scope="module")
def trained(cells: Path, network_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Run, Path]:
    """A detector that has learnt something, and its artifact."""
    folder = tmp_path_factory.mktemp("trained") / "model"
    return _fit(cells, network_folder, folder, "frozen:views=2", epochs=8), folder


@pytest.mark.slow
def test_a_detector_learns_is_judged_and_comes_back_with_the_same_boxes(
    cells: Path, trained: tuple[Run, Path], tmp_path: Path
) -> None:
    run, folder = trained
    measured, evidence = run.outcome.detection, run.evidence
    assert measured is not None
    assert evidence.metric == "mAP"
    assert measured.precision_50.value > 0.3
    assert measured.precision_50.low <= measured.precision_50.value <= measured.precision_50.high
    assert {control.name for control in evidence.controls} == {"random-backbone"}
    assert {one.label for one in measured.classes} == {"disc", "square"}
    files = sorted((cells / "images").iterdir())[:4]
    loaded = injerto.load(folder, device="cpu")
    before, after = run.predict(files), loaded.predict(files)
    assert before == after
    assert all(isinstance(one, Detections) for one in after)
    assert loaded.threshold == run.model.threshold
    again = injerto.evaluate(folder, cells, split="test", device="cpu")
    assert again.detection.mean_precision.value == pytest.approx(measured.mean_precision.value, abs=0.01)
    assert "mAP" in (folder / "README.md").read_text()
    page = injerto.report(folder, tmp_path / "r.html", data=cells, device="cpu")
    assert page.read_text(encoding="utf-8").count("<image ") >= 4
    if BROWSER is not None:
        assert look_at(page, tmp_path) == ([], [])
    audited = injerto.audit(folder, cells, groups=["site"], device="cpu")
    (table,) = audited.tables
    alone = injerto.audit(folder, cells, device="cpu")
    assert audited.num_examples == alone.num_examples == injerto.audit(folder).num_examples == 8
    assert "IN001" not in {one.code for one in audited.not_run}  # Boxes of the controls are kept.
    assert (table.metric, {one.group for one in table.groups}) == ("map", {"a", "b"})
    with pytest.raises(UsageError, match="Did you mean 'site'"):
        injerto.audit(folder, cells, groups=["sites"], device="cpu")
    assert all(one.severity != "serious" or one.code == "NT001" for one in injerto.audit(folder).findings)


@pytest.mark.slow
@pytest.mark.parametrize("strategy", ["last-2", "lp-ft", "full", "from-scratch"])
def test_every_depth_of_transfer_trains_and_comes_back(
    cells: Path, network_folder: Path, tmp_path: Path, strategy: str
) -> None:
    run = _fit(cells, network_folder, tmp_path / "model", strategy, epochs=1)
    files = sorted((cells / "images").iterdir())[:2]
    run.model.threshold = loaded_threshold = 0.0
    loaded = injerto.load(tmp_path / "model", device="cpu")
    loaded.threshold = loaded_threshold
    assert loaded.predict(files) == run.predict(files)
    assert any(one.boxes for one in loaded.predict(files))


@pytest.mark.slow
def test_the_same_seed_gives_the_same_figures_and_no_store_the_same_loss(cells: Path, network_folder: Path) -> None:
    first, second = (_fit(cells, network_folder, None, "frozen:views=2", epochs=2) for _ in range(2))
    assert first.outcome.metrics == second.outcome.metrics
    without = injerto.fit(
        cells, backbone=str(network_folder), strategy="frozen:views=2", epochs=2, size=128, device="cpu", cache=False
    )
    # The store keeps half precision.
    losses = [[record.train_loss for record in run.history] for run in (first, without)]
    assert losses[0] == pytest.approx(losses[1], rel=0.02)


def test_strategies_that_solve_their_head_are_refused(cells: Path, network_folder: Path) -> None:
    with pytest.raises(UsageError, match="solves its head"):
        _fit(cells, network_folder, None, "linear-probe")


def test_detection_without_boxes_is_refused(pictures: Path) -> None:
    with pytest.raises(UsageError, match="holds no boxes"):
        injerto.fit(pictures, options=injerto.DataOptions(task="object-detection"), device="cpu")


def test_size_belongs_to_detection(pictures: Path, network_folder: Path) -> None:
    with pytest.raises(UsageError, match="--size is for detection"):
        injerto.fit(pictures, backbone=str(network_folder), size=128, device="cpu")


@pytest.mark.slow
def test_tiles_find_what_a_whole_picture_is_too_large_for(
    cells: Path, trained: tuple[Run, Path], tmp_path: Path
) -> None:
    """Four pictures side by side: in tiles the objects are as large as in training."""
    run, _ = trained
    files = sorted((cells / "images").iterdir())[:4]
    large = Image.new("RGB", (256, 192))
    for number, file in enumerate(files):
        large.paste(Image.open(file), (128 * (number % 2), 96 * (number // 2)))
    large.save(tmp_path / "large.png")
    item = ImageFile(tmp_path / "large.png")
    whole, tiled = detect(run.model, [item])[0], detect(run.model, [item], tile=128)[0]
    assert (tiled.width, tiled.height) == (256, 192)
    assert len(tiled.boxes) > len(whole.boxes)
    assert all(box.right <= 256 and box.bottom <= 192 for box in tiled.boxes)


def test_show_and_convert_write_pictures_and_formats(cells: Path, tmp_path: Path, program: Callable) -> None:
    assert injerto.show(cells, tmp_path / "shown", number=3) == 3
    assert len(list((tmp_path / "shown").glob("*.jpg"))) == 3
    boxes = injerto.convert(cells, "yolo", tmp_path / "yolo")
    assert boxes == sum(len(json.loads(file.read_text())["annotations"]) for file in cells.glob("annotations_*.json"))
    assert injerto.inspect(tmp_path / "yolo").task == "object-detection"
    with pytest.raises(UsageError, match="out"):
        injerto.convert(cells, "voc", tmp_path / "yolo")
    asked = program("inspect", cells, "--convert-to", "voc", "--out", "voc")
    assert (asked.code, f"{boxes} boxes in voc" in asked.out + asked.err) == (0, True)


@pytest.fixture(scope="module")
def compared(network_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[DetectorComparison, Path]:
    """Two ways to train, and the data."""
    folder = write_cells(tmp_path_factory.mktemp("compared") / "cells", num_images=84)
    strategies = ["frozen:views=1", "from-scratch"]
    made = injerto.compare(
        folder, backbone=str(network_folder), strategies=strategies, budget=None, epochs=2, size=96, device="cpu"
    )
    assert isinstance(made, DetectorComparison)
    return made, folder


@pytest.mark.slow
def test_detectors_are_compared_under_one_budget_with_intervals(compared: tuple[DetectorComparison, Path]) -> None:
    made, _ = compared
    assert [one.route for one in made.strategies] == ["feature-extraction", "from-scratch"]
    for one in made.strategies:
        assert one.mean_precision is not None
        assert one.mean_precision.low <= one.mean_precision.value <= one.mean_precision.high
        assert one.num_epochs == one.recipe_epochs
    frozen, scratch = made.strategies
    assert frozen.num_groups_trained == 0 < scratch.num_groups_trained
    assert frozen.gain is None
    assert frozen.over_scratch is not None
    assert scratch.gain is not None
    assert scratch.gain.value == pytest.approx(-frozen.over_scratch.value)
    assert scratch.over_scratch is None
    assert made.verdict is not None
    assert made.recommended in {one.strategy for one in made.strategies}
    printed = io.StringIO()
    console = Console(file=printed, width=80)
    for part in render(made):
        console.print(part)
    assert all(len(line) <= 80 for line in printed.getvalue().splitlines())
    assert "from-scratch" in printed.getvalue()


@pytest.mark.slow
def test_a_search_of_a_detector_plans_what_was_recommended_in_the_time_given(
    compared: tuple[DetectorComparison, Path], network_folder: Path
) -> None:
    """A second is not enough for all: what has no time for one epoch is named, and the first runs whatever it takes."""
    _, folder = compared
    made = injerto.plan(folder, backbone=str(network_folder), budget="1s", size=96, device="cpu")
    assert made.strategy == "frozen"
    assert made.input_size == (96, 96)
    assert next(one for one in made.reasons if one.field == "strategy").basis == "measurement"
