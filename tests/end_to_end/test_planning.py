"""`injerto plan` as a user runs it: searched, written, edited, run; the test split never read."""

import io
import json
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

import injerto
from injerto.cli.rendering.search import render_search
from injerto.core.errors import UsageError
from injerto.data.items import ImageFile
from injerto.data.reading import read_data
from injerto.data.splitting import make_splits
from injerto.planning.plan_file import read_plan


@pytest.fixture(scope="module")
def made(pictures: Path, network_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("plan") / "plan.toml"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("INJERTO_HOME", str(out.parent / "home"))
        candidates = [str(network_folder), "injerto-glyphs-r10"]
        injerto.plan(pictures, backbones=candidates, budget="20s", device="cpu", out=out)
    return out


def test_the_file_holds_choices_reasons_and_everything_that_was_tried(made: Path) -> None:
    plan = tomllib.loads(made.read_text(encoding="utf-8"))
    assert {reason["field"] for reason in plan["reasons"]} == {"backbone", "strategy", "textbook"}
    assert {score["name"] for score in plan["search"]["scores"]} >= {"injerto-glyphs-r10"}
    assert plan["search"]["budget_seconds"] == 20
    tried = {rung["strategy"].partition(":rate=")[0] for rung in plan["search"]["rungs"]}
    assert tried == {"linear-probe", "multi-layer", "mlp-head", "norm-bias", "lora", "lp-ft"}
    for cost in plan["search"]["costs"]:
        assert {trial["strategy"] for trial in cost["trials"]} == tried
        assert min(cost["pass_seconds"], cost["disk_mb"], cost["trials"][0]["peak_mb"]) > 0
    assert plan["search"]["first_pass"]["num_scored"] == plan["search"]["num_examples"]
    similar = {score["name"]: score["similarity"] for score in plan["search"]["scores"]}
    assert similar.pop("injerto-glyphs-r10")["frechet"] > 0
    assert [one["num_layers"] for one in similar.values()] == [0]  # Its weights never saw any data.


def test_a_rate_and_a_long_name_stand_in_one_line(made: Path) -> None:
    search = read_plan(made)[0].search
    assert search is not None
    long = {"strategy": "lp-ft:rate=0.0001", "backbone": "injerto-minitext-en-es", "outcome": "not better"}
    rung = search.rungs[0].model_copy(update=long | {"gain": -0.125, "standard_error": 0.103, "seconds": 1234.0})
    console = Console(width=80, file=io.StringIO())
    console.print(*render_search(search.model_copy(update={"rungs": (rung,)})))
    lines = console.file.getvalue().splitlines()
    row = next(line for line in lines if "lp-ft:rate=0.0001" in line)
    assert "injerto-min" in row
    assert "…" in row  # And not alone on the next line.
    assert row.rstrip().endswith("no better")


def test_a_reference_set_stands_for_the_source_of_a_network_that_remembers_nothing(
    program: Callable, pictures: Path, network_folder: Path
) -> None:
    names = f"{network_folder},injerto-glyphs-r10"
    done = program("plan", pictures, "--backbones", names, "--budget", "60s", "--reference", pictures / "down")
    assert "20 reference examples" in done.out
    assert "13 batch norms" in done.out


def test_fit_runs_the_file_and_an_edited_strategy_too(made: Path, pictures: Path, tmp_path: Path) -> None:
    run = injerto.fit(pictures, made, out=tmp_path / "model")
    assert run.plan.strategy == tomllib.loads(made.read_text(encoding="utf-8"))["strategy"]
    text = made.read_text(encoding="utf-8")
    edited = tmp_path / "edited.toml"
    edited.write_text(
        "\n".join(
            'strategy = "knn:neighbours=3"' if line.startswith("strategy = ") and i < 12 else line
            for i, line in enumerate(text.splitlines())
        ),
        encoding="utf-8",
    )
    assert injerto.fit(pictures, edited).plan.strategy == "knn:neighbours=3"


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
    injerto.plan(pictures, backbone=str(network_folder), budget="1s", device="cpu")
    assert seen
    assert not seen & test


def test_the_same_seed_chooses_the_same(few_pictures: Path, network_folder: Path) -> None:
    plans = [injerto.plan(few_pictures, backbone=str(network_folder), budget=None, device="cpu") for _ in range(2)]
    chosen = [plan.model_dump(exclude={"search", "reasons"}) for plan in plans]
    assert chosen[0] == chosen[1]
    assert plans[0].search is not None
    assert plans[1].search is not None
    assert plans[0].search.scores == plans[1].search.scores


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"budget": "soon"}, "U525"),
        ({"epochs": 3}, "U526"),
        ({"backbones": ["injerto-mix-r10"], "strategy": "lora"}, "U527"),
        ({"backbones": ["injerto-minitext-en-es"]}, "U5"),
    ],
)
def test_options_that_do_not_go_together_are_refused(pictures: Path, options: dict[str, object], code: str) -> None:
    with pytest.raises(UsageError, match=code):
        injerto.plan(pictures, **options)


