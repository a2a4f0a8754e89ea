"""The error at full data predicted from a tenth and a quarter of it, against the error that was reached.

    python -m benchmarks.learning_curve [--seeds 4] [--only banking77,sst2] [--tune whole|scaled] [--out curve.json]

Needs `../shared`. For each seed all examples of a data set are divided anew, stratified: 25 % test, 15 % tune, 60 %
train. `measure_learning_curve` sees 10 % or 25 % of train, and tune (`scaled`: as small a share of tune), and predicts
ten or four times as many labels. `reached` is the test error of `fit_discriminant` on all of train, mean over the
seeds. In points: `mae` is against each seed's own test split, `mae_mean` against the mean over the seeds, which has
less noise of its own; `covered` and `covered_mean` are the shares of 90 % intervals that hold them; `last_point` is the
mean error of a prediction that nothing changes after the largest measured subset. The constants of the prediction were
chosen on the data marked `calibration`, so that `check` is what it is worth. A curve that claims nothing is counted in
`refused`. The last rows are means over all predictions, and the pairs with a `mae_mean` above 2 points.
"""

import argparse
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from statistics import mean
from time import perf_counter
from typing import Final

import numpy as np
import torch
from torch import Tensor

from benchmarks.reporting import Report
from injerto.activations.reading import compute_features
from injerto.activations.store.store import ActivationStore
from injerto.backbones.loading import load_backbone
from injerto.data.reading import read_data
from injerto.evidence.learning_curve.measuring import measure_learning_curve
from injerto.strategies.heads.discriminant import fit_discriminant

SHARED: Final = Path(__file__).resolve().parents[1].parent / "shared"
BACKBONES: Final = (
    str(SHARED / "weights" / "mobilenetv2_035.imagenet_trunk"),
    str(SHARED / "weights" / "mobilenet_v1_0.25_128.imagenet"),
    "injerto-mix-r10",
    "injerto-glyphs-r10",
)
IMAGES: Final = ("hymenoptera", "brain_mri", "omniglot_small", "flowers128")
TWEETS: Final = tuple(f"tweet_sentiment/{language}" for language in ("english", "spanish", "german", "french"))
TEXTS: Final = ("banking77", "ag_news", "sst2", *TWEETS)
CALIBRATION: Final = ("brain_mri", "flowers128", *TWEETS)
COLUMNS: Final = {"ag_news": {"text_column": "title,description", "label_column": "label"}}
SHARES: Final = (0.1, 0.25)
COLUMN_NAMES: Final = (
    "data", "backbone", "role", "share", "examples", "judged", "reached", "predicted", "mae", "mae_mean", "covered",
    "covered_mean", "width", "last_point", "refused", "seconds",
)  # fmt: skip


@dataclass(kw_only=True, slots=True)
class Case:
    """The predictions for one data set, backbone and share."""

    data: str
    backbone: str
    role: str
    share: float
    rows: list[dict[str, float]] = field(default_factory=list)
    refused: int = 0

    @property
    def reached(self) -> float:
        """Mean over the seeds."""
        return mean(row["reached"] for row in self.rows)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=4)
    parser.add_argument("--only", default=",".join(TEXTS + IMAGES))
    parser.add_argument("--tune", choices=("whole", "scaled"), default="whole")
    parser.add_argument("--out", type=Path)
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    report = Report("learning-curve", COLUMN_NAMES, chosen.out)
    cases: list[Case] = []
    for name in chosen.only.split(","):
        for backbone in BACKBONES if name in IMAGES else ("injerto-minitext-en-es",):
            found = measure_pair(name, backbone, chosen.seeds, scaled=chosen.tune == "scaled")
            for case in found:
                report.add(data=case.data, backbone=case.backbone, role=case.role, share=case.share, **summary([case]))
            cases += found
    for role in ("calibration", "check"):
        for share in SHARES:
            chosen_cases = [case for case in cases if case.role == role and case.share == share]
            report.add(data="all", backbone="all", role=role, share=share, **summary(chosen_cases))
            large = [case for case in chosen_cases if case.rows and case.rows[0]["judged"] >= 500]
            report.add(data="judged >= 500", backbone="all", role=role, share=share, **summary(large))
    for case in cases:
        if case.rows and float(str(summary([case])["mae_mean"])) > 2:
            report.add(
                data=case.data, backbone=case.backbone, role=f"LOSES, {case.role}", share=case.share, **summary([case])
            )


