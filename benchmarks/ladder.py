"""The ladder (a head over all taps, nothing of the backbone trained) against heads and against training the network.

    python -m benchmarks.ladder [--seeds 5] [--labels 40] [--only hymenoptera] [--out ladder.json]

Needs `../shared`. `--labels` examples a class, 30 epochs, the weights of least tune loss kept, at most 400 test
examples. Paired: in one seed every strategy has the same examples. Seconds are of the whole training, from a store
that holds nothing of this strategy; the ± is the standard error of the difference from the ladder.
"""

import argparse
import tempfile
import time
from pathlib import Path
from statistics import mean, stdev

import torch

from benchmarks.augmentation import EPOCHS, SHARED, TRUNK, few_labels
from benchmarks.engines import make_engine
from benchmarks.reporting import Report
from injerto.activations.store.store import ActivationStore
from injerto.data.reading import read_data
from injerto.data.splitting import make_splits

TEXT = "shipped:injerto-minitext-en-es"
DATA = {
    "hymenoptera": TRUNK,
    "brain_mri": TRUNK,
    "sst2": TEXT,
    "tweet_sentiment/spanish": TEXT,
}
STRATEGIES = ("ladder", "linear-probe", "multi-layer", "last-1", "lora", "norm-bias")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--labels", type=int, default=40)
    parser.add_argument("--only", default=",".join(DATA))
    parser.add_argument("--out", type=Path)
    chosen = parser.parse_args()
    columns = ("data", "strategy", "accuracy", "minus_ladder", "standard_error", "seconds")
    report = Report("ladder", columns, chosen.out)
    for name in chosen.only.split(","):
        compare(name, chosen.seeds, chosen.labels, report)


def compare(name: str, seeds: int, labels: int, report: Report) -> None:
    """One row a strategy."""
    data = read_data(SHARED / "data" / name)
    accuracy: dict[str, list[float]] = {strategy: [] for strategy in STRATEGIES}
    seconds: dict[str, list[float]] = {strategy: [] for strategy in STRATEGIES}
    for seed in range(seeds):
        splits = few_labels(data, make_splits(data, seed=seed), labels, seed)
        items = [data.examples[i].item for i in splits.test]
        for strategy in STRATEGIES:
            with tempfile.TemporaryDirectory() as folder:
                start = time.perf_counter()
                store = ActivationStore(Path(folder))
                made = make_engine(data, DATA[name], strategy, splits=splits, epochs=EPOCHS, seed=seed, store=store)
                trained = made.run()
                seconds[strategy].append(time.perf_counter() - start)
            right = trained.model.scores(items).argmax(1).numpy() == data.targets()[splits.test]
            accuracy[strategy].append(float(right.mean()))
    for strategy in STRATEGIES:
        differences = [own - ladder for own, ladder in zip(accuracy[strategy], accuracy["ladder"], strict=True)]
        report.add(
            data=name,
            strategy=strategy,
            accuracy=100 * mean(accuracy[strategy]),
            minus_ladder=100 * mean(differences),
            standard_error=100 * stdev(differences) / len(differences) ** 0.5 if len(differences) > 1 else None,
            seconds=mean(seconds[strategy]),
        )


if __name__ == "__main__":
    torch.set_num_threads(1)
    main()
