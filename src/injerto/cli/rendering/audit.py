"""What `audit` found: a table a column, the findings, the gates."""

from collections.abc import Iterable

from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from injerto.cli.rendering.tables import cell, count, heading, make_table, percent, sentence
from injerto.core.finding import AuditReport, Finding, GroupFigures, GroupMeasure, GroupTable, Severity, Unit
from injerto.core.messages import printable, say

_STYLES = {Severity.INFO: "cyan", Severity.WARNING: "bold yellow", Severity.SERIOUS: "bold red"}


def render_audit(found: AuditReport) -> Iterable[RenderableType]:
    """At most 80 columns wide."""
    key = "title" if found.data is None else "title-data"
    yield heading(say(f"audit.{key}", model=found.model, data=found.data, number=count(found.num_examples)))
    for table in found.tables:
        yield from _render_table(table)
    if not found.tables:
        yield sentence(say("audit.no-groups"))
    yield Text("")
    if found.findings:
        yield from _render_findings(found.findings)
    else:
        yield sentence(say("audit.none"))
    if found.not_run:
        reasons = dict.fromkeys(one.because for one in found.not_run)
        codes = {why: ", ".join(one.code for one in found.not_run if one.because == why) for why in reasons}
        each = [say("audit.not-run-one", codes=codes[why], why=why) for why in reasons]
        yield sentence(say("audit.not-run", codes="; ".join(each)))
    if found.findings:
        yield sentence(say("audit.explain", code=found.findings[0].code))
    for gate in found.gates:
        state = "passed" if gate.passed else "failed"
        text = say(f"audit.gate-{state}", name=gate.name, limit=gate.limit, found=gate.found)
        yield Text(text, style="green" if gate.passed else "bold red")


def _render_table(table: GroupTable) -> Iterable[RenderableType]:
    yield Text(f"\n  {say('audit.column', column=table.column)}", style="bold")
    metric = say(f"audit.short-{table.metric}")
    shown = make_table(
        say("audit.group"),
        say("audit.origin"),
        say("audit.examples"),
        metric,
        say("audit.interval"),
        say("audit.gap" if table.higher_is_better else "audit.gap-above"),
        numbers=4,
        apart=1,
    )
    for one in table.groups:
        shown.add_row(*_cells(one, table.unit))
    yield Padding(shown, (0, 0, 0, 2))
    yield from _render_further(table)
    worst = next((one for one in table.groups if one.group == table.worst), None)
    if worst is None or worst.value is None:
        yield sentence(say("audit.no-worst", column=table.column))
        return
    value, mean = (_figure(value, table.unit) for value in (worst.value.value, table.mean))
    words = say("audit.worst", group=worst.group, metric=say(f"audit.metric-{table.metric}"), value=value, mean=mean)
    if worst.ratio is not None:
        low, high = (f"{end:.2f}" for end in (worst.ratio.low, worst.ratio.high))
        words = f"{words} {say('audit.ratio', ratio=f'{worst.ratio.value:.2f}', low=low, high=high)}"
    if table.equalised_odds is not None and table.demographic_parity is not None:
        odds, parity = (f"{100 * value:.1f}" for value in (table.equalised_odds, table.demographic_parity))
        words = f"{words} {say('audit.spreads', odds=odds, parity=parity)}"
    yield sentence(words)


def _cells(one: GroupFigures, unit: Unit) -> tuple[RenderableType, ...]:
    origin = "" if one.origin is None else say(f"audit.of-origin-{one.origin}")
    if one.value is None or one.gap is None:
        # A group that is nearly all there is has no others to stand beside.
        return cell(one.group), say("audit.too-few"), count(one.num_examples), "–", "–", "–"
    value, gap = one.value, one.gap
    return (
        cell(one.group),
        origin,
        count(one.num_examples),
        _number(value.value, unit),
        f"{_number(value.low, unit)} … {_number(value.high, unit)}",
        f"{_number(gap.value, unit, sign=True)} "
        f"({_number(gap.low, unit, sign=True)} … {_number(gap.high, unit, sign=True)})",
    )


def _render_further(table: GroupTable) -> Iterable[RenderableType]:
    """The other metrics, a column each, with how much worse than all others each is."""
    judged = [one for one in table.groups if one.further]
    if not judged:
        return
    names = [one.metric for one in judged[0].further]
    shown = make_table(say("audit.group"), *(say(f"audit.short-{name}") for name in names), numbers=len(names), apart=2)
    for one in judged:
        cells = [_further(measure, table.unit) for measure in one.further]
        shown.add_row(cell(one.group), *cells)
    yield Padding(shown, (0, 0, 0, 2))


def _further(one: GroupMeasure, unit: Unit) -> RenderableType:
    """A value and its gap; bold where the gap's whole interval is above zero."""
    if one.value is None or one.gap is None:
        return "–"
    words = f"{_number(one.value.value, unit)} ({_number(one.gap.value, unit, sign=True)})"
    return Text(words, style="bold" if one.gap.low > 0 else "")


def _number(value: float, unit: Unit, *, sign: bool = False) -> str:
    scaled, digits = (100 * value, 1) if unit == "share" else (value, 1 if unit == "hundred" else 2)
    scaled = round(scaled, digits) + 0.0  # No minus before what is shown as nothing.
    return f"{scaled:+.{digits}f}" if sign else f"{scaled:.{digits}f}"


def _figure(value: float, unit: Unit) -> str:
    return percent(value) if unit == "share" else _number(value, unit)


def _render_findings(findings: Iterable[Finding]) -> Iterable[RenderableType]:
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 1, 0, 1))
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for one in findings:
        style = _STYLES[one.severity]
        table.add_row(Text(one.severity, style=style), Text(one.code, style=style), printable(one.sentence))
        if one.remedy is not None:
            table.add_row("", "", Text(printable(one.remedy), style="dim"))
    yield Padding(table, (0, 0, 0, 1))
