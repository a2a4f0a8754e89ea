"""Every image and recording is decoded once before training, by a few threads, to find those that cannot be."""

import os
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Final, final

from injerto.core.errors import DataError
from injerto.core.messages import say
from injerto.core.progress import Reporter
from injerto.core.survey import Modality
from injerto.data.draft import Draft, Fault, join_names, make_problem
from injerto.data.items import AbstractImageItem, AbstractItem
from injerto.data.recordings import AbstractRecording

_BATCH: Final = 64
_MAX_THREADS: Final = 8
_MOST_NAMED: Final = 3
_FULL_RATE: Final = 16_000
"""What networks for speech were trained on."""
MOST_TRANSCRIBED_SECONDS: Final = 30.0
"""Of a recording with one transcript, to learn from; longer ones are heard in part, and their text would not fit."""


def check_contents(draft: Draft, *, stop: bool, reporter: Reporter) -> None:
    """Move the examples that cannot be decoded to the faults, and note what conversions were needed.

    Args:
        draft: changed in place.
        stop: raise at the first fault instead.
        reporter: told of the progress.
    """
    items = [example.item for example in draft.examples]
    usable = []
    conversions: Counter[str] = Counter()
    rates: Counter[int] = Counter()
    flawed: defaultdict[str, list[str]] = defaultdict(list)
    kind = "images" if draft.modality is Modality.IMAGE else "recordings"
    outcomes = reporter.track(
        _decode_all(items, transcribed=draft.transcribed), label=say(f"data.checking.{kind}"), total=len(items)
    )
    for example, outcome in zip(draft.examples, outcomes, strict=True):
        if isinstance(outcome, DataError):
            if stop:
                raise outcome
            draft.faults.append(Fault(error=outcome, where=example.where, labels=example.labels))
        else:
            usable.append(example)
            conversions.update(outcome.notes)
            rates[outcome.sample_rate_hz] += 1
            for flaw in outcome.flaws:
                flawed[flaw].append(example.where)
    draft.examples = usable
    draft.notes += [
        say(f"data.note.{kind}-converted", count=count, what=what) for what, count in sorted(conversions.items())
    ]
    _note_rates(draft, rates)
    for flaw, places in sorted(flawed.items()):
        what = say(f"data.problem.sound-{flaw}", number=len(places))
        draft.problems.append(make_problem(f"sound-{flaw}", join_names(places, most=_MOST_NAMED), what, "kept"))


def _decode_all(items: Sequence[AbstractItem], *, transcribed: bool) -> Iterator["_Seen | DataError"]:
    """Notes or the error of each item, in order; a few decoded images are in memory at a time."""
    with ThreadPoolExecutor(min(_MAX_THREADS, os.cpu_count() or 1), thread_name_prefix="injerto-decode") as pool:
        for start in range(0, len(items), _BATCH):
            yield from pool.map(partial(_decode, transcribed=transcribed), items[start : start + _BATCH])


def _note_rates(draft: Draft, rates: Counter[int]) -> None:
    if low := sum(count for rate, count in rates.items() if 0 < rate < _FULL_RATE):
        draft.notes.append(say("data.note.low-rate", number=low))
    if len(rates) > 1:
        shown = ", ".join(f"{rate:,} Hz ({count})" for rate, count in sorted(rates.items()))
        draft.notes.append(say("data.note.rates", rates=shown))


@final
@dataclass(frozen=True, kw_only=True, slots=True)
class _Seen:
    notes: tuple[str, ...]
    flaws: tuple[str, ...] = ()
    sample_rate_hz: int = 0


def _decode(item: AbstractItem, *, transcribed: bool) -> _Seen | DataError:
    try:
        if isinstance(item, AbstractRecording):
            sound = item.read(check=True)
            if transcribed and sound.seconds > MOST_TRANSCRIBED_SECONDS:
                most = f"{MOST_TRANSCRIBED_SECONDS:.0f}"
                raise DataError("sound-too-long", where=item.name, seconds=f"{sound.seconds:.0f}", most=most)
            return _Seen(notes=sound.notes, flaws=sound.flaws, sample_rate_hz=sound.sample_rate_hz)
        assert isinstance(item, AbstractImageItem)
        return _Seen(notes=item.decode(at_least=0).notes)  # Every byte is read at any size.
    except DataError as error:
        return error
