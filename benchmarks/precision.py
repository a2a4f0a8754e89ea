"""What storing activations in fewer bits costs in accuracy, over paired seeds.

    python -m benchmarks.precision [--seeds 10] [--only hymenoptera] [--out precision.json]

Needs `../shared`. As `benchmarks.augmentation`: MobileNetV2 0.35, 40 labels a class, the last five layer groups
trained for 30 epochs from the store, no augmentation. In one seed the four precisions have the same pictures, the same
start and the same order. `error` is the relative rounding error that the store measured.
"""

import argparse
import tempfile
from pathlib import Path
from statistics import mean, stdev

import torch

from benchmarks.augmentation import SHARED, few_labels, make_changed
from benchmarks.reporting import Report
from injerto.activations.store.store import ActivationStore
from injerto.data.reading import read_data
from injerto.data.splitting import make_splits

PRECISIONS = ("fp32", "fp16", "bf16", "int8")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--only", default="hymenoptera,brain_mri")
    parser.add_argument("--out", type=Path)
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    columns = ("data", "precision", "accuracy", "minus_fp32", "standard_error", "tune_loss_moved", "error", "megabytes")
    report = Report("precision", columns, chosen.out)
    for name in chosen.only.split(","):
        measure(name, chosen.seeds, report)


def measure(name: str, seeds: int, report: Report) -> None:
    """A row for each precision."""
    data = read_data(SHARED / "data" / name)
    accuracy: dict[str, list[float]] = {precision: [] for precision in PRECISIONS}
    losses: dict[str, list[float]] = {precision: [] for precision in PRECISIONS}
    errors: dict[str, float] = {}
    sizes: dict[str, int] = {}
    with tempfile.TemporaryDirectory() as folder:
        store = ActivationStore(Path(folder))
        for seed in range(seeds):
            splits = few_labels(data, make_splits(data, seed=seed), 40, seed)
            for precision in PRECISIONS:
                engine = make_changed(data, splits, "last-5", seed, {}, store)
                engine.plan = engine.plan.model_copy(update={"activation_precision": precision})
                trained = engine.run()
                scores = trained.model.scores([data.examples[i].item for i in splits.test])
                right = scores.argmax(1).numpy() == data.targets()[splits.test]
                accuracy[precision].append(float(right.mean()))
                losses[precision].append(min(record.tune_loss for record in trained.history))
        for entry in store.list_entries():
            if entry.key.point != "output":
                errors[entry.key.precision], sizes[entry.key.precision] = entry.error, entry.num_bytes
    for precision in PRECISIONS:
        differences = [own - full for own, full in zip(accuracy[precision], accuracy["fp32"], strict=True)]
        report.add(
            data=name,
            precision=precision,
            accuracy=100 * mean(accuracy[precision]),
            minus_fp32=100 * mean(differences),
            standard_error=100 * stdev(differences) / len(differences) ** 0.5,
            tune_loss_moved=mean([a - b for a, b in zip(losses[precision], losses["fp32"], strict=True)]),
            error=errors[precision],
            megabytes=sizes[precision] / 1e6,
        )


if __name__ == "__main__":
    main()
