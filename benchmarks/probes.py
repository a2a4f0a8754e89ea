"""What the two probes are worth that say whether the network wants to be adapted, and where `near` and `far` begin.

    python -m benchmarks.probes [--records FILE.jsonl] [--labels 5,10,20,50,all] [--only sst2,digits] [--tuning]
                                [--out probes.json]

Needs `../shared`, and the records of `benchmarks.regret`: what `lp-ft` gets right of the test examples beyond
`linear-probe`, the default ways to fine-tune and to extract features, is the truth that the probes are held against,
and beside it what `multi-layer` gains. `layers` is what a head on several layers gains over one on the last, left out,
on the training labels alone: two seconds. `tuning` is what `lp-ft` gains on the first third of a race, which trains it
on the other two: only with `--tuning`, a minute a case. Seconds are of the processor. The last lines: rank correlations
with the truth, and mean gains of the cases that a plan calls near, middling and far, or in which tuning gains nothing
and something on the third; each again without the black scans, where fine-tuning ends in one answer for all.
"""

import argparse
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import numpy as np
import torch
from scipy.stats import spearmanr

from benchmarks import regret
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
from injerto.planning.textbook import name_distance

DARK: Final = "brain_mri"
Row = dict[str, object]
Case = tuple[str, str, int]


def main() -> None:
    """A row a case, then what the probes are worth."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=Path, default=Path(regret.__file__).with_name("records.jsonl"))
    parser.add_argument("--labels", default="5,10,20,50,all")
    parser.add_argument("--only", default=",".join(CASES))
    parser.add_argument("--tuning", action="store_true")
    parser.add_argument("--out", type=Path)
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    columns = ("data", "labels", "draw", "layers", "tuning", "error", "truth", "truth_error", "several", "seconds")
    report = Report("probes", columns, chosen.out, resumed=True)
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as work:
        read: dict[str, LabelledData] = {}
        store = ActivationStore(Path(work) / "store")
        for case, truth in read_truths(chosen.records).items():
            name, labels, draw = case
            if name not in chosen.only.split(",") or labels not in chosen.labels.split(","):
                continue
            key = {"data": name, "labels": labels, "draw": draw}
            if not report.has(key):
                if name not in read:
                    read[name] = CASES[name][1](Path(work))
                report.add(**key, **truth, **probe(read[name], case, store, tunes=chosen.tuning))
            rows.append(report.find(key))
    bright = [row for row in rows if row["data"] != DARK]
    for some, without in ((rows, ""), (bright, f", without {DARK}")):
        print(f"\n{len(some)} cases{without}")
        summarise("layers", some, lambda row: name_distance(number(row, "layers") / 100))
        if chosen.tuning:
            summarise("tuning", some, lambda row: "something" if number(row, "tuning") > 0 else "nothing")


def read_truths(records: Path) -> dict[Case, dict[str, float]]:
    """Of each case in which all three ran, what fine-tuning and several layers gain, in points."""
    right: dict[Case, dict[str, np.ndarray]] = {}
    for record in read_records(records):
        name, labels, draw, what, *strategy = record["key"]
        if what == "strategy" and strategy[0] in ("linear-probe", "lp-ft", "multi-layer"):
            right.setdefault((name, labels, draw), {})[strategy[0]] = unpack(record)
    found = {}
    for case, ran in right.items():
        if len(ran) == 3:
            tuned, several = (100 * (ran[name] - ran["linear-probe"]) for name in ("lp-ft", "multi-layer"))
            truth = {"truth": float(tuned.mean()), "truth_error": standard_error(tuned)}
            found[case] = truth | {"several": float(several.mean())}
    return found


def probe(data: LabelledData, case: Case, store: ActivationStore, *, tunes: bool) -> dict[str, float | None]:
    """Both probes in points, on training labels alone."""
    start = time.process_time()
    name, labels, draw = case
    drawn = few_labels(data, None if labels == "all" else int(labels), most=400, seed=draw)
    assert drawn is not None
    one = Measuring(CASES[name][0], drawn, seed=draw)
    backbone = load_backbone(CASES[name][0], seed=draw)
    positions = np.sort(np.concatenate([one.splits.train, one.splits.tune]))
    taps_ND = compute_features(backbone, [one.data.examples[i].item for i in positions], pool="taps", store=store)
    score = score_backbone(backbone, taps_ND, one.data, positions, store=store, seed=draw)
    found: dict[str, float | None] = {"layers": 100 * (score.several_layers - score.accuracy)}
    if tunes:
        first = make_selections(one.data, one.splits, seed=draw)[0]
        with tempfile.TemporaryDirectory() as home:
            tuned, head = (one.try_strategy(name, first, Path(home)) for name in ("lp-ft", "linear-probe"))
        gains = 100 * (tuned.right - head.right)
        found |= {"tuning": float(gains.mean()), "error": standard_error(gains)}
    return found | {"seconds": time.process_time() - start}


def summarise(probed: str, rows: Sequence[Row], called: Callable[[Row], str]) -> None:
    """The rank correlation with the truth, and mean gains of the cases by what they are called."""
    found = spearmanr([number(row, probed) for row in rows], [number(row, "truth") for row in rows])
    print(f"  {probed}: rank correlation with the gain of fine-tuning {found.statistic:+.2f}")
    groups: dict[str, list[Row]] = {}
    for row in sorted(rows, key=lambda row: number(row, probed)):
        groups.setdefault(called(row), []).append(row)
    for name, own in groups.items():
        gains = {column: np.array([number(row, column) for row in own]) for column in ("truth", "several")}
        errors = {column: standard_error(values) for column, values in gains.items() if len(values) > 1}
        print(
            f"    {name} ({len(own)}): lp-ft {gains['truth'].mean():+.2f} ± {errors.get('truth', np.nan):.2f}, "
            f"multi-layer {gains['several'].mean():+.2f} ± {errors.get('several', np.nan):.2f}"
        )


def number(row: Row, column: str) -> float:
    """Of a row that may have been read from a file."""
    return float(str(row[column]))


if __name__ == "__main__":
    main()
