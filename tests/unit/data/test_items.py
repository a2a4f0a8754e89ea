"""Items: equal content has an equal digest, and reading gives the content."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from injerto.core.errors import DataError
from injerto.data.items import AbstractImageItem, ImageArray, ImageBytes, ImageCell, ImageFile, ImageObject, Text

_PIXELS = np.random.default_rng(0).integers(0, 256, (6, 9, 3), dtype=np.uint8)


def _encoded() -> bytes:
    stream = io.BytesIO()
    Image.fromarray(_PIXELS).save(stream, "PNG")
    return stream.getvalue()


def _items(folder: Path) -> list[AbstractImageItem]:
    (folder / "x.png").write_bytes(_encoded())
    return [
        ImageFile(folder / "x.png"),
        ImageBytes(_encoded(), "x"),
        ImageCell([None, _encoded()], 1, "row 2"),
        ImageCell([{"bytes": _encoded(), "path": None}], 0, "row 1"),
        ImageArray(_PIXELS, "x"),
        ImageObject(Image.fromarray(_PIXELS), "x"),
    ]


def test_every_image_item_reads_the_same_pixels_and_size(tmp_path: Path) -> None:
    for item in _items(tmp_path):
        assert np.array_equal(np.asarray(item.read()), _PIXELS)
        assert item.read_size() == (9, 6)


def test_encoded_items_of_equal_bytes_have_one_digest(tmp_path: Path) -> None:
    _, in_memory, cell, mapping, *_ = _items(tmp_path)
    assert in_memory.digest == cell.digest == mapping.digest


def test_copies_of_a_file_have_one_digest_whatever_their_names(tmp_path: Path) -> None:
    first = _items(tmp_path)[0]
    (tmp_path / "copy.jpeg").write_bytes(_encoded())
    assert first.digest == ImageFile(tmp_path / "copy.jpeg").digest


def test_arrays_of_equal_bytes_but_other_shape_differ() -> None:
    grey = np.zeros((4, 6), dtype=np.uint8)
    assert ImageArray(grey, "a").digest != ImageArray(grey.reshape(6, 4), "b").digest
    assert ImageArray(grey, "a").digest == ImageArray(np.asfortranarray(grey), "b").digest


def test_cell_without_bytes_names_its_row() -> None:
    with pytest.raises(DataError, match="the image of row 7 is missing"):
        ImageCell([None], 0, "row 7").read()


def test_texts_differ_by_every_character() -> None:
    assert Text("a").digest == Text("a").digest
    assert Text("a").digest != Text("A").digest
    assert Text("Perú").read() == "Perú"