def measure_pair(name: str, backbone_name: str, seeds: int, *, scaled: bool) -> list[Case]:
    """All seeds and shares of one data set on one backbone."""
    data = read_data(SHARED / "data" / name, **COLUMNS.get(name, {}))
    items = [example.item for example in data.examples]
    features = compute_features(load_backbone(backbone_name), items, store=ActivationStore())
    labels, num_classes = torch.from_numpy(data.targets()), len(data.labels)
    role = "calibration" if name in CALIBRATION else "check"
    cases = [Case(data=name, backbone=Path(backbone_name).name, role=role, share=share) for share in SHARES]
    for seed in range(seeds):
        train, tune, test = divide(labels.numpy(), seed)
        head = fit_discriminant(features[train], labels[train], num_classes=num_classes).head
        reached = float((head(features[test]).argmax(1) != labels[test]).double().mean())
        for case in cases:
            small = train[: round(case.share * len(train))]
            judges = tune[: max(1, round(case.share * len(tune)))] if scaled else tune
            start = perf_counter()
            curve = measure_learning_curve(
                features[small],
                labels[small],
                num_classes=num_classes,
                held_out=(features[judges], labels[judges]),
                seed=seed,
                factors=(len(train) / len(small),),
            )
            seconds = perf_counter() - start
            if not curve.predictions:
                case.refused += 1
                continue
            found = curve.predictions[0]
            case.rows.append(
                {
                    "reached": reached,
                    "predicted": found.error,
                    "low": found.low,
                    "high": found.high,
                    "examples": len(small),
                    "judged": curve.num_judged,
                    "last": curve.points[-1].error,
                    "seconds": seconds,
                }
            )
    return cases


def divide(labels: np.ndarray, seed: int) -> tuple[Tensor, Tensor, Tensor]:
    """Train, tune and test positions. Any beginning of train or of tune holds the classes in proportion."""
    generator = np.random.default_rng(seed)
    place = spread(labels, generator)
    order = np.argsort(place, kind="stable")
    # Steps of the golden ratio fall into every part in proportion.
    part = (np.arange(len(order)) * 0.6180339887) % 1
    parts = [order[part >= 0.4], order[(part >= 0.25) & (part < 0.4)], order[part < 0.25]]
    train, tune, test = (rows[np.argsort(spread(labels[rows], generator), kind="stable")] for rows in parts)
    return torch.from_numpy(train), torch.from_numpy(tune), torch.from_numpy(test)


def spread(labels: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """A place in [0, 1) for every example, the shuffled members of each class at even distances."""
    place = np.empty(len(labels))
    for label in np.unique(labels):
        members = generator.permutation(np.flatnonzero(labels == label))
        place[members] = (np.arange(len(members)) + generator.uniform()) / len(members)
    return place


def summary(cases: list[Case]) -> dict[str, object]:
    """Means over all predictions of some cases."""
    pairs = [(row, case.reached) for case in cases for row in case.rows]
    if not pairs:
        return {"refused": sum(case.refused for case in cases)}

    def over(value: Callable[[dict[str, float], float], float]) -> float:
        return mean(value(row, reached) for row, reached in pairs)

    return {
        "examples": over(lambda row, _: row["examples"]),
        "judged": over(lambda row, _: row["judged"]),
        "reached": 100 * over(lambda row, _: row["reached"]),
        "predicted": 100 * over(lambda row, _: row["predicted"]),
        "mae": 100 * over(lambda row, _: abs(row["predicted"] - row["reached"])),
        "mae_mean": 100 * over(lambda row, reached: abs(row["predicted"] - reached)),
        "covered": over(lambda row, _: float(row["low"] <= row["reached"] <= row["high"])),
        "covered_mean": over(lambda row, reached: float(row["low"] <= reached <= row["high"])),
        "width": 100 * over(lambda row, _: row["high"] - row["low"]),
        "last_point": 100 * over(lambda row, reached: abs(row["last"] - reached)),
        "refused": sum(case.refused for case in cases),
        "seconds": over(lambda row, _: row["seconds"]),
    }


if __name__ == "__main__":
    main()
