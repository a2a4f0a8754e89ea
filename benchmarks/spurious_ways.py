"""Every way of `mend` on planted cues, and a head whose training examples never went with a cue.

    python -m benchmarks.spurious_ways [--only frame,word] [--draws 10,11,12] [--train 400] [--test 400] [--out FILE]

Needs `../shared`. The data are those of `benchmarks.spurious`; features are computed once, so that a draw takes a
minute. Draws 0 to 2 were looked at when the ways were chosen: take others. Of the news there are texts enough for
`--train 1600 --test 2000`: as many rare examples as published sets have, and a worst cell that is less luck. `no cue`
is the plain head on training examples of which as many contradict the cue as go with it, judged on the same kind of
test set.
"""

import argparse
import tempfile
from pathlib import Path

import numpy as np
import torch

from benchmarks import spurious
from benchmarks.reporting import Report
from injerto.activations.reading import compute_features
from injerto.activations.store.store import ActivationStore
from injerto.backbones.loading import load_backbone
from injerto.data.labelled import LabelledData
from injerto.data.reading import read_data
from injerto.evidence.mending import Part, measure_mending
from injerto.strategies.heads.closed_form import fit_ridge

_COLUMNS = ("cue", "draw", "way", "all", "worst", "gain", "low", "high", "seconds")


def main() -> None:
    """Print a row a draw and way."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--only", default="frame,word")
    parser.add_argument("--draws", default="10,11,12")
    for split in ("train", "test"):
        parser.add_argument(f"--{split}", type=int, default=spurious.SIZES[split])
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    report = Report("spurious-ways", _COLUMNS, arguments.out)
    for cue in arguments.only.split(","):
        for draw in map(int, arguments.draws.split(",")):
            _compare(cue, draw, {**spurious.SIZES, "train": arguments.train, "test": arguments.test}, report)


def _compare(cue: str, draw: int, sizes: dict[str, int], report: Report) -> None:
    data, train, test = _read(cue, draw, sizes, goes_with=spurious.GOES_WITH)
    found = measure_mending(train, test, labels=data.labels, model="", column="cue", seed=draw)
    assert found is not None
    for way in found.ways:
        figures = (way.accuracy.value, way.worst.value, way.gain.value, way.gain.low, way.gain.high)
        values = [f"{100 * value:.1f}" for value in figures]
        report.add(**dict(zip(_COLUMNS, (cue, draw, way.name, *values, f"{way.seconds:.2f}"), strict=True)))
    _, train, test = _read(cue, draw, sizes, goes_with=0.5)
    head = fit_ridge(train.features, torch.from_numpy(train.targets), num_classes=2).head
    right = head(test.features).argmax(1).numpy() == test.targets
    cells = [right[[one == cell for one in test.cells]].mean() for cell in set(test.cells)]
    report.add(cue=cue, draw=draw, way="no cue", all=f"{100 * right.mean():.1f}", worst=f"{100 * np.min(cells):.1f}")


def _read(cue: str, draw: int, sizes: dict[str, int], *, goes_with: float) -> tuple[LabelledData, Part, Part]:
    with tempfile.TemporaryDirectory() as folder:
        write = spurious.write_frames if cue == "frame" else spurious.write_words
        data = read_data(write(Path(folder), draw, goes_with=goes_with, sizes=sizes), attribute_columns=("cue",))
        backbone = load_backbone(spurious.MOBILENET if cue == "frame" else "injerto-minitext-en-es")
        items = [example.item for example in data.examples]
        features = compute_features(backbone, items, pool="pooled", store=ActivationStore())
    targets = data.targets()

    def part(split: str) -> Part:
        chosen = [place for place, example in enumerate(data.examples) if example.split == split]
        groups = [str(data.examples[place].attributes[0]) for place in chosen]
        return Part(features=features[chosen], targets=targets[chosen], groups=groups)

    return data, part("train"), part("test")


if __name__ == "__main__":
    main()
