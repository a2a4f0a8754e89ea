"""Equal content: duplicates, conflicting labels, and leaks between given splits."""

from collections import defaultdict
from typing import Final

from injerto.core.messages import say
from injerto.core.survey import Problem, Split
from injerto.data.draft import join_names, make_problem
from injerto.data.labelled import LabelledData

_MOST_IN_A_MESSAGE: Final = 5


def group_by_content(data: LabelledData) -> list[list[int]]:
    """Positions of the examples of each distinct content, in order of first appearance."""
    groups: defaultdict[str, list[int]] = defaultdict(list)
    for position, example in enumerate(data.examples):
        groups[example.item.digest].append(position)
    return list(groups.values())


def find_conflicts(data: LabelledData) -> list[Problem]:
    """One problem for each content that carries different labels."""
    problems = []
    for positions in group_by_content(data):
        labels = {data.examples[position].labels for position in positions}
        if len(labels) > 1:
            where = join_names([data.examples[position].where for position in positions], most=_MOST_IN_A_MESSAGE)
            names = "; ".join(sorted(", ".join(own) for own in labels))
            what = say("data.problem.conflict", labels=names)
            problems.append(make_problem("conflict", where, what, "kept"))
    return problems


def resolve_leaks(data: LabelledData, given: list[Split]) -> tuple[frozenset[int], int, list[Problem]]:
    """Which examples must go so that no content is in two given splits.

    Test stays whole, so that scores on it compare with those of others: copies in train and tune go; then copies in
    train of what is in tune.

    Returns:
        Positions to drop, the number of tune and test examples whose content was also in train, and the problems.
    """
    dropped: set[int] = set()
    problems: list[Problem] = []
    num_leaks = 0
    for positions in group_by_content(data):
        by_split: defaultdict[Split, list[int]] = defaultdict(list)
        for position in positions:
            by_split[given[position]].append(position)
        if len(by_split) < 2:
            continue
        keeper: Split = "test" if "test" in by_split else "tune"
        if "train" in by_split:
            num_leaks += len(by_split["tune"]) + len(by_split["test"])
        original = data.examples[by_split[keeper][0]].where
        for position in positions:
            if given[position] == keeper:
                continue
            dropped.add(position)
            what = say("data.problem.leak", where=original, split=keeper)
            action = f"dropped-from-{given[position]}"
            problems.append(make_problem("leak", data.examples[position].where, what, action, split=keeper))
    return frozenset(dropped), num_leaks, problems
