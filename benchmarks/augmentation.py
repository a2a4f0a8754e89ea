"""Stored augmented views against fresh ones: what training from the store costs in accuracy.

    python -m benchmarks.augmentation [--seeds 5] [--labels 40] [--only hymenoptera] [--trained last-5]
                                      [--ways "none,4 views"] [--out augmentation.json]

Needs `../shared`; blood cells are crops of boxes. MobileNetV2 0.35 pretrained on ImageNet, `--labels` examples a class,
30 epochs without early stopping, the weights of least loss on at most 200 tune pictures kept, at most 400 test
pictures. Paired: in one seed every way has the same pictures, the same start and the same order. `none` sees each
picture as it is; `K views` stores K random crops and takes them in turn; `fresh` makes a new crop in every epoch;
`noise` and `mixup` disturb what is stored.
"""

import argparse
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from statistics import mean, stdev

import numpy as np
import torch

from benchmarks.engines import change_last_phase, make_engine
from benchmarks.regret.cases import CASES, SHARED
from benchmarks.reporting import Report
from injerto.activations.store.store import ActivationStore
from injerto.data.labelled import LabelledData, Splits
from injerto.data.splitting import make_splits
from injerto.training.engine import Engine

TRUNK = str(SHARED / "weights" / "mobilenetv2_035.imagenet_trunk")
DATA = ("hymenoptera", "blood_cells", "flowers128")
STRATEGIES = ("mlp-head", "last-5")
EPOCHS = 30
WAYS: dict[str, dict[str, object]] = {
    "fresh": {"augment": "crop", "views": 0},
    "none": {},
    **{f"{k} views": {"augment": "crop", "views": k} for k in (1, 2, 4, 8, 16)},
    "noise 0.1": {"noise": 0.1},
    "noise 0.3": {"noise": 0.3},
    "mixup 0.2": {"mixup": 0.2},
    "4 views and mixup 0.2": {"augment": "crop", "views": 4, "mixup": 0.2},
}


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--labels", type=int, default=40)
    parser.add_argument("--only", default=",".join(DATA))
    parser.add_argument("--trained", default=",".join(STRATEGIES))
    parser.add_argument("--ways", default=",".join(WAYS), help="with commas; fresh crops are always among them")
    parser.add_argument("--out", type=Path)
    chosen = parser.parse_args()
    ways = dict.fromkeys(["fresh", *chosen.ways.split(",")])
    columns = ("data", "trained", "way", "accuracy", "minus_fresh", "standard_error", "seconds")
    report = Report("augmentation", columns, chosen.out)
    for name in chosen.only.split(","):
        with tempfile.TemporaryDirectory() as folder:
            data = CASES[name][1](Path(folder))
            cases = {}
            for seed in range(chosen.seeds):
                cases[seed] = few_labels(data, make_splits(data, seed=seed), chosen.labels, seed)
            for strategy in chosen.trained.split(","):
                compare(name, data, cases, strategy, ways, ActivationStore(Path(folder)), report)


def compare(
    name: str,
    data: LabelledData,
    cases: Mapping[int, Splits],
    strategy: str,
    ways: Iterable[str],
    store: ActivationStore,
    report: Report,
) -> None:
    """One row a way, each as soon as it is there."""
    fresh: list[float] = []
    for way in ways:
        accuracy, seconds = [], []
        for seed, splits in cases.items():
            trained = make_changed(data, splits, strategy, seed, WAYS[way], store).run()
            scores = trained.model.scores([data.examples[i].item for i in splits.test])
            accuracy.append(float((scores.argmax(1).numpy() == data.targets()[splits.test]).mean()))
            seconds.append(sum(record.seconds for record in trained.history))
        fresh = fresh or accuracy
        differences = [own - other for own, other in zip(accuracy, fresh, strict=True)]
        report.add(
            data=name,
            trained=strategy,
            way=way,
            accuracy=100 * mean(accuracy),
            minus_fresh=100 * mean(differences),
            standard_error=100 * stdev(differences) / len(differences) ** 0.5 if len(differences) > 1 else None,
            seconds=mean(seconds),
        )


def make_changed(
    data: LabelledData, splits: Splits, strategy: str, seed: int, changes: dict[str, object], store: ActivationStore
) -> Engine:
    """An engine whose gradient phase is changed."""
    engine = make_engine(data, TRUNK, strategy, splits=splits, epochs=EPOCHS, seed=seed, store=store)
    changes = {"patience": EPOCHS, "augment": "none"} | changes
    if strategy == "mlp-head" and changes["augment"] != "none" and not changes["views"]:
        changes["views"] = EPOCHS  # A view an epoch is what fresh means.
    return change_last_phase(engine, **changes)


def few_labels(data: LabelledData, splits: Splits, labels: int, seed: int) -> Splits:
    """The same splits with at most so many training examples a class, 200 tune and 400 test pictures."""
    generator = np.random.default_rng(seed)
    targets = data.targets()[splits.train]
    rows = [generator.permutation(np.flatnonzero(targets == label))[:labels] for label in np.unique(targets)]
    tune, test = (
        np.sort(generator.permutation(part)[:most]) for part, most in ((splits.tune, 200), (splits.test, 400))
    )
    return replace(splits, train=np.sort(splits.train[np.concatenate(rows)]), tune=tune, test=test)


if __name__ == "__main__":
    torch.set_num_threads(1)
    main()
