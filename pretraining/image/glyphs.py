"""The glyph bank: every chosen character drawn once by every font that has it."""

import json
import random
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from pretraining.image.fonts import FontFace, find_font_faces

SIDE = 64
INK_SIDE = 46  # the longer side of a glyph's box; the rest is room for the augmentation to move it
MAX_PER_BLOCK = 45  # of 256 neighbouring code points
MAX_OF_IDEOGRAPHS = 300  # these and cuneiform fill a hundred blocks and would drown the alphabets
COMMON_BLOCKS = {0x00, 0x03, 0x04}  # Latin and digits, Greek, Cyrillic: drawn by nearly every font
MAX_FONTS_PER_CHARACTER = 40
TWIN_CORRELATION = 0.94


@dataclass(frozen=True, kw_only=True, slots=True)
class GlyphBank:
    """Pictures (count, 64, 64) as uint8 with ink 255, and the class of each."""

    pictures: NDArray[np.uint8]
    labels: NDArray[np.int64]
    characters: list[str]


def load_glyph_bank(folder: Path, *, seed: int = 0) -> GlyphBank:
    """Read the bank from `folder`, drawing it first if it is not there (about two minutes)."""
    folder.mkdir(parents=True, exist_ok=True)
    names = folder / "characters.json"
    if not names.exists():
        bank = draw_glyph_bank(find_font_faces(), seed=seed)
        np.save(folder / "pictures.npy", bank.pictures)
        np.save(folder / "labels.npy", bank.labels)
        names.write_text(json.dumps(bank.characters), encoding="utf-8")
    return GlyphBank(
        pictures=np.load(folder / "pictures.npy"),
        labels=np.load(folder / "labels.npy"),
        characters=json.loads(names.read_text(encoding="utf-8")),
    )


def draw_glyph_bank(faces: list[FontFace], *, seed: int) -> GlyphBank:
    """Choose characters over all scripts, drop look-alikes, and draw each with all its fonts."""
    rng = random.Random(seed)
    holders: dict[int, list[int]] = defaultdict(list)
    for index, face in enumerate(faces):
        for point in face.code_points:
            holders[point].append(index)
    chosen = _choose_code_points(holders, rng)
    fonts = [ImageFont.truetype(str(face.path), 72, layout_engine=ImageFont.Layout.BASIC) for face in faces]
    pictures: list[NDArray[np.uint8]] = []
    labels: list[int] = []
    characters: list[str] = []
    references: list[NDArray[np.float32]] = []
    for point in chosen:
        users = holders[point]
        if len(users) > MAX_FONTS_PER_CHARACTER:
            users = sorted(rng.sample(users, MAX_FONTS_PER_CHARACTER))
        drawn = [picture for user in users if (picture := draw_glyph(fonts[user], chr(point))) is not None]
        if not drawn:
            continue
        reference = _make_signature(np.mean(np.stack(drawn), axis=0))
        # Latin o, Greek omicron and Cyrillic o are one picture: two classes for it would only teach noise.
        if references and float((np.stack(references) @ reference).max()) > TWIN_CORRELATION:
            continue
        references.append(reference)
        pictures += drawn
        labels += [len(characters)] * len(drawn)
        characters.append(chr(point))
    return GlyphBank(pictures=np.stack(pictures), labels=np.array(labels, dtype=np.int64), characters=characters)


def draw_glyph(font: ImageFont.FreeTypeFont, text: str) -> NDArray[np.uint8] | None:
    """Draw `text` centred, its longer side filling `INK_SIDE`; None if the font leaves it blank."""
    left, top, right, bottom = (int(edge) for edge in font.getbbox(text))
    width, height = right - left, bottom - top
    if not (6 <= max(width, height) <= 400 and min(width, height) >= 1):
        return None
    ink = Image.new("L", (width, height))
    ImageDraw.Draw(ink).text((-left, -top), text, font=font, fill=255)
    scale = INK_SIDE / max(width, height)
    ink = ink.resize((max(1, round(width * scale)), max(1, round(height * scale))), Image.Resampling.LANCZOS)
    if np.asarray(ink).mean() < 4:
        return None
    picture = Image.new("L", (SIDE, SIDE))
    picture.paste(ink, ((SIDE - ink.width) // 2, (SIDE - ink.height) // 2))
    return np.asarray(picture)


def _choose_code_points(holders: dict[int, list[int]], rng: random.Random) -> list[int]:
    """Up to `MAX_PER_BLOCK` characters of every block (more of the common ones), those with most fonts first."""
    blocks: dict[int, list[int]] = defaultdict(list)
    for point in sorted(holders):
        blocks[point >> 8].append(point)
    chosen: list[int] = []
    num_rare = 0
    for block, points in sorted(blocks.items()):
        rng.shuffle(points)
        points.sort(key=lambda point: -len(holders[point]))
        rare = (0x2E <= block <= 0x9F and block != 0x30) or 0xF9 <= block <= 0xFA
        rare = rare or 0x120 <= block <= 0x16A or 0x1D0 <= block <= 0x1FB or block >= 0x200
        room = min(6, MAX_OF_IDEOGRAPHS - num_rare) if rare else MAX_PER_BLOCK * (3 if block in COMMON_BLOCKS else 1)
        num_rare += min(len(points), room) if rare else 0
        chosen += sorted(points[:room])
    return chosen


def _make_signature(picture: NDArray[np.floating]) -> NDArray[np.float32]:
    """A small centred unit vector of the picture, so that a product of two is their correlation."""
    small = picture.reshape(32, 2, 32, 2).mean(axis=(1, 3)).ravel()
    small = small - small.mean()
    unit: NDArray[np.float32] = (small / (np.linalg.norm(small) + 1e-6)).astype(np.float32)
    return unit
