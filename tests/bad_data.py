"""Small data sets and files that the adversarial tests damage."""

import io
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from injerto.core.survey import Problem


def make_picture(seed: int, size: tuple[int, int] = (40, 30)) -> Image.Image:
    pixels = np.random.default_rng(seed).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    return Image.fromarray(pixels)


def encode_image(image: Image.Image, image_format: str = "JPEG", **options: Any) -> bytes:
    stream = io.BytesIO()
    image.save(stream, image_format, **options)
    return stream.getvalue()


def write_flowers(root: Path, *, per_class: int = 10) -> Path:
    for number, label in enumerate(("daisy", "rose")):
        (root / label).mkdir(parents=True)
        for position in range(per_class):
            make_picture(1000 * number + position).save(root / label / f"{position:02}.png")
    return root


def write_table(path: Path, rows: list[str], header: str = "text,label") -> Path:
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return path


def make_rows(count: int = 20) -> list[str]:
    return [f"a sentence with number {i},{'yes' if i % 2 else 'no'}" for i in range(count)]


def only_problem(problems: tuple[Problem, ...], code: str) -> Problem:
    found = [problem for problem in problems if problem.code == code]
    assert len(found) == 1, [problem.code for problem in problems]
    return found[0]


def png_of_size(width: int, height: int) -> bytes:
    def chunk(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
    )
