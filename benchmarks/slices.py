"""Which part of planted slices does SC001 find, and how often does it find what is not there?

    python -m benchmarks.slices [--draws 100-200] [--only simulated,flowers,characters,intents,intents-mixed]
                                [--sizes 400,800] [--out slices.json]

A slice is a kind of example of which 60 % are answered wrongly, where 8 % of the others are; two kinds are planted in
each draw. All but `simulated` need `../shared`.

- `simulated`: sixteen kinds of four labels in 48 features.
- `flowers`: features of photographs by a MobileNet; a kind is a cell of a k-means clustering into 25 of *other*
  photographs, so that the audit does not find its own clusters. Such cells have no meaning and no clear edge.
- `characters`: drawings by the shipped glyph network; a kind is a character, the label its alphabet. 25 characters of
  five alphabets, 16 drawings each: there are not more than 20, so that this row has one size.
- `intents`: messages to a bank by the shipped text encoder; a kind is one of 25 intents, the label one of five groups
  of intents near to each other, `intents-mixed`: of five intents each by chance.

A slice counts as found where 6 of the 10 most typical examples of one finding lie in it, a finding as foreign where
fewer than 3 lie in any. `alarms` are draws without a slice in which something was found. `held` is the share of
findings whose interval holds the region's true gap, `excess` by how many points the gap given exceeds it on average.
Draws 0 to 19 were looked at when the method was made.
"""

import argparse
import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from time import process_time
from typing import Final

import numpy as np
import torch
from sklearn.cluster import KMeans

from benchmarks.reporting import Report
from injerto.activations.reading import compute_features
from injerto.activations.store.store import ActivationStore
from injerto.audits.slices import find_slices
from injerto.backbones.loading import load_backbone
from injerto.data.items import AbstractItem, ImageFile, Text
from injerto.data.reading import read_data

SHARED: Final = Path(__file__).resolve().parents[1].parent / "shared"
COLUMNS: Final = ("case", "examples", "planted", "found %", "foreign", "alarms", "of", "held", "excess", "seconds")
_WRONG: Final = (0.08, 0.6)
_PLANTED: Final = 2
_KINDS: Final = 25
_LABELS: Final = 5

Pool = tuple[np.ndarray, np.ndarray]
"""Features, and the label or the kind of each example."""
Case = tuple[np.ndarray, np.ndarray, np.ndarray]
"""Features, labels and kinds."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Tried:
    """One draw."""

    hits: int
    foreign: int
    gaps: list[tuple[bool, float]]
    """For each finding whether its interval holds the true gap, and by how much the gap exceeds it."""
    seconds: float
    found: int


def main() -> None:
    """Print a row a case and size."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--draws", default="100-200")
    parser.add_argument("--only", default=",".join(_CASES))
    parser.add_argument("--sizes", default="400,800")
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    first, last = map(int, arguments.draws.split("-"))
    report = Report("slices", COLUMNS, arguments.out)
    for name in arguments.only.split(","):
        open_pool, draw = _CASES[name]
        pool = open_pool()
        for number in map(int, arguments.sizes.split(",")):
            if name == "characters" and number > 20 * _KINDS:
                continue
            report.add(**_measure(name, number, (draw(pool, number, seed) for seed in range(first, last)), first))


def _measure(name: str, number: int, cases: Iterator[Case], first: int) -> dict[str, object]:
    tried, alarms = [], 0
    for seed, case in enumerate(cases, start=first):
        tried.append(_try(case, seed, planted=_PLANTED))
        alarms += _try(case, seed, planted=0).found > 0
    total = _PLANTED * len(tried)
    gaps = [one for draw in tried for one in draw.gaps]
    values = (
        *(name, number, total),
        f"{100 * sum(one.hits for one in tried) / total:.0f}",
        sum(one.foreign for one in tried),
        *(alarms, len(tried)),
        f"{np.mean([held for held, _ in gaps]):.2f}" if gaps else "–",
        f"{100 * np.mean([excess for _, excess in gaps]):+.1f}" if gaps else "–",
        f"{np.mean([one.seconds for one in tried]):.2f}",
    )
    return dict(zip(COLUMNS, values, strict=True))


def _try(case: Case, seed: int, *, planted: int) -> Tried:
    """Planted slices that were found, and findings that are none of them."""
    features, target, kind = case
    generator = np.random.default_rng(1000 + seed)
    kinds, counts = np.unique(kind, return_counts=True)
    chosen = generator.permutation(kinds[counts >= 16])[:planted]
    rates = np.where(np.isin(kind, chosen), _WRONG[1], _WRONG[0])
    right = generator.random(len(kind)) > rates
    start = process_time()
    slices = find_slices(features, right.astype(float), target, seed=seed)
    seconds = process_time() - start
    purity = [[float((kind[one.positions[:10]] == bad).mean()) for bad in chosen] for one in slices]
    gaps = []
    for one in slices:
        inside = np.isin(np.arange(len(kind)), one.positions)
        true = float(rates[inside].mean() - rates[~inside].mean())
        gaps.append((one.gap.low <= true <= one.gap.high, one.gap.value - true))
    return Tried(
        hits=sum(any(row[place] >= 0.6 for row in purity) for place in range(len(chosen))),
        foreign=sum(max(row, default=0.0) < 0.3 for row in purity),
        gaps=gaps,
        seconds=seconds,
        found=len(slices),
    )


