"""A gap that a pretrained encoder brings along: does the audit find it, and does it say that it was inherited?

    python -m benchmarks.inherited [--draws 3] [--out inherited.json]

Needs `../shared`. Captions of pictures in English, German and French, as many of each, labelled by whether the English
caption speaks of a man or of a woman. The encoder that ships was pretrained on English and Spanish: German is foreign
to it and French half so. The data favour no language, so that a network of random weights should do as well in each.
For each draw and language: right answers, the gap to the others and what IN001 says of it.
"""

import argparse
import csv
import json
import re
import tempfile
from collections import Counter
from pathlib import Path
from typing import Final

import numpy as np

import injerto
from benchmarks.reporting import Report

SHARED: Final = Path(__file__).resolve().parents[1].parent / "shared"
LANGUAGES: Final = ("en", "de", "fr")
_WORDS: Final = {
    "woman": {"woman", "women", "girl", "girls", "lady"},
    "man": {"man", "men", "boy", "boys", "guy"},
}
_EACH: Final = 400
"""Captions of each label and language."""


def main() -> None:
    """Print a row a draw and language."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--draws", type=int, default=3)
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    report = Report("inherited", ("draw", "language", "right", "examples", "below others", "origin"), arguments.out)
    for draw in range(arguments.draws):
        with tempfile.TemporaryDirectory() as folder:
            table = write_captions(Path(folder), draw)
            injerto.fit(table, seed=draw, out=Path(folder) / "model", device="cpu")
            (found,) = injerto.audit(Path(folder) / "model", table, groups=["language"]).tables
        for one in found.groups:
            if one.value is None or one.gap is None:
                continue
            gap = f"{100 * one.gap.value:+.1f} ({100 * one.gap.low:+.1f} to {100 * one.gap.high:+.1f})"
            right = f"{100 * one.value.value:.1f}"
            row = {"draw": draw, "language": one.group, "right": right, "examples": one.num_examples}
            report.add(**row, **{"below others": gap, "origin": one.origin or "–"})


def write_captions(folder: Path, draw: int) -> Path:
    """Each picture's caption in one language only, so that none is seen in two."""
    lines = (SHARED / "data" / "multi30k" / "train.jsonl").read_text(encoding="utf-8").splitlines()
    known = [json.loads(lines[i]) for i in np.random.default_rng(draw).permutation(len(lines))]
    counts: Counter[tuple[str, str]] = Counter()
    rows = []
    for number, row in enumerate(known):
        language, label = LANGUAGES[number % len(LANGUAGES)], _label(row["en"])
        if label is not None and counts[label, language] < _EACH:
            counts[label, language] += 1
            rows.append([row[language], label, language])
    path = folder / "captions.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([["text", "label", "language"], *rows])
    return path


def _label(caption: str) -> str | None:
    """The one that it speaks of; None for both and neither."""
    words = set(re.findall(r"[a-z]+", caption.lower()))
    found = [label for label, named in _WORDS.items() if words & named]
    return found[0] if len(found) == 1 else None


if __name__ == "__main__":
    main()
