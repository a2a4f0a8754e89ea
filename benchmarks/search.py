"""Many heads from one extraction: what the second to the twentieth cost beside the first.

    python -m benchmarks.search [--images 1000] [--network resnet18] [--threads 1] [--out search.json]

Generated JPEG files of 500 x 375, random weights. A trial is a whole training: plan, features from the store, the head
(five differ from another in the prior alone and take its fit), its temperature; the data and the network are read once,
as a search does it. `extractions` is the time of all trials so far in units of the first.
"""

import argparse
import os
import tempfile
import time
from pathlib import Path

import torch

from benchmarks.caching import write_images
from benchmarks.engines import make_engine
from benchmarks.reporting import Report
from injerto.activations.store.store import ActivationStore
from injerto.backbones.loading import load_backbone
from injerto.data.reading import read_data
from injerto.data.splitting import make_splits

SOLVERS = ("auto", "ridge", "discriminant", "nearest-mean", "projected", "logistic")
TRIALS = [f"linear-probe:solver={solver}" for solver in SOLVERS]
TRIALS += [f"linear-probe:solver={solver},prior=even" for solver in SOLVERS[1:]]
TRIALS += [f"knn:neighbours={k}" for k in (1, 2, 3, 5, 8, 13, 21, 34, 55)]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, default=1000)
    parser.add_argument("--network", default="resnet18")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--out", type=Path)
    chosen = parser.parse_args()
    torch.set_num_threads(chosen.threads)
    report = Report("search", ("trial", "strategy", "seconds", "extractions"), chosen.out)
    with tempfile.TemporaryDirectory() as folder:
        os.environ["INJERTO_HOME"] = folder
        # Read once, as a search does.
        data = read_data(write_images(Path(folder) / "images", chosen.images))
        splits = make_splits(data, seed=0)
        backbone = None
        taken: list[float] = []
        for number, strategy in enumerate(TRIALS, start=1):
            start = time.perf_counter()
            backbone = backbone or load_backbone(f"timm:{chosen.network}", pretrained=False)
            make_engine(data, backbone, strategy, splits=splits, store=ActivationStore()).run()
            taken.append(time.perf_counter() - start)
            report.add(trial=number, strategy=strategy, seconds=taken[-1], extractions=sum(taken) / taken[0])


if __name__ == "__main__":
    main()
