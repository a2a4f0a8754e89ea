"""The freely licensed fonts that are rendered, and which characters each of them can draw."""

import subprocess
import unicodedata
from dataclasses import dataclass
from pathlib import Path

# Debian 12 packages; the licence is the one of the font files (packaging scripts are sometimes GPL).
# Left out on purpose: fonts under GPL, LGPL or CC BY-SA, so that nobody has to argue about weights trained on them.
FONT_PACKAGES: dict[str, str] = {
    "fonts-aoyagi-kouzan-t": "public domain",
    "fonts-breip": "OFL-1.0",
    "fonts-cabin": "OFL-1.1",
    "fonts-cantarell": "OFL-1.1",
    "fonts-comfortaa": "OFL-1.1",
    "fonts-dancingscript": "OFL-1.1",
    "fonts-dejavu-core": "Bitstream Vera",
    "fonts-dejavu-extra": "Bitstream Vera",
    "fonts-ebgaramond": "OFL-1.1",
    "fonts-humor-sans": "OFL-1.1",
    "fonts-inconsolata": "OFL-1.0",
    "fonts-junicode": "OFL-1.1",
    "fonts-kristi": "OFL-1.1",
    "fonts-lato": "OFL-1.1",
    "fonts-liberation2": "OFL-1.1",
    "fonts-lindenhill": "OFL-1.1",
    "fonts-lobster": "OFL-1.1",
    "fonts-noto-core": "OFL-1.1",
    "fonts-okolaks": "OFL-1.1",
    "fonts-open-sans": "Apache-2.0",
    "fonts-play": "OFL-1.1",
    "fonts-quicksand": "OFL-1.1",
    "fonts-roboto-unhinted": "Apache-2.0",
    "fonts-sil-andika": "OFL-1.1",
    "fonts-sil-gentium": "OFL-1.1",
    "fonts-vollkorn": "OFL-1.1",
    "fonts-yozvox-yozfont-cute": "OFL-1.1",
    "fonts-yozvox-yozfont-edu": "OFL-1.1",
}

# Scripts never rendered, so that three alphabets of omniglot_small (Balinese, Early Aramaic, Korean) stay unseen even
# as printed letters. Phoenician goes with Aramaic: the letters are nearly the same.
UNSEEN_BLOCKS: tuple[tuple[int, int], ...] = (
    (0x1100, 0x11FF),
    (0x1B00, 0x1B7F),
    (0x3130, 0x318F),
    (0xA960, 0xA97F),
    (0xAC00, 0xD7FF),
    (0xFFA0, 0xFFDC),
    (0x10840, 0x1085F),
    (0x10900, 0x1091F),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class FontFace:
    """One font file and the code points it draws."""

    path: Path
    code_points: frozenset[int]


def find_font_faces() -> list[FontFace]:
    """Every font file of `FONT_PACKAGES`, in a fixed order; fails when a package is not installed."""
    paths: list[Path] = []
    missing: list[str] = []
    for package in FONT_PACKAGES:
        listing = subprocess.run(["dpkg", "-L", package], capture_output=True, text=True, check=False)
        if listing.returncode:
            missing.append(package)
        paths += sorted(Path(line) for line in listing.stdout.splitlines() if line.endswith((".ttf", ".otf")))
    if missing:
        raise SystemExit(
            f"{len(missing)} font packages are not installed; the recipe renders all of them. "
            f"Run `apt-get install --no-install-recommends {' '.join(missing)}`."
        )
    return [FontFace(path=path, code_points=_read_code_points(path)) for path in paths]


def _read_code_points(path: Path) -> frozenset[int]:
    """The letters, numbers and symbols of a font that may be rendered, asked from fontconfig."""
    query = subprocess.run(["fc-query", "--format=%{charset}\n", str(path)], capture_output=True, text=True, check=True)
    found: set[int] = set()
    for item in query.stdout.splitlines()[0].split():
        first, _, last = item.partition("-")
        found.update(range(int(first, 16), int(last or first, 16) + 1))
    return frozenset(point for point in found if _is_wanted(point))


def _is_wanted(point: int) -> bool:
    """Base characters only: marks, controls and private code points have no picture of their own."""
    if any(low <= point <= high for low, high in UNSEEN_BLOCKS):
        return False
    category = unicodedata.category(chr(point))
    return category in {"Lu", "Ll", "Lo", "Nd", "Nl", "No", "Sc", "Sm", "So"}
