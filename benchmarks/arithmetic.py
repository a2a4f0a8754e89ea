"""What computing frozen layers in fewer bits costs in accuracy and gains in speed, over paired seeds.

    python -m benchmarks.arithmetic [--seeds 10] [--only sst2,digits] [--most 1000] [--out arithmetic.json]
                                    [--runtime onnxruntime-int8]

Needs `../shared`, and a processor with units for bfloat16. Real data and real weights: features once in float32 and
once in bfloat16, or what `--runtime` says (int8 runs pictures alone); the same half of the examples trains a linear
head (logistic regression of standardised features) and the other half judges it. `difference` decides whether injerto
uses it: the largest of a feature, relative to the largest feature, against the tolerance of the runtime, 1e-2 for
bfloat16. `both` trains and asks in fewer bits, `served` asks the same head in float32, as a model does that answers
one example at a time; after each the standard error over the seeds.
"""

import argparse
import time
from pathlib import Path
from statistics import mean, stdev
from typing import Final

import numpy as np
import torch
from sklearn.linear_model import LogisticRegression
from torch import Tensor

from benchmarks.regret.cases import CASES, SHARED
from benchmarks.reporting import Report
from injerto.activations.cut.frozen_part import FrozenPart
from injerto.activations.runtimes.runtime import runtimes
from injerto.backbones.loading import load_backbone
from injerto.data.items import AbstractItem
from injerto.data.labelled import LabelledData
from injerto.data.reading import read_data

WEIGHTS: Final = SHARED / "weights"
PAIRS: Final = {
    "hymenoptera": str(WEIGHTS / "mobilenetv2_100.imagenet"),
    "flowers128": str(WEIGHTS / "mobilenetv2_035.imagenet_trunk"),
    "omniglot_small": "injerto-mix-r10",
    "tweet_sentiment/spanish": "injerto-minitext-en-es",
    "sst2": "injerto-minitext-en-es",
    "ag_news": "injerto-minitext-en-es",
    "banking77": "injerto-minitext-en-es",
}
BATCH: Final = 16


def main() -> None:
    """One row a pair of data and weights."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--only", default=",".join(PAIRS))
    parser.add_argument("--most", type=int, default=1000)
    parser.add_argument("--runtime", default="bfloat16", choices=("bfloat16", "onnxruntime-int8"))
    parser.add_argument("--out", type=Path)
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    columns = (
        "data",
        "weights",
        "difference",
        "used",
        "speed_up",
        "accuracy",
        "both",
        "both_se",
        "served",
        "served_se",
    )
    report = Report("arithmetic", columns, chosen.out)
    for name in chosen.only.split(","):
        measure(name, chosen.seeds, chosen.most, chosen.runtime, report)


def measure(name: str, seeds: int, most: int, runtime: str, report: Report) -> None:
    """Features both ways, and heads on them."""
    data = read(name)
    some = np.random.default_rng(0).permutation(len(data))[:most]
    items, targets = [data.examples[i].item for i in some], data.targets()[some]
    exact, exact_seconds = compute(PAIRS[name], items, "folded")
    rounded, seconds = compute(PAIRS[name], items, runtime)
    difference = float((rounded - exact).abs().max() / exact.abs().max())
    accuracy, both, served = [], [], []
    for seed in range(seeds):
        order = np.random.default_rng(seed).permutation(len(items))
        train, test = order[: len(order) // 2], order[len(order) // 2 :]
        plain = judge(exact, exact, targets, train, test)
        accuracy.append(plain)
        both.append(judge(rounded, rounded, targets, train, test) - plain)
        served.append(judge(rounded, exact, targets, train, test) - plain)
    report.add(
        data=name,
        weights=Path(PAIRS[name]).name,
        difference=difference,
        used=difference <= runtimes.get(runtime).tolerance,
        speed_up=exact_seconds / seconds,
        accuracy=100 * mean(accuracy),
        both=100 * mean(both),
        both_se=100 * stdev(both) / seeds**0.5,
        served=100 * mean(served),
        served_se=100 * stdev(served) / seeds**0.5,
    )


def read(name: str) -> LabelledData:
    """By name, with the columns that a set needs."""
    if name == "ag_news":
        return CASES[name][1](Path())
    return read_data(SHARED / "data" / name)


def compute(weights: str, items: list[AbstractItem], runtime: str) -> tuple[Tensor, float]:
    """Features by one runtime, and the seconds of the processor that its network took."""
    backbone = load_backbone(weights).eval()
    part = FrozenPart(backbone, pool="pooled")
    found, seconds = [], 0.0
    kind = runtimes.get(runtime)
    with torch.no_grad(), kind().open(part, backbone.prepare(items[: kind.num_examples]), lanes=1) as run:
        for start in range(0, len(items), BATCH):
            inputs = backbone.prepare(items[start : start + BATCH])
            begin = time.process_time()
            found.append(run(inputs))
            seconds += time.process_time() - begin
    return torch.cat(found), seconds


def judge(learnt: Tensor, asked: Tensor, targets: np.ndarray, train: np.ndarray, test: np.ndarray) -> float:
    """Accuracy on `test` in the features `asked` of a head that was trained on `train` in those it learnt from."""
    centre, scale = learnt[train].mean(0), learnt[train].std(0) + 1e-6
    head = LogisticRegression(C=0.01, max_iter=300).fit(((learnt[train] - centre) / scale).numpy(), targets[train])
    return float((head.predict(((asked[test] - centre) / scale).numpy()) == targets[test]).mean())


if __name__ == "__main__":
    main()
