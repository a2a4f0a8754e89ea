"""Text generation and translation from the command line."""

import json
import re
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
    given = ("--backbone", gpt2, "--epochs", 4, "--out", "m", "--prompt", "the cat", "--json")
    done = program("fit", "book.txt", *task, *given)
    assert done.code == 0, done.err
    (paragraph,) = done.document()["predictions"]
    assert paragraph["input"] == "the cat"
    assert paragraph["text"]
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
    # A terminal is shown no control characters; JSON holds them.
    shown = "".join(one for one in told["predictions"][0]["text"] if one.isprintable() or one in "\n\t")
    assert "the cat" + shown == once.out.removesuffix("\n")

    long = program("predict", "m", "--prompt", "the cat " * 60, "--max-tokens", 2)
    assert "too long: its last 62 tokens are read" in long.err
    judged = program("evaluate", "m", "book.txt", "--json").document()
    assert judged["untouched"]["verdict"] == "helped"
    assert (judged["num_too_long"] > 0, "windows of 64 tokens" in judged["rule"]) == (True, True)
    assert program("verify", "m").code == 0
    assert program("report", "m", "--data", "book.txt").code == 0
    page = (tmp_path / "m-report.html").read_text(encoding="utf-8")
    assert "What surprises it most" in page
    if BROWSER is not None:
        assert look_at(tmp_path / "m-report.html", tmp_path) == ([], [])


def test_from_pairs_to_a_translated_file(program, marian: Path, tmp_path: Path) -> None:
    write_pairs(tmp_path / "pairs.tsv")
    task = ("--task", "translation")
    (tmp_path / "new.txt").write_text("the cat sat\n\na dog ran\n", encoding="utf-8")
    given = ("--backbone", marian, "--strategy", "full", "--epochs", 2, "--out", "m", "--translate", "new.txt")
    done = program("fit", "pairs.tsv", *task, *given, "--json")
    assert done.code == 0, done.err
    assert len((tmp_path / "m-translations.txt").read_text(encoding="utf-8").split("\n")) == 4, "in step"
    outcome = done.document()
    assert outcome["evidence"]["signatures"]["bleu"].startswith("nrefs:1")
    assert outcome["evidence"]["metrics"].keys() >= {"bleu", "chrf"}

    (tmp_path / "new.txt").write_text("the cat sat\n\n" + "a dog ran " * 40, encoding="utf-8")
    done = program("predict", "m", "new.txt", "--out", "new.es", "--beams", 2)
    assert done.code == 0, done.err
    assert "too long: 1; of a text longer than 64 tokens the end is cut off" in " ".join(done.err.split())
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
    kinds = ["en\tes\tkind", *(f"{a} so\t{b}\t{'xy'[i % 2]}" for i, (a, b) in enumerate(pairs(40)))]
    (tmp_path / "kinds.tsv").write_text("\n".join(kinds), encoding="utf-8")
    (table,) = program("audit", "m", "kinds.tsv", "--group", "kind", "--json").document()["tables"]
    assert (table["metric"], {one["group"] for one in table["groups"]}) == ("chrf", {"x", "y"})
    assert all(one["gap"]["low"] <= one["gap"]["high"] for one in table["groups"])
    write_pairs(tmp_path / "others.tsv", 30)
    assert "not the data" in program("report", "m", "--data", "others.tsv").err


@pytest.mark.parametrize("task", ["text-generation", "translation"])
def test_strategies_side_by_side(task: str, program, gpt2: Path, marian: Path, tmp_path: Path) -> None:
    is_pair = task == "translation"
    data = write_pairs(tmp_path / "pairs.tsv") if is_pair else write_prose(tmp_path / "book.txt", 100)
    given = ("--task", task, "--backbone", marian if is_pair else gpt2, "--epochs", 2)
    done = program("compare", data, *given, "--strategies", "norm-bias full", "--json")
    assert done.code == 0, done.err
    made = done.document()
    assert made["untouched"].keys() == made["strategies"][1]["metrics"].keys()
    assert made["strategies"][1]["tokens_per_second"] > 0
    if is_pair:
        return  # Four sentences settle nothing.
    assert [column["strategy"] for column in made["strategies"]] == ["norm-bias", "full"]
    assert made["recommended"] == "full"
    assert made["strategies"][1]["gain"]["low"] > 0


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
        (("--strategy", "contrastive"), 2, "U628"),
        (("--translate", "book.txt"), 2, "U613"),
        (("--strategy", "last-99"), 2, "layer groups"),
        (("--label-column", "x"), 2, "U613"),
        (("--budget", "1m", "--epochs", "2"), 2, "U530"),
        (("--arch", "resnet18"), 2, "U613"),
        (("--block-length", "4000"), 2, "U609"),
    ],
)
def test_wrong_use_is_one_line(program, gpt2: Path, tmp_path: Path, arguments, code: int, word: str) -> None:
    write_prose(tmp_path / "book.txt", 60)
    done = program("fit", "book.txt", "--task", "text-generation", "--backbone", gpt2, "--out", "m", *arguments)
    assert done.code == code, done.err
    assert re.search(word, done.err)
    assert not (tmp_path / "m").exists()


def test_a_plan_is_made_edited_and_run(program, gpt2: Path, tmp_path: Path) -> None:
    write_prose(tmp_path / "book.txt", 60)
    task = ("--task", "text-generation", "--backbones", gpt2)
    made = program("plan", "book.txt", *task, "--strategy", "full", "--out", "plan.toml", "--json").document()
    assert (made["task"], made["strategy"]) == ("text-generation", "full")
    text = (tmp_path / "plan.toml").read_text(encoding="utf-8")
    (tmp_path / "plan.toml").write_text(re.sub(r"epochs = \d+", "epochs = 1", text), encoding="utf-8")
    done = program("fit", "book.txt", "--plan", "plan.toml", "--out", "m", "--json")
    assert done.code == 0, done.err
    assert done.document()["strategy"] == "full"
    other = program("fit", "book.txt", "--task", "translation", "--plan", "plan.toml", "--out", "n")
    assert (other.code, "U622" in other.err) == (2, True)


def test_a_model_remembers_its_two_languages_of_a_table_of_three(program, marian: Path, tmp_path: Path) -> None:
    rows = [f"{i}\t{source}\t{target}\tein Satz {i}" for i, (source, target) in enumerate(pairs(30))]
    (tmp_path / "three.tsv").write_text("\n".join(["number\ten\tes\tde", *rows]) + "\n", encoding="utf-8")
    given = ("--task", "translation", "--backbone", marian, "--strategy", "last-1", "--epochs", 1)
    done = program("fit", "three.tsv", *given, "--from", "en", "--to", "de", "--out", "m")
    assert done.code == 0, done.err
    judged = program("evaluate", "m", "three.tsv", "--json")
    assert judged.code == 0, judged.err
    assert judged.document()["samples"][0]["reference"].startswith("ein Satz")
    written = program("predict", "m", "three.tsv", "--beams", 1, "--json").document()["predictions"]
    assert written[0]["input"] == pairs(1)[0][0]
    other = program("evaluate", "m", "three.tsv", "--to", "es")
    assert (other.code, "U625" in other.err) == (2, True)
