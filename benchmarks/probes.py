"""What the two probes are worth that say whether the network wants to be adapted, and where `near` and `far` begin.

    python -m benchmarks.probes --records FILE.jsonl [--labels 20,50,all] [--only sst2,digits] [--out probes.json]

Needs `../shared`, and the records of `benchmarks.regret`: what `lp-ft` gets right of the test examples beyond
`linear-probe`, the default ways to fine-tune and to extract features, is the truth that the probes are held against.
`layers` is what a head on several layers gains over one on the last, left out, on the training labels alone; `tuning`
what `lp-ft` gains on the first third of a race, which trains it on the other two. Seconds are of the processor. The
last lines: rank correlations with the truth, and for thresholds of each probe what a rule that fine-tunes above it
loses on average against the better way in each case; then the same where each data set is judged at the threshold that
was best on the others.
"""

import argparse
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import mean
from typing import Final

import numpy as np
import torch
from scipy.stats import spearmanr

from benchmarks.regret.__main__ import read_records, standard_error, unpack
from benchmarks.regret.cases import CASES, few_labels
from benchmarks.regret.measuring import Measuring
from benchmarks.reporting import Report
from injerto.activations.reading import compute_features
from injerto.activations.store.store import ActivationStore
from injerto.backbones.loading import load_backbone
from injerto.data.labelled import LabelledData
from injerto.planning.ranking import score_backbone
from injerto.planning.selection import make_selections

TRIED: Final = (-0.05, -0.02, -0.01, 0.0, 0.005, 0.01, 0.02, 0.03, 0.05, 0.08, 0.12)
Row = dict[str, object]
Case = tuple[str, str, int]


def main() -> None:
    """A row a case, then what the probes are worth."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=Path, required=True)
    parser.add_argument("--labels", default="20,50,all")
    parser.add_argument("--only", default=",".join(CASES))
    parser.add_argument("--out", type=Path)
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    columns = ("data", "labels", "draw", "layers", "tuning", "error", "truth", "truth_error", "seconds")
    report = Report("probes", columns, chosen.out, resumed=True)
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as work:
        read: dict[str, LabelledData] = {}
        for case, truth in read_truths(chosen.records).items():
            name, labels, draw = case
            if name not in chosen.only.split(",") or labels not in chosen.labels.split(","):
                continue
            key = {"data": name, "labels": labels, "draw": draw}
            if not report.has(key):
                if name not in read:
                    read[name] = CASES[name][1](Path(work))
                report.add(**key, **truth, **probe(read[name], case))
            rows.append(report.find(key))
    for probed in ("layers", "tuning"):
        summarise(probed, rows)


def read_truths(records: Path) -> dict[Case, dict[str, float]]:
    """Of each case in which both ways ran, what fine-tuning gains, in points."""
    right: dict[Case, dict[str, np.ndarray]] = {}
    for record in read_records(records):
        if record["key"][3:] in (["strategy", "lp-ft"], ["strategy", "linear-probe"]):
            name, labels, draw, _, strategy = record["key"]
            right.setdefault((name, labels, draw), {})[strategy] = unpack(record)
    gains = {case: two["lp-ft"] - two["linear-probe"] for case, two in right.items() if len(two) == 2}
    return {
        case: {"truth": 100 * float(gain.mean()), "truth_error": 100 * standard_error(gain)}
        for case, gain in gains.items()
    }


def probe(data: LabelledData, case: Case) -> dict[str, float]:
    """Both probes in points, on training labels alone."""
    start = time.process_time()
    name, labels, draw = case
    drawn = few_labels(data, None if labels == "all" else int(labels), most=400, seed=draw)
    assert drawn is not None
    one = Measuring(CASES[name][0], drawn, seed=draw)
    backbone = load_backbone(CASES[name][0], seed=draw)
    positions = np.sort(np.concatenate([one.splits.train, one.splits.tune]))
    with tempfile.TemporaryDirectory() as folder:
        store = ActivationStore(Path(folder) / "store")
        taps_ND = compute_features(backbone, [one.data.examples[i].item for i in positions], pool="taps", store=store)
        score = score_backbone(backbone, taps_ND, one.data, positions, store=store, seed=draw)
        first = make_selections(one.data, one.splits, seed=draw)[0]
        tuned, head = (one.try_strategy(name, first, Path(folder)) for name in ("lp-ft", "linear-probe"))
    differences = tuned.right - head.right
    return {
        "layers": 100 * (score.several_layers - score.accuracy),
        "tuning": 100 * float(differences.mean()),
        "error": 100 * standard_error(differences),
        "seconds": time.process_time() - start,
    }


def summarise(probed: str, rows: Sequence[Row]) -> None:
    """Rank correlation, and the loss of the rule `fine-tune above`, at every threshold and at one chosen elsewhere."""
    values, truths = (np.array([float(str(row[name])) for row in rows]) for name in (probed, "truth"))
    print(f"\n{probed}: {len(rows)} cases, rank correlation {spearmanr(values, truths).statistic:.2f}")
    never, always = np.maximum(truths, 0).mean(), np.maximum(-truths, 0).mean()
    print(f"never fine-tuned loses {never:.2f} points, always {always:.2f}")
    losses = {threshold: loss(values, truths, 100 * threshold) for threshold in TRIED}
    for threshold, lost in losses.items():
        above = values > 100 * threshold
        gains = [f"{truths[side].mean():+.2f} ({side.sum()})" if side.any() else "–" for side in (~above, above)]
        print(f"above {100 * threshold:+.1f}: loses {lost.mean():.2f}; mean gain of fine-tuning below, above: {gains}")
    names = np.array([row["data"] for row in rows])
    left_out = []
    for name in dict.fromkeys(names.tolist()):
        own = names == name
        best = min(TRIED, key=lambda threshold: losses[threshold][~own].mean())
        left_out.append(losses[best][own].mean())
    print(f"threshold chosen on the other data sets: loses {mean(left_out):.2f} a data set")


def loss(values: np.ndarray, truths: np.ndarray, threshold: float) -> np.ndarray:
    """Points of each case behind the better way."""
    tunes = values > threshold
    lost: np.ndarray = np.where(tunes, np.maximum(-truths, 0), np.maximum(truths, 0))
    return lost


if __name__ == "__main__":
    main()
