"""Planted input faults: how many the guard catches, how many it names right, and how often it cries without reason.

    python -m benchmarks.input_faults [--trials 100] [--only image,text,speech,checkpoint] [--out input_faults.json]

Needs `../shared`. Someone's own pipeline is played by torchvision, by the tokenizers themselves and by NumPy, not by
the code that is tested. A trial draws some examples of one data set and one contract, plants one variant of one fault,
and asks the guard. Where the fault changes no value (red and blue of grey pictures), nothing is planted and the trial
is drawn again. `named` counts trials in which the right fault is among the findings, `alone` those in which nothing
else is. Seconds are those of the processor, on one thread: the wall clock of a free core. Healthy inputs are those of
the same pipelines without a fault, in several precisions and libraries.

`checkpoint` plants wrong contracts beside real weights; see `planted_faults/checkpoint_faults.py`.
"""

import argparse
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch

from benchmarks.planted_faults import checkpoint_faults, image_faults, sound_faults, text_faults
from benchmarks.planted_faults.trial import Planter, Trial
from benchmarks.reporting import Report, middle

PARTS: dict[str, Callable[[], dict[str, Planter]]] = {
    "image": image_faults.planters,
    "text": text_faults.planters,
    "speech": sound_faults.planters,
}
COLUMNS = ("part", "fault", "trials", "caught", "named", "alone", "seconds", "slowest", "others")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trials", type=int, default=100)
    parser.add_argument("--only", default=",".join([*PARTS, "checkpoint"]))
    parser.add_argument("--out", type=Path)
    chosen = parser.parse_args()
    report = Report("input faults", COLUMNS, chosen.out)
    for part in chosen.only.split(","):
        if part == "checkpoint":
            checkpoint_faults.measure(report)
            continue
        for fault, plant in PARTS[part]().items():
            measure(part, fault, plant, chosen.trials, report)


def measure(part: str, fault: str, plant: Planter, trials: int, report: Report) -> None:
    """One row."""
    caught = named = alone = 0
    seconds: list[float] = []
    others: Counter[str] = Counter()
    for seed in range(trials):
        trial = _plant(plant, seed)
        start = time.process_time()
        findings = trial.check()
        seconds.append(time.process_time() - start)
        names = {finding.name for finding in findings}
        caught += bool(names)
        named += fault in names
        alone += names == {fault}
        others.update(f"{name} ({trial.what})" for name in names - {fault})
        if not names and fault != "healthy":
            others.update([f"missed ({trial.what})"])
    row: dict[str, Any] = {"part": part, "fault": fault, "trials": trials, "caught": 100 * caught / trials}
    if fault != "healthy":
        row |= {"named": 100 * named / trials, "alone": 100 * alone / trials}
    shown = "; ".join(f"{name} {count}" for name, count in others.most_common(4))
    report.add(**row, seconds=middle(seconds), slowest=max(seconds), others=shown)


def _plant(plant: Planter, seed: int) -> Trial:
    generator = np.random.default_rng(seed)
    while (trial := plant(generator)) is None:
        pass
    return trial


if __name__ == "__main__":
    torch.set_num_threads(1)
    main()
