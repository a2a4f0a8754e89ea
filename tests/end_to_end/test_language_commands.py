"""Text generation and translation from the command line."""

import json
from pathlib import Path

import pytest
from browser import BROWSER, look_at
from sequence_networks import pairs, save_sequence_network, write_pairs, write_prose


@pytest.fixture(scope="module")
def gpt2(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_sequence_network("gpt2", tmp_path_factory.mktemp("networks") / "gpt2")


@pytest.fixture(scope="module")
def marian(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_sequence_network("marian", tmp_path_factory.mktemp("networks") / "marian")


def test_from_a_text_to_a_paragraph(program, gpt2: Path, tmp_path: Path) -> None:
    write_prose(tmp_path / "book.txt")
    task = ("--task", "text-generation")
    done = program("fit", "book.txt", *task, "--backbone", gpt2, "--epochs", 4, "--out", "m", "--json")
    assert done.code == 0, done.err
    evidence = done.document()["evidence"]
    assert evidence["metric"] == "bits_per_byte"
    found = {control["name"]: control for control in evidence["controls"]}
    assert found.keys() == {"untouched", "from-scratch"}
    # Four epochs teach random weights the words, whatever they teach next.
    assert found["untouched"]["gains"]["bits_per_byte"]["low"] > 0
    assert {"loss", "perplexity", "bits_per_byte", "repetition"} == evidence["metrics"].keys()

    once, again, other = (
        program("predict", "m", "--prompt", "the cat", "--max-tokens", 12, "--seed", seed) for seed in (1, 1, 2)
    )
    assert once.code == 0, once.err
    assert once.out.startswith("the cat")
    assert once.out == again.out != other.out
    told = program("predict", "m", "--prompt", "the cat", "--max-tokens", 12, "--seed", 1, "--json").document()
    assert "the cat" + told["predictions"][0]["text"] == once.out.removesuffix("\n")

    judged = program("evaluate", "m", "book.txt", "--json").document()
    assert judged["untouched"]["verdict"] == "helped"
    assert program("verify", "m").code == 0
    assert program("report", "m", "--data", "book.txt").code == 0
    page = (tmp_path / "m-report.html").read_text(encoding="utf-8")
    assert "What surprises it most" in page
    if BROWSER is not None:
        assert look_at(tmp_path / "m-report.html", tmp_path) == ([], [])


def test_from_pairs_to_a_translated_file(program, marian: Path, tmp_path: Path) -> None:
    write_pairs(tmp_path / "pairs.tsv")
    task = ("--task", "translation")
    done = program(
        "fit", "pairs.tsv", *task, "--backbone", marian, "--strategy", "full", "--epochs", 2, "--out", "m", "--json"
    )
    assert done.code == 0, done.err
    outcome = done.document()
    assert outcome["evidence"]["signatures"]["bleu"].startswith("nrefs:1")
    assert outcome["evidence"]["metrics"].keys() >= {"bleu", "chrf"}

    (tmp_path / "new.txt").write_text("the cat sat\n\na dog ran\n", encoding="utf-8")
    done = program("predict", "m", "new.txt", "--out", "new.es", "--beams", 2)
    assert done.code == 0, done.err
    assert len((tmp_path / "new.es").read_text(encoding="utf-8").split("\n")) == 4, "in step with the source"
    again = program("predict", "m", "new.txt", "--out", "new.es")
    assert (again.code, "U619" in again.err) == (2, True)

    judged = program("evaluate", "m", "pairs.tsv", "--json").document()
    assert judged["num_examples"] == 40
    assert judged["untouched"]["gains"].keys() >= {"chrf", "bleu"}
    assert program("report", "m", "--data", "pairs.tsv").code == 0
    assert "Best and worst translations" in (tmp_path / "m-report.html").read_text(encoding="utf-8")
    if BROWSER is not None:
        assert look_at(tmp_path / "m-report.html", tmp_path) == ([], [])
    write_pairs(tmp_path / "others.tsv", 30)
    assert "not the data" in program("report", "m", "--data", "others.tsv").err


def test_strategies_side_by_side(program, gpt2: Path, tmp_path: Path) -> None:
    write_prose(tmp_path / "book.txt", 100)
    done = program(
        *("compare", "book.txt", "--task", "text-generation", "--backbone", gpt2, "--epochs", 2),
        *("--strategies", "norm-bias full", "--json"),
    )
    assert done.code == 0, done.err
    made = done.document()
    assert [column["strategy"] for column in made["strategies"]] == ["norm-bias", "full"]
    assert made["recommended"] == "full"


def test_a_network_from_nothing_says_that_a_tokenizer_was_trained(program, tmp_path: Path) -> None:
    lines = [json.dumps({"prompt": source, "response": target}) for source, target in pairs(40)]
    (tmp_path / "chat.jsonl").write_text("\n".join(lines), encoding="utf-8")
    plain = "plain:width=16,layers=1,vocabulary=300,context=64"
    done = program("fit", "chat.jsonl", "--task", "text-generation", "--backbone", plain, "--epochs", 1, "--out", "m")
    assert done.code == 0, done.err
    assert "tokenizer of 300 tokens was trained" in " ".join(done.err.split())
    assert (
        "U611"
        in program(
            "fit", "chat.jsonl", "--task", "text-generation", "--backbone", plain, "--strategy", "lora", "--out", "n"
        ).err
    )


@pytest.mark.parametrize(
    ("arguments", "code", "word"),
    [
        (("--strategy", "linear-probe"), 2, "U614"),
        (("--strategy", "last-99"), 2, "layer groups"),
        (("--label-column", "x"), 2, "U613"),
        (("--budget", "1m"), 2, "U613"),
        (("--block-length", "4000"), 2, "U609"),
    ],
)
def test_wrong_use_is_one_line(program, gpt2: Path, tmp_path: Path, arguments, code: int, word: str) -> None:
    import re

    write_prose(tmp_path / "book.txt", 60)
    done = program("fit", "book.txt", "--task", "text-generation", "--backbone", gpt2, "--out", "m", *arguments)
    assert done.code == code, done.err
    assert re.search(word, done.err)
    assert not (tmp_path / "m").exists()


def test_a_plan_is_for_labels_and_says_so(program, tmp_path: Path) -> None:
    write_prose(tmp_path / "book.txt", 60)
    done = program("plan", "book.txt", "--task", "text-generation")
    assert (done.code, "U612" in done.err) == (2, True)
