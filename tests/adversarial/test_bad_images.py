"""Image files that are not what they should be: what is said, about which file (D01-D20 of the catalogue)."""

import contextlib
import os
import socket
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from bad_data import encode_image, make_picture, make_rows, only_problem, png_of_size, write_flowers, write_table

from injerto.core.errors import DataError
from injerto.data.image_decoding import decode_image
from injerto.data.reading import read_data

_JPEG = encode_image(make_picture(7, (300, 200)))

BAD_FILES: dict[str, tuple[str, bytes, str, str]] = {
    # id: file name, content, expected key, what the sentence says
    "zero bytes": ("x.jpg", b"", "image-empty", "0 bytes"),
    "web page": ("x.jpg", b"<!DOCTYPE html><html><body>404</body></html>", "image-is-page", "HTML"),
    "web page with comment": ("x.png", b"\n <html lang='en'>not found", "image-is-page", "HTML"),
    "plain text": ("x.jpg", b"Not Found", "image-is-page", "text file"),
    "svg": ("x.svg", b"<?xml version='1.0'?><svg></svg>", "image-is-page", "SVG"),
    "photoshop": ("x.psd", b"8BPS\0\x01" + bytes(100), "image-format", "PSD"),
    "postscript": ("x.eps", b"%!PS-Adobe-3.0 EPSF-3.0\n", "image-format", "EPS"),
    "heic": ("x.heic", b"\0\0\0\x18ftypheic" + bytes(100), "image-format", "HEIC"),
    "heic named jpg": ("x.jpg", b"\0\0\0\x18ftypheic" + bytes(100), "image-format", "HEIC"),
    "avif": ("x.avif", b"\0\0\0\x18ftypavif" + bytes(100), "image-format", "AVIF"),
    "jpeg 2000": ("x.jp2", b"\0\0\0\x0cjP  \r\n\x87\n" + bytes(50), "image-format", "JPEG 2000"),
    "noise": ("x.png", bytes(range(128, 256)) * 4, "image-unknown", "not an image"),
    "png without pixels": ("x.png", encode_image(make_picture(1), "PNG")[:60], "image-truncated", "cut off"),
    "gif without frame": ("x.gif", b"GIF89a\x01\0", "image-broken", "GIF"),
    "jpeg with second half zero": (
        "x.jpg",
        _JPEG[: len(_JPEG) // 2] + bytes(len(_JPEG) // 2),
        "image-broken",
        "zero bytes",
    ),
    "90 megapixels": ("x.png", png_of_size(10_000, 9_000), "image-too-many-pixels", "90 million"),
    "400 megapixels": ("x.png", png_of_size(20_000, 20_000), "image-too-many-pixels", "400 million"),
    **{
        f"jpeg cut at {tenth}0 %": ("x.jpg", _JPEG[: len(_JPEG) * tenth // 10], "image-truncated", "cut off")
        for tenth in range(1, 10)
    },
}


@pytest.mark.parametrize("case", BAD_FILES)
def test_bad_image_file_is_skipped_and_named(case: str, tmp_path: Path) -> None:
    name, content, key, says = BAD_FILES[case]
    root = write_flowers(tmp_path / "flowers")
    (root / "daisy" / name).write_bytes(content)
    data = read_data(root)
    problem = only_problem(data.problems, key)
    assert len(data) == 20
    assert data.num_skipped == 1
    assert problem.where == str(root / "daisy" / name)
    assert says in problem.what
    assert name in problem.what
    assert problem.action == "skipped"


@pytest.mark.parametrize("case", BAD_FILES)
def test_bad_image_file_stops_the_work_when_asked(case: str, tmp_path: Path) -> None:
    name, content, key, says = BAD_FILES[case]
    root = write_flowers(tmp_path / "flowers")
    (root / "rose" / name).write_bytes(content)
    with pytest.raises(DataError, match=str(root / "rose" / name)) as caught:
        read_data(root, on_bad="stop")
    assert caught.value.key == key
    assert says in str(caught.value)
    assert caught.value.exit_code == 3
    assert " object at 0x" not in str(caught.value)


def test_refused_format_comes_with_the_hint_to_convert(tmp_path: Path) -> None:
    (tmp_path / "x.heic").write_bytes(b"\0\0\0\x18ftypheic" + bytes(100))
    with pytest.raises(DataError, match="Convert it to PNG or JPEG"):
        decode_image(tmp_path / "x.heic", where="x.heic")


def _make_folder(path: Path) -> None:
    path.mkdir()


def _make_pipe(path: Path) -> None:
    os.mkfifo(path)


def _make_dead_link(path: Path) -> None:
    path.symlink_to("nowhere.jpg")


def _make_loop(path: Path) -> None:
    path.symlink_to(path.name)


def _make_link_outside(path: Path) -> None:
    outside = path.parents[2] / "secret.png"
    make_picture(5).save(outside)
    path.symlink_to(outside)


def _make_socket(path: Path) -> None:
    # A socket's path is short by law, so it is bound relative to its folder.
    listener = socket.socket(socket.AF_UNIX)
    descriptor = os.open(path.parent, os.O_RDONLY)
    try:
        listener.bind(f"/proc/self/fd/{descriptor}/{path.name}")
    finally:
        listener.close()
        os.close(descriptor)


@pytest.mark.skipif(os.name == "nt", reason="pipes and links are made in the POSIX way")
@pytest.mark.parametrize(
    ("make", "key", "says"),
    [
        (_make_folder, "image-not-file", "a folder"),
        (_make_pipe, "image-not-file", "a pipe"),
        (_make_socket, "image-not-file", "a socket"),
        (_make_dead_link, "image-missing", "link to nothing"),
        (_make_loop, "image-missing", "link to nothing"),
        (_make_link_outside, "image-link-outside", "link to a place outside"),
    ],
)
def test_what_is_no_file_is_named_and_never_waited_for(
    make: Callable[[Path], None], key: str, says: str, tmp_path: Path
) -> None:
    root = write_flowers(tmp_path / "flowers")
    make(root / "daisy" / "x.jpg")
    started = time.monotonic()
    data = read_data(root)
    assert time.monotonic() - started < 20
    problem = only_problem(data.problems, key)
    assert problem.where == str(root / "daisy" / "x.jpg")
    assert says in problem.what


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="the superuser may read everything")
def test_file_without_permission_is_named(tmp_path: Path) -> None:
    root = write_flowers(tmp_path / "flowers")
    (root / "rose" / "00.png").chmod(0)
    assert only_problem(read_data(root).problems, "image-permission").where == str(root / "rose" / "00.png")


def test_folder_link_that_leads_back_up_is_not_followed(tmp_path: Path) -> None:
    root = write_flowers(tmp_path / "flowers")
    (root / "rose" / "again").symlink_to(root)
    assert len(read_data(root)) == 20


def test_many_bad_images_stop_the_work_and_name_the_limit(tmp_path: Path) -> None:
    root = write_flowers(tmp_path / "flowers")
    for name in "abcd":
        (root / "daisy" / f"{name}.jpg").write_bytes(b"")
    with pytest.raises(DataError, match=r"4 of 24 examples cannot be used, more than the limit of 3.*a\.jpg") as caught:
        read_data(root)
    assert caught.value.key == "too-many-bad"


def test_many_bad_images_of_one_class_stop_the_work(tmp_path: Path) -> None:
    root = write_flowers(tmp_path / "flowers", per_class=5)
    for name in "ab":
        (root / "rose" / f"{name}.jpg").write_bytes(b"")
    with pytest.raises(DataError, match=r"2 of 7 examples of class rose .* limit of 1.*a\.jpg") as caught:
        read_data(root)
    assert caught.value.key == "too-many-bad-in-class"


def test_one_percent_of_a_large_set_may_be_bad(tmp_path: Path) -> None:
    rows = [*make_rows(1000), *[" ,yes"] * 5, *[" ,no"] * 5]
    assert read_data(write_table(tmp_path / "t.csv", rows)).num_skipped == 10
    with pytest.raises(DataError, match="11 of 1011 examples cannot be used, more than the limit of 10"):
        read_data(write_table(tmp_path / "t.csv", [*rows, " ,no"]))


def test_random_damage_never_escapes_as_another_exception(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    for image_format in ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF"):
        sound = encode_image(make_picture(3), image_format)
        for _ in range(60):
            damaged = bytearray(sound)
            for position in random.integers(0, len(sound), int(random.integers(1, 30))):
                damaged[position] = int(random.integers(0, 256))
            with contextlib.suppress(DataError):
                assert decode_image(bytes(damaged), where="damaged").image.mode == "RGB"
