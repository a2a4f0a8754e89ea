"""Does pretraining help on unseen sets? `python -m pretraining.image.evaluate FOLDER` prints and stores the answer.

Every arm is frozen features, standardised, and a ridge classifier whose strength is chosen by leave-one-out. The
control is the same network with random weights, a new draw for every split, in four variants: batch norm as
initialised or with statistics measured on the training pictures; residual branches on, or off by a zero in their last
batch norm (as timm initialises). The best variant of each set, chosen with hindsight, is the one compared with.
"""

import argparse
import json
from collections import defaultdict
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.linear_model import RidgeClassifierCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from torch import Tensor, nn
from torch.nn import functional as F

from pretraining.image.model import load_backbone, make_backbone
from pretraining.image.unseen_sets import LabelledSet, load_unseen_sets

NUM_BOOTSTRAPS = 4000
PIXEL_SIDE = 16


@dataclass(frozen=True, kw_only=True, slots=True)
class Figure:
    """Accuracy of the pretrained arm and its controls on one set, mean over splits, with the interval of the gain."""

    dataset: str
    num_splits: int
    num_train: int
    num_test: int
    pretrained: float
    random: float
    random_variant: str
    pixels: float
    gain: float
    gain_low: float
    gain_high: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="backbone to judge; figures.json is written there")
    parser.add_argument("--data", type=Path, default=Path("/work/shared/data"))
    parser.add_argument("--splits", type=int, default=5)
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    backbone = load_backbone(arguments.folder)
    figures = []
    print("| set | train/test | pretrained | random | gain (95 % interval) | raw pixels |\n|---|---|---|---|---|---|")
    for dataset in load_unseen_sets(arguments.data).values():
        figure = measure_transfer(backbone, dataset, num_splits=arguments.splits)
        figures.append(asdict(figure))
        print(render_row(figure), flush=True)
    text = json.dumps(figures, indent=1, sort_keys=True) + "\n"
    (arguments.folder / "figures.json").write_text(text, encoding="utf-8")


def render_row(figure: Figure) -> str:
    """One line of the table."""
    return (
        f"| {figure.dataset} | {figure.num_train}/{figure.num_test} | {figure.pretrained:.3f} "
        f"| {figure.random:.3f} ({figure.random_variant}) "
        f"| {figure.gain:+.3f} ({figure.gain_low:+.3f} to {figure.gain_high:+.3f}) | {figure.pixels:.3f} |"
    )


def measure_transfer(backbone: nn.Module, dataset: LabelledSet, *, num_splits: int) -> Figure:
    """Judge all arms on the same splits of one set."""
    pixels = F.interpolate(dataset.pictures.mean(dim=1, keepdim=True), size=PIXEL_SIDE, mode="area").flatten(1).numpy()
    features = compute_features(backbone, dataset.pictures)
    hits: dict[str, list[NDArray[np.bool_]]] = defaultdict(list)
    for seed in range(num_splits):
        train, test = dataset.split(seed)
        arms = {"pretrained": features, "pixels": pixels}
        for branches in ("on", "off"):
            fresh = make_backbone(seed=1000 + seed, zero_branches=branches == "off").eval()
            arms[f"initial batch norm, branches {branches}"] = compute_features(fresh, dataset.pictures)
            measure_batch_norm(fresh, dataset.pictures[train])
            arms[f"measured batch norm, branches {branches}"] = compute_features(fresh, dataset.pictures)
        for name, arm in arms.items():
            hits[name].append(_fit_head(arm[train], dataset.labels[train]).predict(arm[test]) == dataset.labels[test])
    means = {name: float(np.mean(np.stack(one))) for name, one in hits.items()}
    control = max((name for name in means if "batch norm" in name), key=lambda name: means[name])
    low, high = bootstrap_gain(np.stack(hits["pretrained"]), np.stack(hits[control]), seed=0)
    return Figure(
        dataset=dataset.name,
        num_splits=num_splits,
        num_train=len(train),
        num_test=len(test),
        pretrained=means["pretrained"],
        random=means[control],
        random_variant=control,
        pixels=means["pixels"],
        gain=means["pretrained"] - means[control],
        gain_low=low,
        gain_high=high,
    )


def bootstrap_gain(hits: NDArray[np.bool_], control_hits: NDArray[np.bool_], *, seed: int) -> tuple[float, float]:
    """95 % interval of the mean paired difference (splits, tests): splits are redrawn, then test pictures in each."""
    rng = np.random.default_rng(seed)
    differences = hits.astype(np.float64) - control_hits
    num_splits, num_tests = differences.shape
    gains = np.empty(NUM_BOOTSTRAPS)
    for turn in range(NUM_BOOTSTRAPS):
        splits = rng.integers(num_splits, size=(num_splits, 1))
        gains[turn] = differences[splits, rng.integers(num_tests, size=(num_splits, num_tests))].mean()
    low, high = np.percentile(gains, [2.5, 97.5])
    return float(low), float(high)


def compute_features(backbone: nn.Module, pictures: Tensor) -> NDArray[np.float32]:
    """Pooled features in evaluation mode."""
    with torch.inference_mode():
        parts = [backbone(part.to(memory_format=torch.channels_last)) for part in torch.split(pictures, 128)]
    features: NDArray[np.float32] = torch.cat(parts).numpy()
    return features


def measure_batch_norm(backbone: nn.Module, pictures: Tensor) -> None:
    """Give batch norm the statistics of these pictures (cumulative mean over batches), then evaluation mode again."""
    for module in backbone.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.reset_running_stats()
            module.momentum = None
    backbone.train()
    with torch.no_grad():
        for part in torch.split(pictures, 128):
            if len(part) > 1:
                backbone(part.to(memory_format=torch.channels_last))
    backbone.eval()


def _fit_head(features: NDArray[np.float32], labels: NDArray[np.int64]) -> RidgeClassifierCV:
    head = make_pipeline(StandardScaler(), RidgeClassifierCV(alphas=np.logspace(-2, 6, 17)))
    return head.fit(features.astype(np.float64), labels)


if __name__ == "__main__":
    main()
