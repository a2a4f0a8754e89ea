"""How many words and characters are wrong, of which kind, and which words."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, ClassVar, Final, final

from injerto.core.answer_kind import AnswerKind
from injerto.core.messages import say
from injerto.reports.charts.rows import Row, draw_bars
from injerto.reports.html import Child, shown, tag
from injerto.reports.material import Material
from injerto.reports.numbers import between, counted, percent
from injerto.reports.panel import AbstractPanel, beside, figure, note, panels, table

if TYPE_CHECKING:
    from injerto.tasks.edit_distance import AlignedWord

_KINDS: Final = ("substituted", "left-out", "put-in")
_UNITS: Final = {"wer": "word", "cer": "character"}
_MOST_WORDS: Final = 20


@panels.register
@final
class WordErrors(AbstractPanel[Material]):
    """Rates with their intervals; kinds of errors from what the folder keeps; words where the data are given."""

    place: ClassVar[int] = 50
    kinds: ClassVar[frozenset[AnswerKind]] = frozenset({AnswerKind.TRANSCRIPT})

    def render(self, material: Material) -> Child:
        return [beside(_rates(material), list(_by_kind(material))), _words(material)]


def _rates(material: Material) -> Child:
    rates = material.evidence.error_rates
    rows = [
        Row(
            name=say(f"report.tile.{name}"),
            words=f"{percent(rate.value)} ({between(rate.low, rate.high)})",
            value=rate.value,
            low=rate.low,
            high=rate.high,
            look="chosen",
        )
        for name, rate in rates.items()
        if name in _UNITS
    ]
    if not rows:
        return note("report.earlier-version")
    chart = draw_bars(
        rows,
        high=max(1.0, *(row.high or 0.0 for row in rows)),
        title=say("report.word-errors.rates"),
        description="; ".join(f"{row.name}: {row.words}" for row in rows),
        numbers=material.numbers,
    )
    return figure(chart, say("report.word-errors.rates-caption", number=counted(material.num_test)))


def _by_kind(material: Material) -> Iterator[Child]:
    sums = material.artifact.sums
    if sums is None:
        yield note("report.earlier-version")
        return
    units = [unit for unit in _UNITS.values() if sums.model.get(unit)]
    totals = {unit: [sum(row[place] for row in sums.model[unit]) for place in range(4)] for unit in units}
    columns = [say("report.word-errors.kind"), *(say(f"report.word-errors.{unit}s") for unit in units)]
    rows: list[list[Child]] = [
        [say(f"report.word-errors.{kind}"), *(_share(totals[unit][place], totals[unit][3]) for unit in units)]
        for place, kind in enumerate(_KINDS)
    ]
    rows.append([say("report.word-errors.said-in-all"), *(counted(totals[unit][3]) for unit in units)])
    yield table(columns, rows, caption=say("report.word-errors.kinds"), numbers=len(units))


def _share(number: float, total: float) -> str:
    return f"{counted(number)} ({percent(number / max(1.0, total))})"


def _words(material: Material) -> Child:
    if material.examples is None:
        return note("report.give-data", model=material.name)
    if material.transcripts is None:
        return note("report.unloaded", why=material.unloaded)
    found = material.transcripts.confused_words()
    if not found:
        return note("report.word-errors.none")
    columns = [say(f"report.word-errors.{name}") for name in ("said", "heard", "times")]
    rows = [[*_sides(word), counted(number)] for word, number in found[:_MOST_WORDS]]
    title = say("report.word-errors.most")
    return [tag("h3", title), table(columns, rows, caption=say("report.word-errors.most-caption"), numbers=1)]


def _sides(word: "AlignedWord") -> Sequence[Child]:
    nothing = tag("em", say("report.word-errors.nothing"))
    return [shown(side, longest=60) if side else nothing for side in (word.said, word.heard)]
