"""How many examples may be unusable before the work stops: few slips are skipped, many mean that the data are wrong."""

from collections import Counter
from typing import Final

from injerto.core.errors import DataError
from injerto.data.draft import Draft

MAX_SHARE: Final = 0.01
MIN_ALLOWED: Final = 3
MAX_CLASS_SHARE: Final = 0.2


def check_fault_limits(draft: Draft) -> None:
    """Raise `DataError` where more than 1 % (but more than 3) of all examples, or 20 % of a class, have a fault."""
    if not draft.faults:
        return
    first = draft.faults[0].error.what
    num_bad = len(draft.faults)
    num_all = num_bad + len(draft.examples)
    limit = max(MIN_ALLOWED, int(MAX_SHARE * num_all))
    if num_bad > limit:
        raise DataError("too-many-bad", num_bad=num_bad, num_all=num_all, limit=limit, first=first)
    if draft.transcribed:
        return
    bad = Counter(label for fault in draft.faults for label in fault.labels)
    good = Counter(label for example in draft.examples for label in example.labels)
    for label, num_bad in sorted(bad.items()):
        num_all = num_bad + good[label]
        limit = max(1, int(MAX_CLASS_SHARE * num_all))
        if num_bad > limit or num_bad == num_all:
            first = next(fault.error.what for fault in draft.faults if label in fault.labels)
            raise DataError(
                "too-many-bad-in-class", num_bad=num_bad, num_all=num_all, label=label, limit=limit, first=first
            )
