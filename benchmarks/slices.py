"""Which part of planted slices does SC001 find, and how often does it find what is not there?

    python -m benchmarks.slices [--draws 10] [--only simulated,flowers] [--out slices.json]

Needs `../shared` for `flowers`. A slice is a kind of example of which 60 % are answered wrongly, where 8 % of the
others are. `simulated`: two of sixteen kinds in 48 features. `flowers`: features of photographs by a MobileNet, the
kinds a k-means clustering into 25 of *other* examples, so that the audit does not find its own clusters; two of them
planted. A slice counts as found where 6 of the 10 most typical examples of one finding lie in it, a finding as foreign
where fewer than 3 lie in any. `alarms` are cases without a slice in which something was found.
"""

import argparse
from pathlib import Path
from typing import Final

import numpy as np
import torch
from sklearn.cluster import KMeans

from benchmarks.reporting import Report
from injerto.activations.reading import compute_features
from injerto.activations.store.store import ActivationStore
from injerto.audits.slices import find_slices
from injerto.backbones.loading import load_backbone
from injerto.data.reading import read_data

SHARED: Final = Path(__file__).resolve().parents[1].parent / "shared"
COLUMNS: Final = ("case", "test examples", "planted", "found %", "foreign", "alarms", "of")
_WRONG: Final = (0.08, 0.6)
_PLANTED: Final = 2

Case = tuple[np.ndarray, np.ndarray, np.ndarray]
"""Features, labels and kinds."""


def main() -> None:
    """Print a row a case and size."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--draws", type=int, default=10)
    parser.add_argument("--only", default="simulated,flowers")
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    report = Report("slices", COLUMNS, arguments.out)
    for name in arguments.only.split(","):
        pool = _flowers() if name == "flowers" else None
        for number in (400, 800):
            found = foreign = alarms = 0
            for seed in range(arguments.draws):
                case = _simulate(number, seed) if pool is None else _draw(pool, number, seed)
                hits, others = _try(case, seed, planted=_PLANTED)
                found, foreign = found + hits, foreign + others
                alarms += _try(case, seed, planted=0)[1] > 0
            total = _PLANTED * arguments.draws
            values = (name, number, total, 100 * found / total, foreign, alarms, arguments.draws)
            report.add(**dict(zip(COLUMNS, values, strict=True)))


def _try(case: Case, seed: int, *, planted: int) -> tuple[int, int]:
    """Planted slices that were found, and findings that are none of them."""
    features, target, kind = case
    generator = np.random.default_rng(1000 + seed)
    kinds, counts = np.unique(kind, return_counts=True)
    chosen = generator.permutation(kinds[counts >= 16])[:planted]
    right = generator.random(len(kind)) > np.where(np.isin(kind, chosen), _WRONG[1], _WRONG[0])
    slices = find_slices(features, right.astype(float), target, seed=seed)
    purity = [[float((kind[one.positions[:10]] == bad).mean()) for bad in chosen] for one in slices]
    hits = sum(any(row[place] >= 0.6 for row in purity) for place in range(len(chosen)))
    return hits, sum(max(row, default=0.0) < 0.3 for row in purity)


def _simulate(number: int, seed: int) -> Case:
    generator = np.random.default_rng(seed)
    centres = generator.normal(size=(16, 48)) + np.repeat(generator.normal(size=(4, 48)), 4, axis=0)
    kind = generator.integers(0, 16, number)
    return centres[kind] + generator.normal(size=(number, 48)), kind // 4, kind


def _flowers() -> tuple[np.ndarray, np.ndarray]:
    data = read_data(SHARED / "data" / "flowers128")
    backbone = load_backbone(str(SHARED / "weights" / "mobilenetv2_100.imagenet"))
    with torch.no_grad():
        items = [example.item for example in data.examples]
        features = compute_features(backbone, items, store=ActivationStore())
    return features.numpy().astype(np.float64), data.targets()


def _draw(pool: tuple[np.ndarray, np.ndarray], number: int, seed: int) -> Case:
    features, target = pool
    order = np.random.default_rng(seed).permutation(len(features))
    mine, others = order[:number], order[number:]
    spread = features[others].std(axis=0)
    scaled = (features - features[others].mean(axis=0)) / np.where(spread > 0, spread, 1)
    kinds = KMeans(n_clusters=25, n_init=2, random_state=seed).fit(scaled[others])
    return features[mine], target[mine], kinds.predict(scaled[mine])


if __name__ == "__main__":
    main()
