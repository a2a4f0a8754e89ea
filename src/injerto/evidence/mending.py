"""Ways to refit the last layer on stored features, judged on test examples that chose none of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from time import perf_counter
from typing import Final, final

import numpy as np
import torch
from torch import Tensor

from injerto.artifacts.model import score_features
from injerto.core.evidence import Interval
from injerto.core.mending import CellFigures, Mended, Mending
from injerto.core.seeds import derive_seed
from injerto.data.arrays import Floats, Ints
from injerto.evidence.bootstrap import measure_accuracy, measure_gain
from injerto.evidence.frontier import measure_frontier
from injerto.strategies.heads.balanced import fit_averaged, fit_balanced
from injerto.strategies.heads.closed_form import fit_ridge
from injerto.strategies.heads.erasure import fit_erased
from injerto.strategies.heads.error_weighted import fit_error_weighted
from injerto.strategies.heads.head import FittedHead

LEAST: Final = 10
"""Test examples of a cell below which nothing is said of it."""
_LEAST_TO_DRAW: Final = 2
_DRAWS: Final = 30
_MOST_COLLECTED: Final = 3
_SHARPNESS: Final = 3.0
"""That of `error-weighted-probe` where nobody says another."""


@final
@dataclass(frozen=True, kw_only=True)
class Part:
    """Examples of one split that have a group."""

    features: Tensor
    """Shape (examples, features)."""
    targets: Ints
    groups: Sequence[str]

    @cached_property
    def cells(self) -> list[tuple[int, str]]:
        """Label and group of each example."""
        return list(zip(self.targets.tolist(), self.groups, strict=True))


def measure_mending(
    train: Part, test: Part, *, labels: tuple[str, ...], model: str, column: str, seed: int
) -> Mending | None:
    """Every way before and after; None where fewer than two cells have ten test examples and one for training."""
    known = set(train.cells)
    judged = sorted(cell for cell in set(test.cells) if test.cells.count(cell) >= LEAST and cell in known)
    if len(judged) < 2:
        return None
    masks = {cell: np.array([one == cell for one in test.cells]) for cell in judged}
    targets = torch.from_numpy(train.targets)
    right, seconds, penalty = {}, {}, 1.0
    for name, fit in _ways(train, targets, len(labels), seed).items():
        start = perf_counter()
        fitted = fit()
        seconds[name] = perf_counter() - start
        told = score_features(fitted.head, test.features.float()).argmax(1).numpy()
        right[name] = (told == test.targets).astype(np.float64)
        penalty = float(fitted.facts["lambda"]) if name == "weighted" else penalty
    worst = min(judged, key=lambda cell: (right["plain"][masks[cell]].mean(), cell))
    ways = tuple(
        _judge(name, values, right["plain"], masks, worst, seconds[name], labels, column, seed)
        for name, values in right.items()
    )
    better = [way for way in ways if way.name != "plain" and way.gain.low > 0]
    number = {cell: place for place, cell in enumerate(judged)}
    inside = np.array([cell in number for cell in test.cells])
    frontier, taken = measure_frontier(
        train.features,
        targets,
        np.array([_number_of(cell, number) for cell in train.cells]),
        test_features=test.features[torch.from_numpy(inside)],
        test_targets=torch.from_numpy(test.targets[inside]),
        test_cells=np.array([number[cell] for cell in test.cells if cell in number]),
        num_classes=len(labels),
        penalty=penalty,
    )
    cells = _describe(judged, train, masks, right["plain"], labels, seed)
    return Mending(
        model=model,
        column=column,
        num_train=len(train.targets),
        num_test=len(test.targets),
        cells=cells,
        ways=ways,
        best=max(better, key=lambda way: way.worst.value).name if better else None,
        frontier=frontier,
        frontier_seconds=taken,
        collect=_to_collect(cells),
    )


def _number_of(cell: tuple[int, str], number: dict[tuple[int, str], int]) -> int:
    """The number of a judged cell; all that are not judged share one, so that they weigh together."""
    return number.get(cell, len(number))


def _ways(train: Part, targets: Tensor, num_classes: int, seed: int) -> dict[str, Callable[[], FittedHead]]:
    """The fits by name, the plain head first."""
    sizes = [train.cells.count(cell) for cell in set(train.cells)]
    found: dict[str, Callable[[], FittedHead]] = {
        "plain": partial(fit_ridge, train.features, targets, num_classes=num_classes),
        "weighted": partial(fit_balanced, train.features, targets, train.groups, num_classes=num_classes),
    }
    if min(sizes) >= _LEAST_TO_DRAW:
        found["averaged"] = partial(
            fit_averaged, train.features, targets, train.groups, num_classes=num_classes, draws=_DRAWS, seed=seed
        )
    found["missed"] = partial(
        fit_error_weighted, train.features, targets, num_classes=num_classes, sharpness=_SHARPNESS, seed=seed
    )
    found["erased"] = partial(fit_erased, train.features, targets, train.groups, num_classes=num_classes)
    return found


def _judge(
    name: str,
    right: Floats,
    plain: Floats,
    masks: dict[tuple[int, str], np.ndarray],
    worst_before: tuple[int, str],
    seconds: float,
    labels: tuple[str, ...],
    column: str,
    seed: int,
) -> Mended:
    worst = min(masks, key=lambda cell: (right[masks[cell]].mean(), cell))
    inside = masks[worst_before]
    strategies = {
        "plain": "linear-probe",
        "weighted": f"balanced-probe:by={column},draws=0",
        "averaged": f"balanced-probe:by={column}",
        "missed": "error-weighted-probe",
        "erased": f"erased-probe:by={column}",
    }
    return Mended(
        name=name,
        strategy=strategies[name],
        accuracy=measure_accuracy(right, seed=derive_seed(seed, name)),
        worst=measure_accuracy(right[masks[worst]], seed=derive_seed(seed, name, "worst")),
        worst_cell=f"{labels[worst[0]]} × {worst[1]}",
        gain=measure_gain(right[inside], plain[inside], seed=derive_seed(seed, name, "gain")),
        seconds=seconds,
    )


def _describe(
    judged: Sequence[tuple[int, str]],
    train: Part,
    masks: dict[tuple[int, str], np.ndarray],
    plain: Floats,
    labels: tuple[str, ...],
    seed: int,
) -> tuple[CellFigures, ...]:
    def accuracy(cell: tuple[int, str]) -> Interval:
        return measure_accuracy(plain[masks[cell]], seed=derive_seed(seed, "cell", *map(str, cell)))

    found = [
        CellFigures(
            label=labels[cell[0]],
            group=cell[1],
            num_train=train.cells.count(cell),
            num_test=int(masks[cell].sum()),
            accuracy=accuracy(cell),
        )
        for cell in judged
    ]
    return tuple(sorted(found, key=lambda one: (one.accuracy.value if one.accuracy else 1.0, one.label, one.group)))


def _to_collect(cells: Sequence[CellFigures]) -> tuple[str, ...]:
    """Cells that are answered worse than the mean and have fewer training examples than the middle one."""
    middle = float(np.median([one.num_train for one in cells]))
    mean = float(np.mean([one.accuracy.value for one in cells if one.accuracy]))
    poor = [one for one in cells if one.accuracy and one.accuracy.value < mean and one.num_train < middle]
    return tuple(f"{one.label} × {one.group}" for one in poor[:_MOST_COLLECTED])
