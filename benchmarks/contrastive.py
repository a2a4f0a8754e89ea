"""Tuning a sentence encoder on pairs (`contrastive`) beside a head on the frozen one: few labels, several draws.

    python -m benchmarks.contrastive [--labels 8,16] [--draws 5] [--only ag_news,sst2] [--out contrastive.json]

Needs `../shared`. The encoder is injerto-minitext-en-es, distilled from the sentence embeddings of all-MiniLM-L6-v2.
Each draw takes other labelled texts; both strategies learn from the same and are judged by the same `--judging` others.
The interval of the mean gain is Student's over draws.
"""

import argparse
import time
from pathlib import Path
from typing import Final

import numpy as np
import torch
from scipy import stats

from benchmarks.engines import make_engine
from benchmarks.generation import SHARED
from benchmarks.reporting import Report
from injerto.backbones.loading import load_backbone
from injerto.data.labelled import LabelledData, Splits
from injerto.data.reading import read_data

ENCODER: Final = "shipped:injerto-minitext-en-es"
DATA: Final = ("sst2", "tweet_sentiment/spanish", "tweet_sentiment/english", "ag_news", "banking77")
STRATEGIES: Final = ("linear-probe", "contrastive")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default=",".join(DATA))
    parser.add_argument("--labels", default="8,16", help="training labels of each class")
    parser.add_argument("--draws", type=int, default=5)
    parser.add_argument("--judging", type=int, default=1000, help="test texts, drawn once")
    parser.add_argument("--out", type=Path)
    chosen = parser.parse_args()
    columns = ("data", "labels", "draw", *STRATEGIES, "gain", "low", "high", "seconds")
    report = Report("contrastive", columns, chosen.out, resumed=True)
    for name in chosen.only.split(","):
        column = "title,description" if name == "ag_news" else None
        data = read_data(SHARED / "data" / name, text_column=column)
        for labels in map(int, chosen.labels.split(",")):
            gains = []
            for draw in range(chosen.draws):
                row: dict[str, object] = {"data": name, "labels": labels, "draw": draw}
                if not report.has(row):
                    report.add(**row, **measure(data, labels, draw, chosen.judging))
                gains.append(report.find(row)["gain"])
            if not report.has({"data": name, "labels": labels, "draw": "mean"}):
                mean, error = np.mean(gains), stats.sem(gains)
                half = float(stats.t.ppf(0.975, len(gains) - 1) * error)
                report.add(data=name, labels=labels, draw="mean", gain=float(mean), low=mean - half, high=mean + half)


def measure(data: LabelledData, labels: int, draw: int, judging: int) -> dict[str, float]:
    """Both accuracies in percent on one draw."""
    targets = data.targets()
    test = np.random.default_rng(0).permutation(len(data))[:judging]
    free = np.setdiff1d(np.random.default_rng(draw + 1).permutation(len(data)), test, assume_unique=True)
    free = free[np.random.default_rng(draw + 1).permutation(len(free))]
    by_class = [free[targets[free] == label] for label in range(len(data.labels))]
    splits = Splits(
        train=np.sort(np.concatenate([rows[:labels] for rows in by_class])),
        tune=np.sort(np.concatenate([rows[labels : labels + max(1, labels // 4)] for rows in by_class])),
        test=np.sort(test),
        origin="drawn",
    )
    start, found = time.monotonic(), {}
    for strategy in STRATEGIES:
        engine = make_engine(data, load_backbone(ENCODER), strategy, splits=splits, epochs=20, seed=draw)
        model = engine.run().model
        scores = model.scores([data.examples[i].item for i in splits.test])
        right = scores.argmax(dim=1).numpy() == targets[splits.test]
        found[strategy] = 100 * float(right.mean())
    gain = found["contrastive"] - found["linear-probe"]
    return found | {"gain": gain, "seconds": time.monotonic() - start}


if __name__ == "__main__":
    torch.set_num_threads(1)
    main()
