"""Pairs of texts, read from whatever people keep them in."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from injerto.core.errors import DataError, UsageError
from injerto.core.languages import language_code, long_code
from injerto.core.sequences import SequenceOptions
from injerto.data.sequences.items import Pair
from injerto.data.sequences.pairs import read_pairs
from injerto.data.sequences.reading import read_sequences
from injerto.data.sequences.sources import read_sources
from injerto.data.sequences.splitting import split_sequences


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_columns_named_after_languages_say_them(tmp_path: Path) -> None:
    draft, options = read_pairs(write(tmp_path / "a.tsv", "en\tes\nhello\thola\n"), SequenceOptions())
    assert draft.examples[0].item == Pair("hello", "hola")
    assert (options.source_language, options.target_language) == ("en", "es")


def test_languages_choose_among_columns(tmp_path: Path) -> None:
    line = json.dumps({"en": "hello", "de": "hallo", "fr": "salut"})
    asked = SequenceOptions(source_language="de", target_language="French")
    draft, _ = read_pairs(write(tmp_path / "a.jsonl", line), asked)
    assert draft.examples[0].item == Pair("hallo", "salut")


def test_one_language_asked_for_settles_the_other(tmp_path: Path) -> None:
    asked = SequenceOptions(source_language="es")
    draft, options = read_pairs(write(tmp_path / "a.csv", "en,es\nhello,hola\n"), asked)
    assert draft.examples[0].item == Pair("hola", "hello")
    assert options.target_language == "en"


def test_a_translation_column_of_the_hub(tmp_path: Path) -> None:
    line = json.dumps({"id": 1, "translation": {"en": "hello", "es": "hola"}})
    asked = SequenceOptions(source_language="en", target_language="es")
    draft, _ = read_pairs(write(tmp_path / "a.jsonl", line), asked)
    assert draft.examples[0].item == Pair("hello", "hola")


def test_two_columns_without_names_are_read_from_the_first_line(tmp_path: Path) -> None:
    draft, _ = read_pairs(write(tmp_path / "a.tsv", "hello\thola\nbye\tadiós\n"), SequenceOptions())
    assert [example.item for example in draft.examples] == [Pair("hello", "hola"), Pair("bye", "adiós")]
    assert any("names no columns" in note for note in draft.notes)


def test_aligned_files(tmp_path: Path) -> None:
    source = write(tmp_path / "a.en", "hello\n\nbye\n")
    write(tmp_path / "a.es", "hola\n\nadiós\n")
    draft, options = read_pairs(source, SequenceOptions(target_file=str(tmp_path / "a.es")))
    assert [example.item for example in draft.examples] == [Pair("hello", "hola"), Pair("bye", "adiós")]
    assert (options.source_language, options.target_language) == ("en", "es")


def test_a_folder_of_aligned_files_with_splits(tmp_path: Path) -> None:
    for split in ("train", "test"):
        write(tmp_path / f"{split}.en", f"hello {split}\n")
        write(tmp_path / f"{split}.es", f"hola {split}\n")
    asked = SequenceOptions(source_language="en", target_language="es")
    draft, _ = read_pairs(tmp_path, asked)
    assert {example.split for example in draft.examples} == {"train", "test"}


def test_misaligned_files_are_refused_with_their_lengths(tmp_path: Path) -> None:
    source = write(tmp_path / "a.en", "hello\nbye\n")
    write(tmp_path / "a.es", "hola\n")
    with pytest.raises(DataError, match=r"D306.*2 lines.*1"):
        read_pairs(source, SequenceOptions(target_file=str(tmp_path / "a.es")))


def test_an_empty_side_is_skipped_and_named(tmp_path: Path) -> None:
    data, _ = read_sequences(write(tmp_path / "a.tsv", "en\tes\nhello\thola\nbye\t\n"), SequenceOptions(), pairs=True)
    assert (len(data), data.num_skipped) == (1, 1)
    assert "line 3: the target is empty" in data.problems[0].what


def test_many_empty_sides_stop_the_work(tmp_path: Path) -> None:
    rows = "hello\t\n" * 5 + "bye\tadiós\n" * 5
    with pytest.raises(DataError, match="D112"):
        read_sequences(write(tmp_path / "a.tsv", "en\tes\n" + rows), SequenceOptions(), pairs=True)


def test_sides_that_nothing_tells_are_asked_for(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"U603.*id, one, other"):
        read_pairs(write(tmp_path / "a.csv", "id,one,other\n1,hello,hola\n"), SequenceOptions())


def test_one_text_file_lacks_its_other_side(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="U606"):
        read_pairs(write(tmp_path / "a.txt", "hello\n"), SequenceOptions())


def test_translations_of_one_source_stay_in_one_split() -> None:
    pairs = [(f"sentence {i // 3}", f"translation {i}") for i in range(90)]
    data, _ = read_sequences(pairs, SequenceOptions(), pairs=True)
    splits = split_sequences(data, seed=0)
    sides = [{data.examples[i].item.source for i in part} for part in (splits.train, splits.tune, splits.test)]
    assert not sides[0] & (sides[1] | sides[2])


@given(st.text(max_size=40))
def test_language_names_never_fail(name: str) -> None:
    assert language_code(name) is None or long_code(name) is not None


def test_sources_stay_in_step_with_their_lines(tmp_path: Path) -> None:
    assert read_sources(write(tmp_path / "a.txt", "one\n\nthree\n")) == ["one", "", "three"]
    assert read_sources(write(tmp_path / "a.csv", "text,n\none,1\nthree,2\n")) == ["one", "three"]


def test_a_column_of_sources_that_is_not_clear_is_asked_for(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="U601"):
        read_sources(write(tmp_path / "a.csv", "x,y\none,1\n"))


def test_a_column_that_is_not_there_is_named_with_the_nearest(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", "english,spanish\nhello,hola\n")
    with pytest.raises(UsageError, match=r"U202.*spanih.*'spanish'"):
        read_pairs(path, SequenceOptions(source_column="english", target_column="spanih"))


@pytest.mark.parametrize(("first", "second"), [("en", "de"), ("en", "klingon"), ("xx", None), (None, "de")])
def test_a_language_that_no_column_has_is_refused(first: str | None, second: str | None, tmp_path: Path) -> None:
    (tmp_path / "a.tsv").write_text("en\tes\na dog\tun perro\n", encoding="utf-8")
    with pytest.raises(UsageError, match=r"U629.*en, es"):
        read_pairs(tmp_path / "a.tsv", SequenceOptions(source_language=first, target_language=second))


def test_a_file_of_another_language_than_asked_for_is_refused(tmp_path: Path) -> None:
    for name in ("a.en", "a.es"):
        (tmp_path / name).write_text("text\n", encoding="utf-8")
    asked = SequenceOptions(target_file=str(tmp_path / "a.es"), target_language="de")
    with pytest.raises(UsageError, match=r"U630.*a\.es"):
        read_pairs(tmp_path / "a.en", asked)


def test_a_folder_of_pictures_holds_no_pairs(tmp_path: Path) -> None:
    (tmp_path / "ants").mkdir()
    (tmp_path / "ants" / "a.jpg").write_bytes(b"\xff\xd8")
    with pytest.raises(DataError, match="D309"):
        read_pairs(tmp_path, SequenceOptions())
