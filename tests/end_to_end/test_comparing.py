"""`injerto compare` as a user runs it: the table, one budget, the test split never read."""

import subprocess
import sys
from pathlib import Path

import pytest

import injerto
from injerto.core.comparison import Comparison
from injerto.core.errors import DataError, UsageError
from injerto.core.plan import Plan
from injerto.data.items import ImageFile
from injerto.data.reading import read_data
from injerto.data.splitting import make_splits
from injerto.evidence import comparing
from injerto.planning.prediction import Foreseen, Foresight


@pytest.fixture(scope="module")
def made(pictures: Path, network_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Comparison:
    folder = tmp_path_factory.mktemp("compare")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("INJERTO_HOME", str(folder / "home"))
        return injerto.compare(
            pictures,
            backbone=str(network_folder),
            strategies=("linear-probe", "last-1", "from-scratch"),
            budget="2m",
            device="cpu",
            out=folder / "table.json",
        )


def test_every_column_is_measured_on_examples_that_did_not_train_it(made: Comparison, pictures: Path) -> None:
    splits = make_splits(read_data(pictures), seed=0)
    number = len(splits.train) + len(splits.tune)
    assert made.num_examples == made.num_judging == number
    assert [column.route for column in made.strategies] == [
        "feature-extraction",
        "fine-tuning",
        "from-scratch",
    ]
    for column in made.strategies:
        assert column.accuracy is not None
        assert column.gap is not None
        assert column.train_accuracy is not None
        assert column.seconds is not None
        assert column.accuracy.low <= column.accuracy.value <= column.accuracy.high
        assert column.gap.value == pytest.approx(column.train_accuracy - column.accuracy.value)
        assert (column.gain is None) == (column is made.strategies[0])
    probe, last, scratch = made.strategies
    assert probe.num_groups_trained == 0
    assert last.num_groups_trained == 1
    assert scratch.num_groups_trained == made.num_groups
    assert scratch.num_trained == made.num_parameters + scratch.num_head
    assert probe.num_trained == probe.num_head > 0
    assert made.recommended in {column.strategy for column in made.strategies}


def test_repeats_train_with_other_seeds_on_the_same_examples(pictures: Path, network_folder: Path) -> None:
    once, twice = (
        injerto.compare(
            pictures,
            backbone=str(network_folder),
            strategies=("linear-probe", "estimator:name=random-forest"),
            budget=None,
            repeats=repeats,
            device="cpu",
        )
        for repeats in (1, 2)
    )
    assert twice.repeats == 2
    assert twice.num_judging == once.num_judging
    assert twice.strategies[1].gain != once.strategies[1].gain


def test_what_does_not_fit_the_budget_is_said_and_not_run(pictures: Path, network_folder: Path) -> None:
    made = injerto.compare(pictures, backbone=str(network_folder), budget="1s", device="cpu")
    assert made.strategies[0].accuracy is not None
    assert made.strategies[1].accuracy is None
    assert "share of the budget" in (made.strategies[1].skipped or "")
    assert made.recommended == "linear-probe"


def test_what_was_predicted_wrongly_is_stopped_when_the_budget_ends(
    pictures: Path, network_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fine-tuning of a million epochs that is expected to take a moment."""
    make_plan = comparing.make_plan

    def endless(**asked: object) -> Plan:
        plan = make_plan(**asked)  # type: ignore[arg-type]
        long = {"epochs": 10**6, "patience": 10**6}
        phases = [phase.model_copy(update=long) if phase.epochs else phase for phase in plan.phases]
        return plan.model_copy(update={"phases": tuple(phases)})

    monkeypatch.setattr(comparing, "make_plan", endless)
    monkeypatch.setattr(Foresight, "predict_trial", lambda *_: Foreseen(basis=0.01, expected=0.01, most=0.01))
    made = injerto.compare(pictures, backbone=str(network_folder), budget=5, device="cpu")
    assert made.strategies[0].accuracy is not None
    assert "the budget ended" in (made.strategies[1].skipped or "")
    assert made.seconds <= 5 + 5


def test_the_test_split_is_not_read(pictures: Path, network_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = read_data(pictures)
    test = {data.examples[int(i)].item.digest for i in make_splits(data, seed=0).test}
    seen: set[str] = set()
    decode = ImageFile.decode

    def watched(item: ImageFile, *, at_least: int | None = None) -> object:
        if at_least != 0:  # The check of all files looks at no pixel.
            seen.add(item.digest)
        return decode(item, at_least=at_least)

    monkeypatch.setattr(ImageFile, "decode", watched)
    injerto.compare(pictures, backbone=str(network_folder), strategies=("knn", "last-1"), budget="1m", device="cpu")
    assert seen
    assert not seen & test


def test_wrong_use_is_one_line(pictures: Path, network_folder: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError) as one:
        injerto.compare(pictures, strategies=("linear-probe", "linear-probe"))
    assert one.value.code == "U528"
    (tmp_path / "table.json").write_text("{}")
    with pytest.raises(UsageError) as exists:
        injerto.compare(pictures, out=tmp_path / "table.json")
    assert exists.value.code == "U529"
    few = tmp_path / "few.csv"
    few.write_text("text,label\n" + "".join(f"word {i},{'ab'[i % 2]}\n" for i in range(20)))
    with pytest.raises(DataError) as too_few:
        injerto.compare(few)
    assert too_few.value.code == "D203"


def test_the_command_prints_the_table_in_80_columns(pictures: Path, network_folder: Path) -> None:
    arguments = ["compare", str(pictures), "--backbone", str(network_folder), "--strategies", "linear-probe,knn"]
    command = [sys.executable, "-m", "injerto.cli", *arguments, "--budget", "1m", "--device", "cpu"]
    shown = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert max(map(len, shown.splitlines())) <= 80
    for word in ("Layers used", "Trained", "Time", "Memory", "Accuracy", "Overfitting", "Gained by adapting", "Take "):
        assert word in shown
