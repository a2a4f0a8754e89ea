"""On which examples a search judges: parts of train and tune that the trial itself has not seen, and never test."""

from typing import Final

import numpy as np

from injerto.core.messages import say
from injerto.core.seeds import derive_seed
from injerto.data.labelled import LabelledData, Splits
from injerto.data.splitting import divide_positions

ENOUGH_TO_JUDGE: Final = 30
"""Examples of train and tune below which no difference between strategies could be told from chance."""
_ENOUGH_FOR_ONE: Final = 1000
"""With so many, a fifth of them judges well; with fewer each third judges in turn, so that all of them count."""
_STOPPING_SHARE: Final = 0.15


def make_selections(data: LabelledData, splits: Splits, *, seed: int) -> tuple[Splits, ...]:
    """Divisions of train and tune: `train` and `tune` of each are a trial's own, its `test` judges the trial.

    Content and groups stay together, as in every split. Where classes are so small that a trial learns nothing of some,
    their examples neither stop nor judge it: which label nobody has heard of is told apart by nothing but luck, and in
    a log loss those few would drown all others.
    """
    positions = np.sort(np.concatenate([splits.train, splits.tune]))
    in_turn = len(positions) < _ENOUGH_FOR_ONE
    shares = (1 / 3, 1 / 3, 1 / 3) if in_turn else (0.8, 0.2)
    parts = divide_positions(data, positions, shares=shares, seed=derive_seed(seed, "selection"))
    judging = parts if in_turn else parts[1:]
    return tuple(_one(data, positions, part, seed=derive_seed(seed, "selection", i)) for i, part in enumerate(judging))


def _one(data: LabelledData, positions: np.ndarray, judging: np.ndarray, *, seed: int) -> Splits:
    rest = np.setdiff1d(positions, judging)
    train, tune = divide_positions(data, rest, shares=(1 - _STOPPING_SHARE, _STOPPING_SHARE), seed=seed)
    tune, judging = (_of_known_classes(data, part, train) for part in (tune, judging))
    return Splits(train=train, tune=tune, test=judging, origin=say("plan.selection"))


def _of_known_classes(data: LabelledData, positions: np.ndarray, train: np.ndarray) -> np.ndarray:
    """Those whose class has a training example; all of them where that leaves none, or an example has no one class."""
    if data.multi_label or data.transcribed or data.has_boxes:
        return positions
    targets = data.targets()
    known = positions[np.isin(targets[positions], targets[train])]
    return known if len(known) else positions
