"""How long does the frontier of a hundred weightings take?

    python -m benchmarks.frontier [--sizes 400x512,1600x512,10000x512] [--labels 2,10] [--out frontier.json]

`measure_frontier` on random features, as many test examples as training ones, each label in two groups of which one is
a tenth. Seconds of processor time with one thread, the median of three.
"""

import argparse
from pathlib import Path
from time import process_time
from typing import Final

import numpy as np
import torch

from benchmarks.reporting import Report, middle
from injerto.evidence.frontier import measure_frontier

_COLUMNS: Final = ("examples", "features", "labels", "cells", "points", "seconds")
_TURNS: Final = 3


def main() -> None:
    """Print a row a size and number of labels."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--sizes", default="400x512,1600x512,10000x512")
    parser.add_argument("--labels", default="2,10")
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    report = Report("frontier", _COLUMNS, arguments.out)
    for size in arguments.sizes.split(","):
        number, width = map(int, size.split("x"))
        for labels in map(int, arguments.labels.split(",")):
            report.add(**dict(zip(_COLUMNS, (number, width, labels, *_measure(number, width, labels)), strict=True)))


def _measure(number: int, width: int, labels: int) -> tuple[int, int, str]:
    generator = np.random.default_rng(0)
    targets = generator.integers(0, labels, 2 * number)
    cells = 2 * targets + (generator.random(2 * number) < 0.1)
    centres = generator.normal(size=(2 * labels, width))
    features = torch.from_numpy(centres[cells] + 5 * generator.normal(size=(2 * number, width))).float()
    taken = []
    for _ in range(_TURNS):
        start = process_time()
        points, _ = measure_frontier(
            features[:number],
            torch.from_numpy(targets[:number]),
            cells[:number],
            test_features=features[number:],
            test_targets=torch.from_numpy(targets[number:]),
            test_cells=cells[number:],
            num_classes=labels,
            penalty=0.1,
        )
        taken.append(process_time() - start)
    return 2 * labels, len(points), f"{middle(taken):.2f}"


if __name__ == "__main__":
    main()
