"""Labels and texts that look wrong and have to survive."""

import json
import time
from pathlib import Path

import pytest
from bad_data import encode_image, make_picture, only_problem, write_flowers, write_table

from injerto.data.items import Text
from injerto.data.reading import read_data


def test_labels_that_look_like_nothing_or_numbers_stay_text(tmp_path: Path) -> None:
    labels = ["NA", "None", "null", "007", "nan", "1", "1.0", "True"]
    path = write_table(tmp_path / "t.csv", [f"sentence {i},{labels[i % 8]}" for i in range(40)])
    data = read_data(path)
    assert data.labels == tuple(sorted(labels))
    assert "'1' (5), '1.0' (5)" in only_problem(data.problems, "labels-near-equal").what


def test_near_equal_labels_are_reported_and_only_white_space_is_merged(tmp_path: Path) -> None:
    rows = [f"sentence {i},{('cat', ' cat', 'Cat', 'dog')[i % 4]}" for i in range(40)]
    data = read_data(write_table(tmp_path / "t.csv", rows))
    assert data.labels == ("Cat", "cat", "dog")
    assert "'Cat' (10), 'cat' (20)" in only_problem(data.problems, "labels-near-equal").what


def test_class_folders_that_differ_in_unicode_form_are_reported(tmp_path: Path) -> None:
    for number, label in enumerate(("ma\u00f1ana", "man\u0303ana", "noche")):
        (tmp_path / label).mkdir()
        for position in range(3):
            make_picture(10 * number + position).save(tmp_path / label / f"{position}.png")
    data = read_data(tmp_path)
    assert len(data.labels) == 3
    assert only_problem(data.problems, "labels-near-equal").action == "kept"


@pytest.mark.parametrize(
    "text", ["🙂🙃", "مرحبا بالعالم", "a\u200bb", "\x07bell", "\u2028", "\ud83d", "e\u0301", "=1+1", "<script>"]
)
def test_odd_text_is_kept_as_it_is_or_listed(text: str, tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    records = [{"text": f"sentence {i}", "label": "ab"[i % 2]} for i in range(10)]
    path.write_text("\n".join(map(json.dumps, [*records, {"text": text, "label": "a"}])), encoding="utf-8")
    data = read_data(path)
    item = data.examples[-1].item
    assert isinstance(item, Text)
    assert len(data) + data.num_skipped == 11
    item.read().encode("utf-8")
    assert item.digest


def test_text_of_a_million_characters_is_cut_and_reported_in_time(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    records = [{"text": f"sentence {i}", "label": "ab"[i % 2]} for i in range(10)]
    records.append({"text": "word " * 200_000, "label": "a"})
    path.write_text("\n".join(map(json.dumps, records)), encoding="utf-8")
    started = time.monotonic()
    data = read_data(path)
    assert time.monotonic() - started < 2
    problem = only_problem(data.problems, "text-long")
    assert "1000000 characters" in problem.what
    assert problem.action == "cut to 100000 characters"


def test_column_of_mixed_types_is_reported(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    records: list[dict[str, object]] = [{"text": f"sentence {i}", "label": "ab"[i % 2]} for i in range(10)]
    records[7]["label"] = 3
    records[8]["label"] = 3
    path.write_text("\n".join(map(json.dumps, records)), encoding="utf-8")
    data = read_data(path)
    assert data.labels == ("3", "a", "b")
    assert "str (8), int (2)" in only_problem(data.problems, "mixed-types").what


def test_file_name_with_a_line_break_stays_one_line_in_messages(tmp_path: Path) -> None:
    root = write_flowers(tmp_path / "flowers")
    (root / "daisy" / "a\nb.png").write_bytes(b"")
    (root / "daisy" / ("n" * 251 + ".png")).write_bytes(encode_image(make_picture(99), "PNG"))
    data = read_data(root)
    problem = only_problem(data.problems, "image-empty")
    assert problem.where.endswith("a\\nb.png")
    assert "\n" not in problem.what
    assert len(data) == 21
