"""What `audit` found: a table a column, the findings, the gates."""

from collections.abc import Iterable

from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from injerto.cli.rendering.tables import cell, count, heading, make_table, percent, sentence
from injerto.core.finding import AuditReport, Finding, GroupFigures, GroupTable, Severity
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
    shown = make_table(
        say("audit.group"),
        say("audit.origin"),
        say("audit.examples"),
        say("audit.accuracy"),
        say("audit.interval"),
        say("audit.gap"),
        numbers=4,
        apart=1,
    )
    for one in table.groups:
        shown.add_row(*_cells(one))
    yield Padding(shown, (0, 0, 0, 2))
    worst = next((one for one in table.groups if one.group == table.worst), None)
    if worst is None or worst.accuracy is None:
        yield sentence(say("audit.no-worst", column=table.column))
        return
    words = say("audit.worst", group=worst.group, accuracy=percent(worst.accuracy.value), mean=percent(table.mean))
    if table.equalised_odds is not None and table.demographic_parity is not None:
        odds, parity = (f"{100 * value:.1f}" for value in (table.equalised_odds, table.demographic_parity))
        words = f"{words} {say('audit.spreads', odds=odds, parity=parity)}"
    yield sentence(words)


def _cells(one: GroupFigures) -> tuple[RenderableType, ...]:
    origin = "" if one.origin is None else say(f"audit.of-origin-{one.origin}")
    if one.accuracy is None or one.gap is None:
        # A group that is nearly all there is has no others to stand beside.
        return cell(one.group), say("audit.too-few"), count(one.num_examples), "–", "–", "–"
    accuracy, gap = one.accuracy, one.gap
    return (
        cell(one.group),
        origin,
        count(one.num_examples),
        f"{100 * accuracy.value:.1f}",
        f"{100 * accuracy.low:.1f} … {100 * accuracy.high:.1f}",
        f"{100 * gap.value:+.1f} ({100 * gap.low:+.1f} … {100 * gap.high:+.1f})",
    )


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
