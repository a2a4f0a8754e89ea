"""Every audit on one case, the figures by group, and the gates."""

from collections.abc import Sequence

from injerto.audits.audit import Case, audits
from injerto.audits.origins import find_origin
from injerto.core.finding import AuditReport, Finding, Gate, GroupFigures, GroupTable, Severity, SkippedAudit
from injerto.core.messages import say


def run_audits(
    case: Case, *, data: str | None, fail_under: float | None = None, fail_on: Severity | None = None
) -> AuditReport:
    """Findings of all audits that can judge the case, the most serious first.

    Args:
        case: what is audited.
        data: what the answers were given on, for the record.
        fail_under: accuracy that every group that can be judged must reach.
        fail_on: severity from which a finding fails.
    """
    findings: list[Finding] = []
    skipped = []
    for name in audits.names():
        audit = audits.get(name)()
        because = audit.reason_to_skip(case) if case.kind in audit.kinds else say("audit.other-kind", kind=case.kind)
        if because is not None:
            skipped.append(SkippedAudit(code=audit.code, because=because))
        else:
            findings += audit.judge(case)
    findings.sort(key=lambda one: (-one.severity.rank, one.code))
    tables = _with_origins(case)
    return AuditReport(
        model=str(case.artifact.path),
        data=data,
        num_examples=0 if case.scored is None else case.scored.num_examples,
        findings=tuple(findings),
        tables=tables,
        not_run=tuple(skipped),
        gates=tuple(_gates(tables, findings, fail_under, fail_on)),
    )


def _with_origins(case: Case) -> tuple[GroupTable, ...]:
    """Figures by group, with the origin of each gap where controls can tell."""
    return tuple(
        table.model_copy(
            update={"groups": tuple(_with_origin(one, case.columns[table.column], case) for one in table.groups)}
        )
        for table in case.tables
    )


def _with_origin(figures: GroupFigures, column: tuple[str | None, ...], case: Case) -> GroupFigures:
    scored = case.scored
    if figures.gap is None or figures.gap.low <= 0 or scored is None or not scored.controls:
        return figures
    origin = find_origin(scored.quantities[0], scored.controls, column, figures.group, seed=case.seed)
    return figures.model_copy(update={"origin": origin})


def _gates(
    tables: Sequence[GroupTable], findings: Sequence[Finding], fail_under: float | None, fail_on: Severity | None
) -> list[Gate]:
    gates = []
    if fail_under is not None:
        gates.append(_group_gate(tables, fail_under))
    if fail_on is not None:
        worst = max((one.severity for one in findings), key=lambda one: one.rank, default=None)
        passed = worst is None or worst.rank < fail_on.rank
        gates.append(Gate(name="fail-on", limit=fail_on, found=worst or "–", passed=passed))
    return gates


def _group_gate(tables: Sequence[GroupTable], limit: float) -> Gate:
    """The worst group of all tables; an error rate is judged by what is left of it to one."""
    judged = [
        (one.value.value if table.higher_is_better else 1 - one.value.value, f"{table.column}={one.group}")
        for table in tables
        if table.unit == "share"
        for one in table.groups
        if one.value
    ]
    value, name = min(judged, default=(0.0, say("audit.no-group")))
    return Gate(
        name="fail-under",
        limit=f"{100 * limit:.1f} %",
        found=f"{100 * value:.1f} % ({name})" if judged else name,
        # Nothing that could be judged is no proof that the limit holds.
        passed=bool(judged) and value >= limit,
    )
