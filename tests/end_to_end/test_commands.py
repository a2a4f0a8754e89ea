"""The user's story, command by command, in real processes."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from PIL import Image

TEXTS = [
    ("the film was wonderful and moving", "positive"),
    ("a delight from start to end", "positive"),
    ("una película maravillosa", "positive"),
    ("boring and far too long", "negative"),
    ("the worst film of the year", "negative"),
    ("una película aburrida y mala", "negative"),
]


@pytest.fixture
def texts(tmp_path: Path) -> Path:
    path = tmp_path / "films.csv"
    lines = [f'"{text}, part {n}",{label}' for n in range(8) for text, label in TEXTS]
    path.write_text("\n".join(["text,label", *lines]) + "\n", encoding="utf-8")
    return path


def test_fit_predict_and_evaluate_images(program, pictures: Path, network_folder: Path, tmp_path: Path) -> None:
    done = program("fit", pictures, "--out", "m", "--backbone", network_folder, "--json")
    assert done.code == 0, done.err
    result = done.document()
    assert {"task", "backbone", "strategy", "num_train", "num_test", "metrics", "evidence", "seconds", "artifact"} <= (
        result.keys()
    )
    assert result["metrics"].keys() >= {"accuracy", "macro_f1", "log_loss"}
    assert result["evidence"]["verdict"] in ("helped", "inconclusive", "hurt")
    for control in result["evidence"]["controls"]:
        assert {"name", "accuracy", "gain", "interval"} <= control.keys()
        assert control["interval"][0] <= control["gain"] <= control["interval"][1]
    assert {control["name"] for control in result["evidence"]["controls"]} == {
        "majority",
        "nearest-centroid",
        "frozen-backbone",
        "random-backbone",
    }
    assert [control["name"] for control in result["evidence"]["not_run"]] == ["from-scratch"]
    predicted = program("predict", "m", pictures / "across", "--json").document()["predictions"]
    assert len(predicted) == 20
    assert {"input", "label", "probability", "probabilities"} <= predicted[0].keys()
    evaluated = program("evaluate", "m", pictures, "--json").document()
    assert evaluated["num_examples"] == 60
    assert evaluated["accuracy"]["value"] == pytest.approx(evaluated["metrics"]["accuracy"])


def test_the_same_command_twice_gives_the_same_figures(program, pictures: Path, network_folder: Path) -> None:
    results = []
    for out in ("a", "b"):
        done = program("fit", pictures, "--out", out, "--backbone", network_folder, "--seed", 3, "--json")
        document = done.document()
        # What was stored and read before: nothing in the first run, everything in the second.
        for key in ("seconds", "artifact", "runtimes", "earlier_readings", "readings_sentence"):
            del document[key]
        for control in document["evidence"]["controls"]:
            del control["seconds"]
        results.append(document)
    assert results[0] == results[1]


def test_fit_and_predict_texts(program, texts: Path) -> None:
    done = program("fit", texts, "--out", "m")
    assert done.code == 0, done.err
    for part in ("text-classification", "Freeze plan", "Evidence", "majority", "random-backbone"):
        assert part in done.out
    assert all(len(line) <= 80 for line in done.out.splitlines())
    answered = program("predict", "m", "--text", "a wonderful film", "--text", "boring", "--json")
    labels = [prediction["label"] for prediction in answered.document()["predictions"]]
    assert labels == ["positive", "negative"]


@pytest.mark.parametrize("strategy", ["last-1", "lp-ft", "norm-bias", "lora", "gradual-unfreeze", "from-scratch"])
def test_texts_train_by_gradient_too_and_give_the_same_answers_after_loading(
    texts: Path, tmp_path: Path, strategy: str
) -> None:
    import injerto

    run = injerto.fit(texts, strategy=strategy, epochs=2, out=tmp_path / "m", device="cpu")
    loaded = injerto.load(tmp_path / "m", device="cpu")
    words = [text for text, _ in TEXTS]
    assert [p.probabilities for p in loaded.predict(words)] == [p.probabilities for p in run.model.predict(words)]
    if strategy == "last-1":
        assert "runs once" in run.freeze_plans[-1].cut


def test_a_fine_tuned_text_backbone_opens_with_transformers(texts: Path, tmp_path: Path) -> None:
    import torch
    from transformers import AutoModel, AutoTokenizer

    import injerto

    run = injerto.fit(texts, strategy="last-1", epochs=1, out=tmp_path / "m", device="cpu")
    folder = tmp_path / "m" / "backbone"
    tokens = AutoTokenizer.from_pretrained(folder)("una película maravillosa", return_tensors="pt")
    inputs = {name: tokens[name] for name in ("input_ids", "attention_mask")}
    opened = AutoModel.from_pretrained(folder).eval()
    with torch.no_grad():
        expected = run.model.backbone.network(**inputs).last_hidden_state
        assert torch.equal(opened(**inputs).last_hidden_state, expected)


def test_inspect_prints_one_document(program, texts: Path) -> None:
    survey = program("inspect", texts, "--json").document()
    assert survey["task"] == "text-classification"
    assert {entry["label"] for entry in survey["classes"]} == {"positive", "negative"}


def test_unreadable_pictures_are_skipped_listed_and_bound_the_score(
    program, pictures: Path, network_folder: Path, tmp_path: Path
) -> None:
    import shutil

    shutil.copytree(pictures, tmp_path / "d")
    (tmp_path / "d" / "across" / "bad.png").write_bytes(b"<html>no picture</html>")
    done = program("fit", "d", "--out", "m", "--backbone", network_folder)
    assert done.code == 0, done.err
    assert "bad.png" in done.out.replace("\n", "")
    evaluated = program("evaluate", "m", "d", "--json").document()
    assert evaluated["num_skipped"] == 1
    assert evaluated["accuracy_if_skipped_wrong"] < evaluated["accuracy_if_skipped_right"]


def test_many_labels_an_example(program, tmp_path: Path) -> None:
    lines = ["text,labels"]
    for n in range(30):
        lines += [f"a cat number {n},cat", f"a dog number {n},dog", f"a cat and a dog number {n},cat|dog"]
    (tmp_path / "pets.csv").write_text("\n".join(lines) + "\n")
    done = program("fit", "pets.csv", "--out", "m", "--label-separator", "|", "--json")
    assert done.code == 0, done.err
    answered = program("predict", "m", "--text", "the cat and the dog", "--json").document()["predictions"][0]
    assert answered["label"] is None
    assert set(answered["labels"]) == {"cat", "dog"}


@pytest.mark.parametrize("arguments", [("backbones",), ("strategies",), ("cache",), ("doctor",)])
def test_lists_are_readable_and_machine_readable(program, arguments: tuple[str, ...]) -> None:
    human, machine = program(*arguments), program(*arguments, "--json")
    assert (human.code, machine.code) == (0, 0), human.err + machine.err
    assert human.out.strip()
    assert all(len(line) <= 80 for line in human.out.splitlines())
    assert machine.document()["schema_version"] == 1


@pytest.mark.parametrize("name", ["lp-ft", "last-4", "lora:rank=4"])
def test_a_strategy_shows_its_phases(program, name: str) -> None:
    shown = program("strategies", "show", name)
    assert shown.code == 0
    assert "gradient" in shown.out
    assert program("strategies", "show", name, "--json").document()["phases"]


def test_a_backbone_shows_its_card(program) -> None:
    assert "apache-2.0" in program("backbones", "show", "injerto-glyphs-r10").out.lower()


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_stopped_fit_leaves_with_its_code_and_the_same_command_continues(
    injerto, pictures: Path, network_folder: Path, tmp_path: Path, number: int, code: int
) -> None:
    command = ["fit", str(pictures), "--out", "m", "--backbone", str(network_folder), "--strategy", "lp-ft"]
    process = subprocess.Popen(
        [sys.executable, "-m", "injerto.cli", *command, "--epochs", "400"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # A job in the background of a script is born deaf to SIGINT, and so would be all that it starts.
        preexec_fn=lambda: signal.signal(number, signal.SIG_DFL),
    )
    assert process.stdout is not None
    while "epoch 2:" not in process.stdout.readline():
        assert process.poll() is None
    process.send_signal(number)
    process.communicate(timeout=60)
    assert process.returncode == code
    assert not (tmp_path / "m").exists()


def test_a_killed_fit_continues_and_ends_with_the_same_figures(
    injerto, program, pictures: Path, network_folder: Path, tmp_path: Path
) -> None:
    command = ["fit", pictures, "--backbone", network_folder, "--strategy", "lp-ft", "--epochs", 15, "--json"]
    whole = program(*command, "--out", "whole").document()
    process = subprocess.Popen(
        [sys.executable, "-m", "injerto.cli", *map(str, command), "--out", "m"],
        cwd=tmp_path,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    run_folder = tmp_path / ".m.run"
    deadline = time.monotonic() + 120
    while not list(run_folder.glob("step-*")) and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.02)
    process.kill()
    process.wait()
    continued = injerto(*command, "--out", "m")
    assert continued.code == 0, continued.err
    assert continued.document()["metrics"] == whole["metrics"]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["m", "whole"]


def test_the_demo_tells_the_whole_story(injerto, tmp_path: Path) -> None:
    earlier = tmp_path / "injerto-demo" / "digits" / "train" / "0" / "9999.png"
    earlier.parent.mkdir(parents=True)
    earlier.write_bytes(b"of an earlier demo")
    done = injerto("demo")
    assert done.code == 0, done.err
    for part in ("Data:", "Freeze plan", "Evidence", "HELPED", "injerto predict"):
        assert part in done.out
    assert (tmp_path / "injerto-demo" / "model" / "manifest.json").is_file()
    assert (tmp_path / "injerto-demo" / "report.html").is_file()
    assert not earlier.exists(), "the demo can be run again"


def test_pictures_on_the_command_line_are_named_in_the_answer(
    program, pictures: Path, network_folder: Path, tmp_path: Path
) -> None:
    program("fit", pictures, "--out", "m", "--backbone", network_folder)
    Image.new("L", (40, 20), 128).save(tmp_path / "new [1].png")
    answered = program("predict", "m", "new [1].png")
    assert answered.code == 0, answered.err
    assert "new [1].png" in answered.out
