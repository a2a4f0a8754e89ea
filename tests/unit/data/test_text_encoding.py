"""Encodings are told apart by their bytes."""

from pathlib import Path

import numpy as np
import pytest

from injerto.core.errors import DataError
from injerto.data.text_encoding import is_mangled, read_text_file

_TEXT = "El niño dijo «sí»\nen Perú\n"


@pytest.mark.parametrize(
    ("codec", "says"),
    [
        ("utf-8", None),
        ("utf-8-sig", "UTF-8 with a byte-order mark"),
        ("utf-16", "UTF-16"),
        ("cp1252", "Windows-1252"),
    ],
)
def test_text_reads_the_same_in_every_encoding(codec: str, says: str | None, tmp_path: Path) -> None:
    path = tmp_path / "t.txt"
    path.write_bytes(_TEXT.encode(codec))
    text, notes = read_text_file(path)
    assert text == _TEXT
    assert notes == (() if says is None else (f"{path} is read as {says}",))


def test_big_endian_utf_16_with_mark_is_read(tmp_path: Path) -> None:
    (tmp_path / "t.txt").write_bytes(b"\xfe\xff" + _TEXT.encode("utf-16-be"))
    assert read_text_file(tmp_path / "t.txt")[0] == _TEXT


def test_bytes_without_meaning_in_windows_1252_are_latin_1(tmp_path: Path) -> None:
    (tmp_path / "t.txt").write_bytes(b"a\x81\xe9")
    assert read_text_file(tmp_path / "t.txt")[1][0].endswith("Latin-1")


def test_mixed_lines_are_marked_and_not_guessed(tmp_path: Path) -> None:
    (tmp_path / "t.txt").write_bytes("sí\n".encode() + "no sé\n".encode("latin-1"))
    first, second, _ = read_text_file(tmp_path / "t.txt")[0].split("\n")
    assert (is_mangled(first), is_mangled(second)) == (False, True)


def test_a_picture_is_no_text_though_every_byte_has_a_meaning_in_latin_1(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(np.random.default_rng(0).integers(0, 256, 3000, dtype=np.uint8).tobytes())
    with pytest.raises(DataError, match="D149"):
        read_text_file(tmp_path / "a.txt")
