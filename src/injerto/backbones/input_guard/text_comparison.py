"""Texts against the token ids that were made of them."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, Final, Literal, final

from injerto.backbones.input_guard.fault import AbstractComparison, AbstractFault, Evidence, Fit
from injerto.core.provenance import TextContract

Casing = Literal["as it is", "lower", "upper", "kept"]
Ids = list[int]

_LONGEST: Final = 128
"""Characters of a text for each token that is read, as in `text_preparation`."""


@final
@dataclass(frozen=True, kw_only=True, slots=True)
class TextReading:
    """What decides the ids of a text."""

    casing: Casing = "as it is"
    """`kept` is a tokenizer that should have lower-cased and did not."""
    keeps: Literal["beginning", "end"] = "beginning"
    length: int
    """Longest input, special tokens included."""
    special_tokens: bool = True


@final
class TextComparison(AbstractComparison[TextReading]):
    """Texts, a tokenizer, and the rows that were given; the misfit is the share of ids that differ."""

    same = 0.0
    foreign = 0.5

    def __init__(
        self, texts: Sequence[str], given: Sequence[Ids], tokenizer: Any, contract: TextContract, *, padded_left: bool
    ) -> None:
        self.contract = contract
        self.given = given
        self.padded_left = padded_left
        self._texts = texts
        self._tokenizer = tokenizer
        self._case_keeping: Any = None
        self._before, self._behind = _special_tokens(tokenizer)
        self._contents: dict[tuple[int, str, str], Ids] = {}

    @property
    def has_special_tokens(self) -> bool:
        return bool(self._before or self._behind)

    def start(self) -> tuple[TextReading, ...]:
        return (TextReading(length=self.contract.max_length),) * len(self._texts)

    def fit(self, readings: Sequence[TextReading]) -> Fit:
        by_item = tuple(_difference(self.row(i, r), self.given[i]) for i, r in enumerate(readings))
        return Fit(misfit=sum(by_item) / max(1, len(by_item)), by_item=by_item)

    def row(self, index: int, reading: TextReading) -> Ids:
        """The ids of a text under a reading, without padding."""
        before, behind = (self._before, self._behind) if reading.special_tokens else ([], [])
        room = max(0, reading.length - len(before) - len(behind))
        content = self._content(index, reading)
        kept = content[:room] if reading.keeps == "beginning" else content[max(0, len(content) - room) :]
        return before + kept + behind

    def overlap(self, readings: Sequence[TextReading]) -> float:
        """Share of all ids that were given which are also the contract's, wherever they stand."""
        expected = Counter(chain.from_iterable(self.row(i, r) for i, r in enumerate(readings)))
        found = Counter(chain.from_iterable(self.given))
        return (expected & found).total() / max(1, found.total())

    def _content(self, index: int, reading: TextReading) -> Ids:
        key = (index, reading.casing, reading.keeps)
        if key not in self._contents:
            text, limit = self._texts[index], self.contract.max_length * _LONGEST
            text = text[:limit] if reading.keeps == "beginning" else text[-limit:]
            text = {"lower": text.lower, "upper": text.upper}.get(reading.casing, lambda: text)()
            self._contents[key] = self._encode(text, reading.casing)
        return self._contents[key]

    def _encode(self, text: str, casing: Casing) -> Ids:
        if casing == "kept":
            if self._case_keeping is None:
                self._case_keeping = _keep_case(self._tokenizer.backend_tokenizer)
            return list(self._case_keeping.encode(text, add_special_tokens=False).ids)
        return list(self._tokenizer(text, add_special_tokens=False, truncation=False, verbose=False)["input_ids"])


class AbstractTextFault(AbstractFault[TextReading, TextComparison]):
    """A fault of texts."""

    kind = "text"


TextEvidence = Evidence[TextComparison]


def _difference(expected: Ids, found: Ids) -> float:
    longest = max(len(expected), len(found))
    return 1 - sum(a == b for a, b in zip(expected, found, strict=False)) / longest if longest else 0.0


def _special_tokens(tokenizer: Any) -> tuple[Ids, Ids]:
    """What the tokenizer puts before and behind a text."""
    whole: Ids = list(tokenizer("a")["input_ids"])
    content: Ids = list(tokenizer("a", add_special_tokens=False)["input_ids"])
    starts = [n for n in range(len(whole) - len(content) + 1) if whole[n : n + len(content)] == content]
    start = starts[0] if starts else 0
    return whole[:start], whole[start + len(content) :]


def _keep_case(backend: Any) -> Any:
    """The same tokenizer, lower-casing nothing."""
    settings = json.loads(backend.to_str())
    settings["truncation"] = settings["padding"] = None
    parts = list(_without_lowercase(settings.get("normalizer")))
    settings["normalizer"] = {"type": "Sequence", "normalizers": parts} if parts else None
    return type(backend).from_str(json.dumps(settings))


def _without_lowercase(normalizer: Any) -> Iterator[dict[str, Any]]:
    if normalizer is None or normalizer["type"] == "Lowercase":
        return
    if normalizer["type"] == "Sequence":
        for part in normalizer["normalizers"]:
            yield from _without_lowercase(part)
    elif normalizer["type"] == "BertNormalizer":
        yield normalizer | {"lowercase": False}
    else:
        yield normalizer
