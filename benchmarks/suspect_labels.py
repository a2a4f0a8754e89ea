"""Wrong labels planted in real data: how many are found, and whether the stated bounds hold their share.

    python -m benchmarks.suspect_labels [--repeats 3] [--out suspects.json]

Needs `../shared`. Of a draw of 380 examples (`benchmarks.negative_transfer`) a share gets another label at random.
`error` is the leave-one-out error of the head; `suspects` the share that is named; `recall` and `precision` are of the
planted ones among the suspects, `first_20` of those that can be in it, among the 20 that are listed. Real wrong labels
of the data count against precision and against `covered`: the share of repeats whose bounds hold the planted share.
"""

import argparse
from pathlib import Path

import numpy as np
import torch

from benchmarks.negative_transfer import GLYPHS, MIX, MOBILENET, WORDS, Case, draw_data
from benchmarks.reporting import Report
from injerto.activations.reading import compute_features
from injerto.activations.store.store import ActivationStore
from injerto.backbones.loading import load_backbone
from injerto.evidence.suspect_labels import estimate_share, find_suspects, leave_out

SETS = (
    ("banking77", WORDS),
    ("omniglot_small/Greek", GLYPHS),
    ("hymenoptera", MOBILENET),
    ("brain_mri", MIX),
    ("ag_news", WORDS),
    ("flowers128", MOBILENET),
)
SHARES = (0.0, 0.02, 0.05, 0.1, 0.2, 0.3)
COLUMN_NAMES = (
    "data",
    "planted",
    "error",
    "suspects",
    "recall",
    "precision",
    "first_20",
    "share",
    "low",
    "high",
    "covered",
)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--out", type=Path)
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    report = Report("suspect-labels", COLUMN_NAMES, chosen.out)
    store = ActivationStore()
    for name, spec in SETS:
        data, _ = draw_data(Case(kind="help", data=name, backbone=spec, draw=0))
        features = compute_features(load_backbone(spec), [e.item for e in data.examples], pool="pooled", store=store)
        for share in SHARES:
            rows = [
                plant(features, data.targets(), len(data.labels), share, seed=repeat)
                for repeat in range(chosen.repeats)
            ]
            means = {key: float(np.mean([row[key] for row in rows])) for key in rows[0]}
            report.add(data=name, planted=share, **means)


def plant(features: torch.Tensor, true: np.ndarray, num_classes: int, share: float, *, seed: int) -> dict[str, float]:
    """What is found of one planting."""
    generator = np.random.default_rng(seed)
    flipped = generator.uniform(size=len(true)) < share
    given = np.where(flipped, (true + generator.integers(1, num_classes, len(true))) % num_classes, true)
    probabilities = leave_out(features, torch.from_numpy(given), num_classes=num_classes)
    found = find_suspects(probabilities, given)
    estimate, low, high = estimate_share(probabilities, given)
    num, hits = int(flipped.sum()), int(flipped[found].sum())
    return {
        "error": float((probabilities.argmax(1) != given).mean()),
        "suspects": len(found) / len(given),
        "recall": hits / num if num else 1.0,
        "precision": hits / len(found) if len(found) else 1.0,
        "first_20": float(flipped[found[:20]].sum()) / min(20, num) if num else 1.0,
        "share": estimate,
        "low": low,
        "high": high,
        "covered": float(low <= num / len(given) <= high),
    }


if __name__ == "__main__":
    main()
