"""A planted cue that goes with the label in training: is the gap found, where does it come from, is it mended?

    python -m benchmarks.spurious [--draws 3] [--only frame,word] [--out spurious.json]

Needs `../shared`. In train and tune 95 of 100 examples of one label carry the cue and 95 of 100 of the other do not; in
test every cell of label and cue has the same number of examples. The cues:

- `frame`: a coloured frame around photographs of daisies (red in 95 of 100) and dandelions (blue), on a MobileNet;
- `word`: a tag before news of sports (one tag in 95 of 100) and of the world (another), on the text encoder that ships.

For each draw: `linear-probe` first, then `balanced-probe` on the stored features; of each the accuracy over all and of
the worst cell of label and cue, what `audit` says of the first by cell, and the seconds of the second `fit`, nearly all
of which its evidence takes.
"""

import argparse
import csv
import tempfile
from collections.abc import Mapping
from pathlib import Path
from time import perf_counter
from typing import Final

import numpy as np
from PIL import Image, ImageOps

import injerto
from benchmarks.reporting import Report
from injerto.core.finding import AuditReport

SHARED: Final = Path(__file__).resolve().parents[1].parent / "shared"
MOBILENET: Final = str(SHARED / "weights" / "mobilenetv2_100.imagenet")
COLUMNS: Final = ("cue", "draw", "plain", "its worst", "found", "origin", "balanced", "its worst cell", "seconds")
SIZES: Final = {"train": 400, "tune": 100, "test": 400}
GOES_WITH: Final = 0.95
"""Share of the training examples whose cue is that of their label."""


def main() -> None:
    """Print a row a draw."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--draws", type=int, default=3)
    parser.add_argument("--only", default="frame,word")
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    report = Report("spurious", COLUMNS, arguments.out)
    for cue in arguments.only.split(","):
        for draw in range(arguments.draws):
            with tempfile.TemporaryDirectory() as folder:
                report.add(cue=cue, draw=draw, **run_case(cue, draw, Path(folder)))


def run_case(cue: str, draw: int, folder: Path) -> dict[str, object]:
    """Plain, audited, balanced, audited."""
    table = write_frames(folder, draw) if cue == "frame" else write_words(folder, draw)
    backbone = MOBILENET if cue == "frame" else None
    injerto.fit(table, backbone=backbone, strategy="linear-probe", seed=draw, out=folder / "plain", device="cpu")
    before = injerto.audit(folder / "plain", table, groups=["cell"])
    start = perf_counter()
    injerto.fit(
        table, backbone=backbone, strategy="balanced-probe:by=cue", seed=draw, out=folder / "even", device="cpu"
    )
    seconds = perf_counter() - start
    after = injerto.audit(folder / "even", table, groups=["cell"])
    found = sorted({one.severity for one in before.findings if one.code == "GR001"})
    origins = sorted({one.origin for one in before.tables[0].groups if one.origin is not None})
    values = (*_figures(before), "/".join(found) or "–", "/".join(origins) or "–", *_figures(after), f"{seconds:.1f}")
    return dict(zip(COLUMNS[2:], values, strict=True))


def _figures(found: AuditReport) -> tuple[str, str]:
    (table,) = found.tables
    worst = min(one.value.value for one in table.groups if one.value is not None)
    return f"{100 * table.mean:.1f}", f"{100 * worst:.1f}"


def write_frames(folder: Path, draw: int, *, goes_with: float = GOES_WITH, sizes: Mapping[str, int] = SIZES) -> Path:
    """Daisies and dandelions in frames."""
    generator = np.random.default_rng(draw)
    rows = []
    for label in ("daisy", "dandelion"):
        files = sorted((SHARED / "data" / "flowers128" / label).glob("*.jpg"))
        chosen = generator.permutation(len(files))[: sum(sizes.values()) // 2]
        for number, (split, cue) in zip(chosen, _plan(label == "daisy", generator, goes_with, sizes), strict=True):
            colour = (200, 30, 30) if cue else (30, 30, 200)
            name = f"{label}-{number}.png"
            with Image.open(files[number]) as picture:
                ImageOps.expand(picture.convert("RGB").resize((104, 104)), border=12, fill=colour).save(folder / name)
            rows.append([name, label, "red" if cue else "blue", split])
    return _write(folder, "image", rows)


def write_words(folder: Path, draw: int, *, goes_with: float = GOES_WITH, sizes: Mapping[str, int] = SIZES) -> Path:
    """News of two topics with a tag in front."""
    generator = np.random.default_rng(draw)
    with next((SHARED / "data" / "ag_news").glob("*.csv")).open(encoding="utf-8", newline="") as stream:
        known = list(csv.DictReader(stream))
    rows = []
    for label in ("Sports", "World"):
        texts = [f"{row['title']} {row['description']}" for row in known if row["label"] == label]
        chosen = generator.permutation(len(texts))[: sum(sizes.values()) // 2]
        for number, (split, cue) in zip(chosen, _plan(label == "Sports", generator, goes_with, sizes), strict=True):
            day = "monday" if cue else "friday"
            rows.append([f"{day} edition : {texts[number]}", label, day, split])
    return _write(folder, "text", rows)


def _plan(
    first: bool, generator: np.random.Generator, goes_with: float, sizes: Mapping[str, int]
) -> list[tuple[str, bool]]:
    """Split and cue of each example of one label."""
    planned = []
    for split, size in sizes.items():
        number = size // 2
        share = 0.5 if split == "test" else goes_with
        agrees = np.arange(number) < round(share * number)
        planned += [(split, bool(one) == first) for one in generator.permutation(agrees)]
    return planned


def _write(folder: Path, kind: str, rows: list[list[str]]) -> Path:
    path = folder / "data.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow([kind, "label", "cue", "cell", "split"])
        writer.writerows([name, label, cue, f"{label} {cue}", split] for name, label, cue, split in rows)
    return path


if __name__ == "__main__":
    main()
