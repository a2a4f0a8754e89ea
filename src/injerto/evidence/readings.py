"""Who read a test split before: an append-only file of all readings, under the home of injerto."""

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from filelock import FileLock, Timeout
from pydantic import ValidationError

from injerto.core.atomic import append_line
from injerto.core.errors import InjertoError
from injerto.core.hashing import digest_json
from injerto.core.messages import say
from injerto.core.outcome import TestReading
from injerto.core.paths import injerto_home
from injerto.data.items import AbstractItem
from injerto.evidence.control import Trial

FILE_NAME: Final = "test_readings.jsonl"
_LOCK_SECONDS: Final = 10
_SHOWN: Final = 2


def digest_test(items: Iterable[AbstractItem]) -> str:
    """SHA-256 of the contents of the test examples, whatever their order, names and labels."""
    return digest_json(sorted(item.digest for item in items))


def record_reading(examples: str, *, num_examples: int, what: str, where: str | None) -> tuple[TestReading, ...] | None:
    """Note that a test split is about to be read, and give the readings before, oldest first.

    A line holds digests, a name and a time, never content. One lock serves all processes; lines that cannot be read,
    such as one that a full disk cut off, are passed over. Where the file cannot be written the work goes on, since a
    record that is missing must not cost a result; None says so, and `say_readings` tells the user.

    Args:
        examples: of `digest_test`.
        num_examples: how many they are.
        what: what was judged, such as `fit linear-probe on resnet18`.
        where: folder of the model, or None where it is not kept.
    """
    path = injerto_home() / FILE_NAME
    now = TestReading(
        examples=examples,
        num_examples=num_examples,
        what=what,
        where=None if where is None else str(Path(where).resolve()),
        when=datetime.now(UTC).isoformat(timespec="seconds"),
    )
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(path.with_suffix(".lock"), timeout=_LOCK_SECONDS):
            before = _read(path, examples)
            append_line(path, json.dumps(now.model_dump(), sort_keys=True))
    except (OSError, Timeout, InjertoError):
        return None
    return before


def read_test(trial: Trial, destination: Path | None) -> tuple[TestReading, ...] | None:
    """Record that a `fit` reads its test split; the readings before."""
    items = [trial.data.examples[i].item for i in trial.splits.test]
    plan = trial.plan
    return record_reading(
        digest_test(items),
        num_examples=len(items),
        what=say("evidence.reading-fit", strategy=plan.strategy, backbone=Path(plan.backbone.rpartition(":")[2]).name),
        where=None if destination is None else str(destination),
    )


def say_readings(before: Sequence[TestReading] | None, *, num_examples: int) -> str | None:
    """One line on the earlier readings, or on a record that could not be kept; None where this is the first."""
    if before is None:
        return say("evidence.reading-lost", file=FILE_NAME)
    if not before:
        return None
    named = dict.fromkeys(
        say("evidence.reading", what=reading.what, when=reading.when[:10], where=reading.where or "–")
        for reading in before
    )
    shown = "; ".join(list(named)[-_SHOWN:])
    more = "" if len(named) <= _SHOWN else "… "
    key = "read-once" if len(before) == 1 else "read-before"
    return say(f"evidence.{key}", number=num_examples, times=len(before), shown=more + shown)


def _read(path: Path, examples: str) -> tuple[TestReading, ...]:
    if not path.is_file():
        return ()
    found = []
    for line in path.read_bytes().splitlines():
        try:
            reading = TestReading.from_json(line)
        except ValidationError:
            continue
        if reading.examples == examples:
            # The outcome travels with the model: others need not learn how this machine's folders are called.
            found.append(reading.model_copy(update={"where": reading.where and Path(reading.where).name}))
    return tuple(found)
