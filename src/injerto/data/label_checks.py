"""Whether the labels can be learnt at all, and which of them look like slips of the pen."""

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import Final

from injerto.core.errors import DataError
from injerto.core.messages import say
from injerto.core.survey import Problem
from injerto.data.draft import Draft, make_problem
from injerto.data.transcripts import collect_characters

_FEW: Final = 20


def collect_labels(draft: Draft, *, to_learn: bool = True) -> tuple[str, ...]:
    """Every label, sorted; raises `DataError` where there is nothing to learn, or where they are no classes."""
    counts = Counter(label for example in draft.examples for label in example.labels)
    if not draft.examples or not counts:
        raise DataError("no-examples", source=draft.source)
    if draft.transcribed:
        return collect_characters(example.labels[0] for example in draft.examples)
    if not to_learn:
        return tuple(sorted(counts))
    if len(counts) == 1 and not _single_label_is_useful(draft):
        raise DataError("one-class", source=draft.source, label=next(iter(counts)))
    if len(draft.examples) >= _FEW and 2 * len(counts) > len(draft.examples) and not draft.multi_label:
        raise DataError("labels-unique", source=draft.source, num_labels=len(counts), num_examples=len(draft.examples))
    return tuple(sorted(counts))


def find_label_problems(draft: Draft) -> list[Problem]:
    """Classes with one example, and labels that differ in a way which people do not mean."""
    if draft.transcribed:
        return []
    counts = Counter(label for example in draft.examples for label in example.labels)
    problems = [
        make_problem(
            "class-single", _where(draft, label), say("data.problem.class-single", label=label), "kept-in-train"
        )
        for label in sorted(counts)
        if counts[label] == 1
    ]
    for labels in near_equal(counts):
        names = ", ".join(f"{label!r} ({counts[label]})" for label in labels)
        what = say("data.problem.labels-near-equal", labels=names)
        problems.append(make_problem("labels-near-equal", _where(draft, labels[0]), what, "kept"))
    return problems


def near_equal(labels: Iterable[str]) -> list[Sequence[str]]:
    """Groups of labels that are equal but for case, white space, Unicode form, or the way a number is written.

    >>> near_equal(["cat", "Cat", "dog", "1", "1.0", "007"])
    [['1', '1.0'], ['Cat', 'cat']]
    """
    groups: defaultdict[str, list[str]] = defaultdict(list)
    for label in sorted(labels):
        groups[_essence(label)].append(label)
    return [group for group in groups.values() if len(group) > 1]


def _essence(label: str) -> str:
    words = re.sub(r"[\s_-]+", " ", unicodedata.normalize("NFKC", label)).strip().casefold()
    if re.fullmatch(r"[+-]?\d+(\.0*)?", words):
        return str(int(words.split(".")[0]))
    return words


def _where(draft: Draft, label: str) -> str:
    return next(example.where for example in draft.examples if label in example.labels)


def _single_label_is_useful(draft: Draft) -> bool:
    # With many labels an example may have none, so one label is a yes-or-no question.
    return draft.multi_label and any(not example.labels or example.boxes for example in draft.examples)
