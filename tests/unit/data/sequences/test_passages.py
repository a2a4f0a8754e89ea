"""What a language model learns from, read."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from injerto.core.errors import DataError, UsageError
from injerto.core.sequences import SequenceOptions
from injerto.data.sequences.items import Exchange, Passage
from injerto.data.sequences.passages import cut_text, read_passages
from injerto.data.sequences.reading import read_sequences
from injerto.data.sequences.splitting import split_sequences


@given(st.text(alphabet=st.sampled_from("ab \n\r\x85\u2028ñ"), max_size=300), st.integers(1, 20))
def test_pieces_together_are_the_text(text: str, characters: int) -> None:
    assert "".join(cut_text(text, characters=characters)) == text


def test_a_file_on_one_line_is_cut_at_spaces() -> None:
    pieces = cut_text("word " * 1000, characters=100)
    assert len(pieces) > 10
    assert all(len(piece) <= 400 for piece in pieces)


def test_a_text_file_is_cut_and_says_where(tmp_path: Path) -> None:
    path = tmp_path / "book.txt"
    path.write_text("\n\n".join(f"chapter {i} " + "word " * 150 for i in range(8)), encoding="utf-8")
    found = read_passages(path, SequenceOptions()).examples
    assert "".join(example.item.text for example in found) == path.read_text(encoding="utf-8")
    assert found[1].where == f"{path}, line 2"
    assert [example.item.is_last for example in found] == [False] * (len(found) - 1) + [True]


def test_prompts_with_responses(tmp_path: Path) -> None:
    path = tmp_path / "pairs.jsonl"
    path.write_text(json.dumps({"prompt": "2+2?", "response": "4"}) + "\n", encoding="utf-8")
    (example,) = read_passages(path, SequenceOptions()).examples
    assert example.item == Exchange("2+2?", "4")


def test_each_answer_of_a_chat_is_one_response(tmp_path: Path) -> None:
    messages = [
        {"role": "user", "content": "hola"},
        {"role": "assistant", "content": "¿qué tal?"},
        {"role": "user", "content": "bien"},
        {"role": "assistant", "content": "me alegro"},
    ]
    path = tmp_path / "chats.jsonl"
    path.write_text(json.dumps({"messages": messages}) + "\n", encoding="utf-8")
    first, second = (example.item for example in read_passages(path, SequenceOptions()).examples)
    assert isinstance(second, Exchange)
    assert (first.response, second.response) == ("¿qué tal?", "me alegro")
    assert [role for role, _ in second.turns] == ["user", "assistant", "user"]


@pytest.mark.parametrize("cell", ["hola", [], [{"role": "user"}], [3], [{"role": "user", "content": "alone"}]])
def test_a_chat_of_another_form_is_named(tmp_path: Path, cell: object) -> None:
    path = tmp_path / "chats.jsonl"
    path.write_text(json.dumps({"messages": cell}) + "\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"D30[45].*line 1"):
        read_passages(path, SequenceOptions())


def test_no_column_for_a_text_is_said(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text("number,colour\n1,red\n", encoding="utf-8")
    with pytest.raises(UsageError, match=r"U601.*number, colour"):
        read_passages(path, SequenceOptions())


def test_a_prompt_alone_is_said(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text("ask,say\n1,red\n", encoding="utf-8")
    with pytest.raises(UsageError, match="U602"):
        read_passages(path, SequenceOptions(prompt_column="ask"))


def test_the_end_of_a_long_text_is_its_test(tmp_path: Path) -> None:
    path = tmp_path / "book.txt"
    path.write_text("\n\n".join(f"chapter {i} " + "word " * 210 for i in range(40)), encoding="utf-8")
    data, _ = read_sequences(path, SequenceOptions(), pairs=False)
    splits = split_sequences(data, seed=0)
    assert splits.train.max() < splits.tune.min() <= splits.tune.max() < splits.test.min()
    assert len(splits.test) == pytest.approx(len(data) / 10, abs=1)


def test_rows_are_drawn_and_copies_stay_together() -> None:
    data, _ = read_sequences([f"text {i // 2}" for i in range(60)], SequenceOptions(), pairs=False)
    splits = split_sequences(data, seed=3)
    seen = [{data.examples[i].item.digest for i in part} for part in (splits.train, splits.tune, splits.test)]
    assert not seen[0] & seen[1]
    assert not seen[0] & seen[2]
    assert not seen[1] & seen[2]


def test_given_splits_are_kept_and_copies_leave_train(tmp_path: Path) -> None:
    for name, texts in (("train", ["a b", "c d", *map(str, range(20))]), ("test", ["a b", "e f"])):
        lines = "".join(json.dumps({"text": text}) + "\n" for text in texts)
        (tmp_path / f"{name}.jsonl").write_text(lines, encoding="utf-8")
    data, _ = read_sequences(tmp_path, SequenceOptions(), pairs=False)
    splits = split_sequences(data, seed=0)
    assert splits.num_leaks == 1
    assert len(splits.test) == 2
    assert isinstance(data.examples[0].item, Passage)


def test_nothing_but_copies_of_what_judges_is_said(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("word " * 8000, encoding="utf-8")
    data, _ = read_sequences(tmp_path / "a.txt", SequenceOptions(), pairs=False)
    with pytest.raises(DataError, match=r"D308.*a copy of one"):
        split_sequences(data, seed=0)
