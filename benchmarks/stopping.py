"""Stopping early by a few tuning examples, or running the schedule to its end: what each gets right.

    python -m benchmarks.stopping [--labels 10,50] [--only sst2,digits] [--seeds 1] [--out stopping.json]

Needs `../shared`. `best` keeps the weights of the epoch of least tune loss and stops after five epochs without a new
one (`patience`); `last` runs all epochs and keeps the last weights. Accuracy on up to 1,000 other examples, log loss
after it; the last rows are the mean gain of `last` over all cases, by strategy, with its standard error.
"""

import argparse
import tempfile
from collections import defaultdict
from pathlib import Path
from statistics import mean, stdev

import torch

from benchmarks.regret.cases import CASES, few_labels
from benchmarks.regret.measuring import Measuring
from benchmarks.reporting import Report

STRATEGIES = ("mlp-head", "last-1", "norm-bias", "lora", "lp-ft", "full")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--labels", default="10,50", help="a class; with commas")
    parser.add_argument("--only", default=",".join(CASES))
    parser.add_argument("--most", type=int, default=400, help="labels of one case")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--out", type=Path)
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    columns = (
        "data",
        "labels",
        "seed",
        "tune",
        "strategy",
        "best",
        "last",
        "best_loss",
        "last_loss",
        "best_s",
        "last_s",
    )
    report = Report("stopping", columns, chosen.out)
    gains: defaultdict[str, list[float]] = defaultdict(list)
    with tempfile.TemporaryDirectory() as work:
        for name in chosen.only.split(","):
            backbone, reader = CASES[name]
            data = reader(Path(work))
            for labels in map(int, chosen.labels.split(",")):
                for seed in range(chosen.seeds):
                    case = few_labels(data, labels, most=chosen.most, seed=seed)
                    if case is not None:
                        measure(name, labels, Measuring(backbone, case, seed=seed), seed, report, gains)
    for strategy, found in gains.items():
        error = stdev(found) / len(found) ** 0.5 if len(found) > 1 else float("nan")
        print(f"{strategy}: {mean(found):+.2f} ± {error:.2f} points by running to the end, {len(found)} cases")


def measure(
    name: str, labels: int, one: Measuring, seed: int, report: Report, gains: defaultdict[str, list[float]]
) -> None:
    """Both ways for each strategy."""
    with tempfile.TemporaryDirectory() as home:
        for strategy in STRATEGIES:
            best, last = (one.try_strategy(strategy, one.splits, Path(home), keep=keep) for keep in ("best", "last"))
            gains[strategy].append(100 * float(last.right.mean() - best.right.mean()))
            report.add(
                data=name,
                labels=labels,
                seed=seed,
                tune=len(one.splits.tune),
                strategy=strategy,
                best=float(best.right.mean()),
                last=float(last.right.mean()),
                best_loss=float(best.losses.mean()),
                last_loss=float(last.losses.mean()),
                best_s=best.seconds,
                last_s=last.seconds,
            )


if __name__ == "__main__":
    main()
