"""Bad input through the real program: the right line, the right exit code, no traceback, nothing half written."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image


def picture(path: Path, shade: int = 0) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (16, 16), (shade % 256, 40, 90)).save(path)


def pictures_of(root: Path, **classes: int) -> Path:
    for offset, (label, number) in enumerate(classes.items()):
        for index in range(number):
            picture(root / label / f"{index}.png", 20 * offset + index)
    return root


def table(path: Path, *rows: str) -> Path:
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path


def rows(number: int) -> list[str]:
    return [f"a text about number {n},{'even' if n % 2 == 0 else 'odd'}" for n in range(number)]


Case = Callable[[Path], list[object]]

CASES: dict[str, tuple[Case, int, str]] = {
    "missing path": (lambda t: ["fit", t / "nothing", "--out", t / "m"], 3, "D101"),
    "empty folder": (lambda t: ["fit", _made(t / "e"), "--out", t / "m"], 3, "e"),
    "one class": (lambda t: ["fit", pictures_of(t / "d", cats=8), "--out", t / "m"], 3, "cats"),
    "too few": (lambda t: ["fit", pictures_of(t / "d", a=1, b=1), "--out", t / "m"], 3, "error D"),
    "unknown strategy": (
        lambda t: ["fit", pictures_of(t / "d", a=9, b=9), "--out", t / "m", "--strategy", "linear-prob"],
        2,
        "did you mean 'linear-probe'",
    ),
    "strategy option out of range": (
        lambda t: ["fit", pictures_of(t / "d", a=9, b=9), "--out", t / "m", "--strategy", "lora:rank=0"],
        2,
        "rank",
    ),
    "strategy option unknown": (
        lambda t: ["fit", pictures_of(t / "d", a=9, b=9), "--out", t / "m", "--strategy", "lp-ft:speed=9"],
        2,
        "speed",
    ),
    "strategy option without value": (
        lambda t: ["fit", pictures_of(t / "d", a=9, b=9), "--out", t / "m", "--strategy", "mlp-head:flatten"],
        2,
        "option=value",
    ),
    "unknown backbone": (
        lambda t: ["fit", pictures_of(t / "d", a=9, b=9), "--out", t / "m", "--backbone", "resnet81"],
        2,
        "resnet81",
    ),
    "backbone of another modality": (
        lambda t: [
            "fit",
            pictures_of(t / "d", a=9, b=9),
            "--out",
            t / "m",
            "--backbone",
            "shipped:injerto-minitext-en-es",
        ],
        2,
        "image",
    ),
    "pickled backbone": (
        lambda t: ["fit", pictures_of(t / "d", a=9, b=9), "--out", t / "m", "--backbone", _pickle(t)],
        4,
        "error M",
    ),
    "unknown device": (
        lambda t: ["fit", pictures_of(t / "d", a=9, b=9), "--out", t / "m", "--device", "tpu"],
        2,
        "tpu",
    ),
    "unknown task": (
        lambda t: ["fit", pictures_of(t / "d", a=9, b=9), "--out", t / "m", "--task", "image-clasification"],
        2,
        "image-classification",
    ),
    "task of another modality": (
        lambda t: ["fit", pictures_of(t / "d", a=9, b=9), "--out", t / "m", "--task", "text-classification"],
        2,
        "error",
    ),
    "more layer groups than there are": (
        lambda t: ["fit", pictures_of(t / "d", a=9, b=9), "--out", t / "m", "--strategy", "last-99"],
        2,
        "U515",
    ),
    "output exists": (lambda t: ["fit", pictures_of(t / "d", a=9, b=9), "--out", t / "d"], 2, "U102"),
    "output is a file": (
        lambda t: ["fit", pictures_of(t / "d", a=9, b=9), "--out", table(t / "f", "x")],
        2,
        "U103",
    ),
    "overwrite of a foreign folder": (
        lambda t: ["fit", pictures_of(t / "d", a=9, b=9), "--out", t / "d", "--overwrite"],
        2,
        "U104",
    ),
    "no output": (lambda t: ["fit", pictures_of(t / "d", a=9, b=9)], 2, "--out"),
    "negative epochs": (lambda t: ["fit", t, "--out", t / "m", "--epochs", "-1"], 2, "--epochs"),
    "seed is no number": (lambda t: ["fit", t, "--out", t / "m", "--seed", "x"], 2, "--seed"),
    "unknown option": (lambda t: ["fit", t, "--out", t / "m", "--strateg", "x"], 2, "--strategy"),
    "unknown command": (lambda t: ["fitt"], 2, "fit"),
    "unknown column": (
        lambda t: ["fit", table(t / "d.csv", "text,label", *rows(30)), "--out", t / "m", "--label-column", "labl"],
        2,
        "label",
    ),
    "one label in a table": (
        lambda t: ["fit", table(t / "d.csv", "text,label", *(f"text {n},same" for n in range(20))), "--out", t / "m"],
        3,
        "same",
    ),
    "labels that look like ids": (
        lambda t: ["fit", table(t / "d.csv", "text,label", *(f"text {n},id{n}" for n in range(30))), "--out", t / "m"],
        3,
        "label",
    ),
    "header only": (lambda t: ["fit", table(t / "d.csv", "text,label"), "--out", t / "m"], 3, "d.csv"),
    "broken json line": (
        lambda t: ["fit", table(t / "d.jsonl", *['{"text": "a", "label": '] * 9), "--out", t / "m"],
        3,
        "d.jsonl",
    ),
    "not a parquet file": (lambda t: ["fit", table(t / "d.parquet", "no"), "--out", t / "m"], 3, "d.parquet"),
    "unknown kind of file": (lambda t: ["fit", table(t / "d.docx", "no"), "--out", t / "m"], 3, "d.docx"),
    "image outside the table's folder": (
        lambda t: [
            "fit",
            table(_made(t / "s") / "d.csv", "image,label", *(f"../out{n}.png,{n % 2}" for n in range(20))),
            "--out",
            t / "m",
        ],
        3,
        "error D",
    ),
    "predict without inputs": (lambda t: ["predict", t], 2, "U510"),
    "predict with no model": (lambda t: ["predict", t / "m", "x.png"], 2, "U509"),
    "predict with a folder that is no model": (lambda t: ["predict", _made(t / "e"), "x.png"], 4, "M202"),
    "evaluate with no model": (lambda t: ["evaluate", t / "m", t], 2, "U509"),
    "show of an unknown backbone": (lambda t: ["backbones", "show", "resnet81"], 2, "resnet"),
    "show without a name": (lambda t: ["strategies", "show"], 2, "U512"),
    "unknown cache action": (lambda t: ["cache", "burn"], 2, "U514"),
    "prune without a size": (lambda t: ["cache", "prune"], 2, "--max-gb"),
}


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def _pickle(folder: Path) -> Path:
    path = folder / "weights.bin"
    path.write_bytes(b"\x80\x04cos\nsystem\n")
    return path


@pytest.mark.parametrize("name", CASES)
def test_bad_use_gives_one_clear_line_and_leaves_nothing(program, tmp_path: Path, name: str) -> None:
    make, code, fragment = CASES[name]
    arguments = make(tmp_path)
    before = set(tmp_path.rglob("*"))
    done = program(*arguments)
    assert done.code == code, done.err
    assert fragment in done.err
    assert "Traceback" not in done.err
    assert set(tmp_path.rglob("*")) == before
    if done.err.startswith("error"):
        assert len(done.err.strip().splitlines()) <= 3


@pytest.mark.parametrize("name", ["missing path", "unknown strategy", "one class"])
def test_with_json_an_error_is_a_document_too(program, tmp_path: Path, name: str) -> None:
    make, code, _ = CASES[name]
    done = program(*make(tmp_path), "--json")
    assert done.code == code
    document = json.loads(done.out)
    assert document["schema_version"] == 1
    assert document["error"].keys() == {"code", "what", "do"}
