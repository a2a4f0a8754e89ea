"""Pictures that show nothing and pictures that are nearly equal are found, others are not."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from injerto.data import picture_contents
from injerto.data.labelled import LabelledData
from injerto.data.picture_contents import look_at_pictures
from injerto.data.reading import read_data

Pixels = np.ndarray


def scene(seed: int) -> Pixels:
    """Smooth colours, as a photograph has them."""
    generator = np.random.default_rng(seed)
    small = generator.integers(0, 256, (6, 6, 3), dtype=np.uint8)
    return np.asarray(Image.fromarray(small).resize((96, 96), Image.Resampling.BICUBIC))


def read(pictures: list[Pixels], labels: list[str]) -> LabelledData:
    return read_data((pictures, labels))


def test_black_and_plain_pictures_are_told_from_dark_ones() -> None:
    generator = np.random.default_rng(0)
    black = generator.integers(0, 4, (40, 40, 3), dtype=np.uint8)
    hot_pixel = black.copy()
    hot_pixel[3, 3] = 255
    plain = np.full((40, 40, 3), 90, dtype=np.uint8)
    dark = (scene(1) // 8).astype(np.uint8)
    found = look_at_pictures(read([black, hot_pixel, plain, dark, scene(2), scene(3)], list("ababab")), range(6))
    assert found.near_black == (0, 1)
    assert found.near_constant == (2,)
    assert found.num_looked_at == 6


def test_a_picture_saved_again_is_nearly_equal_and_others_are_not(tmp_path: Path) -> None:
    for number in range(12):
        label = "ab"[number % 2]
        (tmp_path / label).mkdir(exist_ok=True)
        Image.fromarray(scene(number)).save(tmp_path / label / f"{number:02d}.png")
    Image.fromarray(scene(4)).resize((80, 80)).save(tmp_path / "b" / "again.jpg", quality=60)
    data = read_data(tmp_path)
    pairs = look_at_pictures(data, range(len(data))).alike
    names = [{Path(data.examples[i].where).name for i in pair} for pair in pairs]
    assert names == [{"04.png", "again.jpg"}]


def test_equal_pictures_are_duplicates_and_no_pair() -> None:
    assert look_at_pictures(read([scene(1), scene(1), scene(2)], list("abb")), range(3)).alike == ()


def test_work_is_bounded_by_pixels(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(picture_contents, "_MOST_PIXELS", 3 * 96 * 96)
    assert look_at_pictures(read([scene(i) for i in range(8)], list("abababab")), range(8)).num_looked_at == 3


def test_the_black_scans_are_all_found(shared: Path) -> None:
    data = read_data(shared / "data" / "brain_mri")
    found = look_at_pictures(data, range(len(data)))
    assert len(found.near_black) == len(data) == 252


def test_photographs_are_not_black(shared: Path) -> None:
    data = read_data(shared / "data" / "hymenoptera")
    found = look_at_pictures(data, range(0, len(data), 4))
    assert found.near_black == found.near_constant == ()
