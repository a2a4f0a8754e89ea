"""Which texts train, tune and test: given splits stay, a few long texts are cut in order, rows are drawn."""

from collections import Counter
from typing import Final

import numpy as np

from injerto.core.errors import DataError
from injerto.core.messages import say
from injerto.core.survey import Split
from injerto.data.contents import resolve_leaks
from injerto.data.labelled import LabelledData, Splits
from injerto.data.sequences.items import Passage
from injerto.data.splitting import divide_positions

_LEAST: Final = 10
"""Examples below which no part could be judged."""
_FEW_TEXTS: Final = 20
"""Below so many texts each is cut into parts; from there on a text lies in one split as a whole."""


def split_sequences(data: LabelledData, *, seed: int, tune_share: float = 0.1, test_share: float = 0.1) -> Splits:
    """Train, tune and test.

    Splits that the data give are kept, and copies of what is in test or tune leave train. Without them a few long texts
    are cut in their order: the last tenth of each is test and the tenth before it tune, since pieces drawn from all
    over a book would be judged beside their neighbours. Rows are drawn by `seed`, those of one group (a chat, a source
    sentence) together.

    Raises `DataError` for fewer than ten examples, splits without training, or only copies of what judges in it.
    """
    if len(data) < _LEAST:
        raise DataError("texts-few", source=data.source, number=len(data), least=_LEAST)
    given = [example.split for example in data.examples]
    if any(split in ("tune", "test") for split in given):
        return _keep(data, [split or "train" for split in given], seed, tune_share)
    if _is_few_long_texts(data):
        found = _cut_in_order(data, tune_share, test_share)
        values = {"tune": f"{100 * tune_share:.0f}", "test": f"{100 * test_share:.0f}"}
        return _without_leaks(data, found, say("language.split-order", **values))
    everything = np.arange(len(data), dtype=np.int64)
    shares = (1 - tune_share - test_share, tune_share, test_share)
    train, tune, test = divide_positions(data, everything, shares=shares, seed=seed)
    train_share = f"{100 * shares[0]:.0f}"
    origin = say(
        "language.split-rows",
        train=train_share,
        tune=f"{100 * tune_share:.0f}",
        test=f"{100 * test_share:.0f}",
        seed=seed,
    )
    return Splits(train=train, tune=tune, test=test, origin=origin)


def _is_few_long_texts(data: LabelledData) -> bool:
    pieces = Counter(example.group for example in data.examples)
    is_cut = all(isinstance(example.item, Passage) for example in data.examples) and max(pieces.values()) >= _LEAST
    return is_cut and len(pieces) < _FEW_TEXTS


def _cut_in_order(data: LabelledData, tune_share: float, test_share: float) -> list[Split]:
    sizes = Counter(example.group for example in data.examples)
    seen: Counter[str | None] = Counter()
    found: list[Split] = []
    for example in data.examples:
        place = seen[example.group] / sizes[example.group]
        seen[example.group] += 1
        found.append("test" if place >= 1 - test_share else "tune" if place >= 1 - test_share - tune_share else "train")
    return found


def _keep(data: LabelledData, given: list[Split], seed: int, tune_share: float) -> Splits:
    if "train" not in given:
        raise DataError("split-no-train", source=data.source, names=", ".join(sorted(set(given))))
    origin = say("data.split.given")
    if "test" not in given:
        given = ["test" if split == "tune" else split for split in given]
        origin = say("data.split.given-train-tune", tune_share=f"{100 * tune_share:.0f}")
    elif "tune" not in given:
        origin = say("data.split.given-train-test", tune_share=f"{100 * tune_share:.0f}")
    found = _without_leaks(data, given, origin)
    if len(found.tune):
        return found
    if _is_few_long_texts(data):
        number = max(1, round(tune_share * len(found.train)))
        train, tune = found.train[:-number], found.train[-number:]
    else:
        train, tune = divide_positions(data, found.train, shares=(1 - tune_share, tune_share), seed=seed)
    return Splits(
        train=train,
        tune=tune,
        test=found.test,
        origin=found.origin,
        num_leaks=found.num_leaks,
        problems=found.problems,
    )


def _without_leaks(data: LabelledData, given: list[Split], origin: str) -> Splits:
    dropped, num_leaks, problems = resolve_leaks(data, given)
    train, tune, test = (
        np.array([i for i, own in enumerate(given) if own == split and i not in dropped], dtype=np.int64)
        for split in ("train", "tune", "test")
    )
    if not len(train):
        raise DataError("texts-all-copies", source=data.source)
    return Splits(train=train, tune=tune, test=test, origin=origin, num_leaks=num_leaks, problems=tuple(problems))