def test_tables_of_a_plan_fit_into_80_columns(made: Path) -> None:
    from injerto.cli.console import make_console
    from injerto.cli.rendering.plan import render_plan
    from injerto.planning.plan_file import read_plan

    console = make_console()
    with console.capture() as shown:
        for part in render_plan(read_plan(made)[0]):
            console.print(part)
    lines = shown.get().splitlines()
    assert max(len(line.rstrip()) for line in lines) <= 80
    assert any("predicted before it ran" in line for line in lines)


@pytest.mark.parametrize(
    ("energy", "watts", "source"), [(True, None, {"none", "rapl"}), (False, 65.0, {"given", "rapl"})]
)
def test_energy_is_said_where_it_is_asked_for(
    pictures: Path, network_folder: Path, energy: bool, watts: float | None, source: set[str]
) -> None:
    made = injerto.plan(pictures, backbone=str(network_folder), budget="1s", device="cpu", energy=energy, watts=watts)
    assert made.search is not None
    assert made.search.power is not None
    assert made.search.power.source in source
    told = made.search.costs[0].pass_wh
    assert (told is None) == (made.search.power.watts is None)


def test_a_plan_is_not_overwritten_unasked(made: Path, pictures: Path) -> None:
    before = made.read_bytes()
    with pytest.raises(UsageError, match="U524"):
        injerto.plan(pictures, strategy="linear-probe", out=made)
    assert made.read_bytes() == before


def test_json_is_one_document(pictures: Path, network_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from injerto.cli import main

    with pytest.raises(SystemExit) as end:
        main(["plan", str(pictures), "--backbones", str(network_folder), "--budget", "1s", "--device", "cpu", "--json"])
    assert end.value.code == 0
    document = json.loads(capsys.readouterr().out)
    assert document["search"]["scores"][0]["kept"] is True


def test_fit_searches_with_a_budget_and_a_killed_run_keeps_its_plan(
    pictures: Path, network_folder: Path, tmp_path: Path
) -> None:
    out = tmp_path / "model"
    arguments = ["fit", str(pictures), "--out", str(out), "--backbone", str(network_folder), "--budget", "10s"]
    command = [sys.executable, "-m", "injerto.cli", *arguments, "--device", "cpu"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        while not (found := list(tmp_path.glob(".model.run/plan-*.toml"))):
            assert process.poll() is None, "it ended before its plan was seen"
            time.sleep(0.01)
        process.kill()
    plan = tomllib.loads(found[0].read_text(encoding="utf-8"))
    assert not out.exists()
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "Scoring from" not in done.stdout + done.stderr
    assert injerto.load(out).backbone.spec == plan["backbone"]
    assert not (tmp_path / ".model.run").exists()


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"budget": "10s", "strategy": "knn"}, "U530"),
        ({"budget": "10s", "epochs": 2}, "U530"),
        ({"budget": "soon"}, "U525"),
        ({"backbones": ("resnet18",)}, "U531"),
        ({"backbones": ("resnet18",), "backbone": "resnet18", "budget": "10s"}, "U527"),
        ({"budget": "10s", "plan": "plan.toml"}, "U505"),
    ],
)
def test_a_search_in_fit_has_one_line_for_wrong_use(pictures: Path, options: dict[str, Any], code: str) -> None:
    with pytest.raises(UsageError) as error:
        injerto.fit(pictures, **options)
    assert error.value.code == code


def test_too_few_labels_to_race_are_said(tmp_path: Path) -> None:
    table = tmp_path / "few.csv"
    table.write_text(
        "text,label\n" + "".join(f"{'good' if i % 2 else 'bad'} day {i},{'ab'[i % 2]}\n" for i in range(24))
    )
    plan = injerto.plan(table, budget="1m", device="cpu")
    assert plan.strategy == "mlp-head"
    assert plan.search is not None
    assert plan.search.rungs == ()
    assert "too few examples" in next(reason.because for reason in plan.reasons if reason.field == "strategy")