def _nothing() -> Pool:
    return np.zeros((0, 0)), np.zeros(0)


def _simulate(_: Pool, number: int, seed: int) -> Case:
    generator = np.random.default_rng(seed)
    centres = generator.normal(size=(16, 48)) + np.repeat(generator.normal(size=(4, 48)), 4, axis=0)
    kind = generator.integers(0, 16, number)
    return centres[kind] + generator.normal(size=(number, 48)), kind // 4, kind


def _read(backbone: str, items: list[AbstractItem]) -> np.ndarray:
    with torch.no_grad():
        features = compute_features(load_backbone(backbone), items, pool="pooled", store=ActivationStore())
    return features.numpy().astype(np.float64)


def _flowers() -> Pool:
    data = read_data(SHARED / "data" / "flowers128")
    items = [example.item for example in data.examples]
    return _read(str(SHARED / "weights" / "mobilenetv2_100.imagenet"), items), data.targets()


def _draw_cells(pool: Pool, number: int, seed: int) -> Case:
    features, target = pool
    order = np.random.default_rng(seed).permutation(len(features))
    mine, others = order[:number], order[number:]
    spread = features[others].std(axis=0)
    scaled = (features - features[others].mean(axis=0)) / np.where(spread > 0, spread, 1)
    kinds = KMeans(n_clusters=_KINDS, n_init=2, random_state=seed).fit(scaled[others])
    return features[mine], target[mine], kinds.predict(scaled[mine])


def _characters() -> Pool:
    files = sorted((SHARED / "data" / "omniglot_small").glob("*/*/*.png"))
    names = np.array([f"{file.parent.parent.name}/{file.parent.name}" for file in files])
    return _read("injerto-glyphs-r10", [ImageFile(file) for file in files]), names


def _intents() -> Pool:
    rows = []
    for name in ("train", "test"):
        with (SHARED / "data" / "banking77" / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
            rows += list(csv.reader(stream))[1:]
    return _read("injerto-minitext-en-es", [Text(row[0]) for row in rows]), np.array([row[1] for row in rows])


def _draw_characters(pool: Pool, number: int, seed: int) -> Case:
    """As many characters of each alphabet."""
    generator = np.random.default_rng(seed)
    names = np.unique(pool[1])
    alphabet = np.array([name.split("/")[0] for name in names])
    chosen = {
        str(name): label
        for label, one in enumerate(np.unique(alphabet))
        for name in generator.permutation(names[alphabet == one])[: _KINDS // _LABELS]
    }
    return _draw_named(pool, number, chosen, generator)


def _draw_intents(pool: Pool, number: int, seed: int) -> Case:
    """Intents whose mean features are near have one label."""
    generator = np.random.default_rng(seed)
    names, chosen = _choose(pool, number, generator)
    means = np.array([pool[0][pool[1] == name].mean(axis=0) for name in names])
    means /= np.linalg.norm(means, axis=1, keepdims=True)
    labels = KMeans(n_clusters=_LABELS, n_init=4, random_state=seed).fit(means).labels_
    return _draw_named(pool, number, dict(zip(chosen, map(int, labels), strict=True)), generator)


def _draw_mixed(pool: Pool, number: int, seed: int) -> Case:
    generator = np.random.default_rng(seed)
    _, chosen = _choose(pool, number, generator)
    labels = {name: place % _LABELS for place, name in enumerate(chosen)}
    return _draw_named(pool, number, labels, generator)


def _choose(pool: Pool, number: int, generator: np.random.Generator) -> tuple[np.ndarray, list[str]]:
    """Kinds that have examples enough."""
    names, counts = np.unique(pool[1], return_counts=True)
    chosen = generator.permutation(names[counts >= number // _KINDS])[:_KINDS]
    return chosen, [str(name) for name in chosen]


def _draw_named(pool: Pool, number: int, label_of: dict[str, int], generator: np.random.Generator) -> Case:
    """As many examples of each kind, in any order."""
    features, names = pool
    mine = [generator.permutation(np.flatnonzero(names == name))[: number // len(label_of)] for name in label_of]
    places = generator.permutation(np.concatenate(mine))
    return features[places], np.array([label_of[str(name)] for name in names[places]]), names[places]


_CASES: Final[dict[str, tuple[Callable[[], Pool], Callable[[Pool, int, int], Case]]]] = {
    "simulated": (_nothing, _simulate),
    "flowers": (_flowers, _draw_cells),
    "characters": (_characters, _draw_characters),
    "intents": (_intents, _draw_intents),
    "intents-mixed": (_intents, _draw_mixed),
}


if __name__ == "__main__":
    main()
