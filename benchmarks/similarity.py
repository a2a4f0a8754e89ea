"""What the scores of a first pass are worth: which of two networks is the better one on a data set.

    python -m benchmarks.similarity [--only digits,sst2] [--out similarity.json]

Needs `../shared`. Ten sets of pictures under three networks: every score is measured on 100 examples, and the truth is
what `linear-probe`'s head, trained on those, gets right of up to 240 others. `agree` is the share of the pairs of
networks that a score puts in the order of the truth, pairs with less than two points between them left out; `loses`
is what the network with the best score gets right less than the best network, in points, on average and at worst.
`reference` is the Fréchet distance to a hundred photographs of ants and bees, as of a network that remembers nothing of
its source. Of texts there is one network: the share of whole words stands beside what the network gains over its own
random weights.
"""

import argparse
import itertools
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch

from benchmarks.regret.cases import CASES, DATA, PHOTOGRAPHS, SYMBOLS, TEXTS
from benchmarks.reporting import Report
from injerto.activations.reading import compute_features
from injerto.activations.store.store import ActivationStore
from injerto.artifacts.model import score_features
from injerto.backbones.backbone import AbstractBackbone
from injerto.backbones.loading import load_backbone
from injerto.core.progress import Silent
from injerto.core.survey import Modality
from injerto.data.items import AbstractItem
from injerto.data.labelled import LabelledData
from injerto.data.reading import read_data
from injerto.planning.ranking import score_backbones
from injerto.planning.similarity import compare_with_reference, measure_similarity
from injerto.strategies.heads.linear_choice import fit_linear

NETWORKS: Final = (PHOTOGRAPHS, SYMBOLS, "injerto-glyphs-r10")
ALPHABETS: Final = ("Greek", "Korean", "Latin")
TRAIN, TEST = 100, 240
APART: Final = 0.02
"""Of accuracy; less is not told apart by so few examples."""
REFERENCE: Final = "hymenoptera"
"""Photographs that stand for the source of the networks, as if their batch norms remembered nothing."""
SCORES: Final = ("frechet", "overlap", "left_out", "nearest", "logme", "h_score")


def main() -> None:
    """Print a row a data set and network, then how often each score has the order right."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="")
    parser.add_argument("--out", type=Path)
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    only = chosen.only.split(",") if chosen.only else None
    columns = ("data", "network", *SCORES, "reference", "whole_words", "right", "random")
    report = Report("similarity", columns, chosen.out)
    rows: dict[str, list[dict[str, Any]]] = {}
    with tempfile.TemporaryDirectory() as work:
        for name, data in _read(Path(work), only):
            for spec in NETWORKS if data.modality is Modality.IMAGE else (TEXTS,):
                row = measure(data, spec, Path(work))
                report.add(data=name, network=Path(spec).name, **row)
                rows.setdefault(name, []).append(row)
    pairs = [pair for own in rows.values() for pair in itertools.combinations(own, 2)]
    told = [(one, other) for one, other in pairs if abs(one["right"] - other["right"]) >= APART]
    print(f"\n{len(told)} pairs of networks more than {100 * APART:.0f} points apart, of {len(pairs)}:")
    for score in SCORES:
        sign = -1 if score == "frechet" else 1
        right = [sign * (one[score] - other[score]) * (one["right"] - other["right"]) > 0 for one, other in told]
        lost = [
            max(row["right"] for row in own) - _first(own, score, sign)["right"]
            for own in rows.values()
            if len(own) > 1
        ]
        print(f"  {score}: agrees on {sum(right)}, loses {100 * np.mean(lost):.1f}, {100 * max(lost):.0f} at worst")


def _first(rows: list[dict[str, Any]], score: str, sign: int) -> dict[str, Any]:
    return max(rows, key=lambda row: sign * row[score])


def measure(data: LabelledData, spec: str, work: Path) -> dict[str, Any]:
    """One row."""
    order = _shuffle(data)
    train, test = order[:TRAIN], order[TRAIN : TRAIN + TEST]
    backbone = load_backbone(spec)
    store = ActivationStore(work / "store")
    score = score_backbones([backbone], data, train, store=store, seed=0, reporter=Silent())[0]
    similar = measure_similarity(backbone, [data.examples[i].item for i in train])
    return {
        "frechet": similar.frechet,
        "overlap": similar.overlap,
        "left_out": max(score.accuracy, score.several_layers),
        "nearest": score.nearest,
        "logme": score.log_evidence,
        "h_score": score.h_score,
        "reference": _beside_photographs(backbone, [data.examples[i].item for i in train], store),
        "whole_words": similar.known_words,
        "right": _probe(backbone, data, train, test, store),
        "random": _probe(load_backbone(spec, pretrained=False), data, train, test, store)
        if data.modality is Modality.TEXT
        else None,
    }


def _beside_photographs(backbone: AbstractBackbone, items: list[AbstractItem], store: ActivationStore) -> float | None:
    """Fréchet distance to a reference set; None for texts."""
    if backbone.modality is not Modality.IMAGE:
        return None
    data = read_data(DATA / REFERENCE)
    reference = [data.examples[i].item for i in _shuffle(data)[TRAIN : 2 * TRAIN]]
    return compare_with_reference(backbone, items, reference, store=store).frechet


def _probe(
    backbone: AbstractBackbone, data: LabelledData, train: np.ndarray, test: np.ndarray, store: ActivationStore
) -> float:
    items = [data.examples[i].item for i in (*train, *test)]
    found = compute_features(backbone, items, store=store)
    targets = torch.from_numpy(data.targets())
    head = fit_linear(found[: len(train)], targets[train], num_classes=len(data.labels)).head
    return float((score_features(head, found[len(train) :]).argmax(1) == targets[test]).double().mean())


def _shuffle(data: LabelledData) -> np.ndarray:
    """Classes in turn, so that the first hundred hold each as often."""
    order = np.random.default_rng(0).permutation(len(data))
    targets, turn = data.targets()[order], np.empty(len(order), dtype=int)
    for label in np.unique(targets):
        turn[targets == label] = np.arange((targets == label).sum())
    found: np.ndarray = order[np.argsort(turn, kind="stable")]
    return found


def _read(work: Path, only: list[str] | None) -> Iterator[tuple[str, LabelledData]]:
    for name, (_, read) in CASES.items():
        if name not in ("omniglot", "banking77") and (only is None or name in only):
            yield name, read(work)
    for name in ALPHABETS:
        if only is None or name in only:
            yield name, read_data(DATA / "omniglot_small" / name)


if __name__ == "__main__":
    main()
