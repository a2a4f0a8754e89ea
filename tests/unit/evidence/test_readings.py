import subprocess
import sys
from pathlib import Path

import pytest

import injerto
from injerto.core.paths import injerto_home
from injerto.data.items import Text
from injerto.evidence.readings import FILE_NAME, digest_test, record_reading, say_readings

TEXTS = [
    (f"{mood} film number {number}", label) for number in range(20) for mood, label in (("good", "+"), ("bad", "-"))
]


def read(examples: str = "a", what: str = "fit") -> int:
    return len(record_reading(examples, num_examples=3, what=what, where=None) or ())


def test_equal_content_is_the_same_split_in_any_order() -> None:
    one, two, three = Text("one"), Text("two"), Text("three")
    assert digest_test([one, two]) == digest_test([two, one]) != digest_test([one, three])


def test_each_reading_finds_those_before_it_and_no_others() -> None:
    assert [read(), read(), read("b"), read()] == [0, 1, 0, 2]


def test_a_line_that_was_cut_off_costs_no_other() -> None:
    read()
    with (injerto_home() / FILE_NAME).open("ab") as stream:
        stream.write(b'{"examples": "a", "num')
    assert [read(), read()] == [1, 2]


def test_no_reading_is_lost_between_processes(tmp_path: Path) -> None:
    code = (
        "from injerto.evidence.readings import record_reading\n"
        "for _ in range(25): record_reading('a', num_examples=3, what='fit', where=None)"
    )
    running = [subprocess.Popen([sys.executable, "-c", code]) for _ in range(3)]
    assert [process.wait() for process in running] == [0, 0, 0]
    assert read() == 75


def test_a_home_that_cannot_be_written_costs_no_result(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("INJERTO_HOME", str(tmp_path / "file" / "home"))
    before = record_reading("a", num_examples=3, what="fit", where=None)
    assert before is None
    assert "Nobody knows" in (say_readings(before, num_examples=3) or "")


def test_many_readings_are_counted_and_the_last_are_named() -> None:
    for number in range(5):
        record_reading("a", num_examples=120, what=f"fit number-{number}", where=None)
    said = say_readings(record_reading("a", num_examples=120, what="fit", where="m"), num_examples=120)
    assert said is not None
    assert "These 120 test examples were read 5 times before" in said
    assert "number-4" in said
    assert "number-1" not in said


def test_a_second_fit_and_an_evaluation_of_the_same_examples_say_so(tmp_path: Path) -> None:
    texts, labels = zip(*TEXTS, strict=True)
    runs = [injerto.fit((texts, labels), strategy=name, device="cpu") for name in ("linear-probe", "knn")]
    assert runs[0].outcome.readings_sentence is None
    assert runs[1].outcome.readings_sentence is not None
    assert "fit linear-probe on" in runs[1].outcome.readings_sentence
    runs[1].save(tmp_path / "m")
    found = [injerto.evaluate(tmp_path / "m", (texts, labels), device="cpu") for _ in range(2)]
    assert [len(one.earlier_readings) for one in found] == [0, 1]
