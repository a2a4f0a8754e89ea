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
        if (because := audit.reason_to_skip(case)) is not None:
            skipped.append(SkippedAudit(code=audit.code, because=because))
        else:
            findings += audit.judge(case)
    findings.sort(key=lambda one: (-one.severity.rank, one.code))
    tables = _with_origins(case)
    return AuditReport(
        model=str(case.artifact.path),
        data=data,
        num_examples=0 if case.answered is None else len(case.answered.target),
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
    if figures.gap is None or figures.gap.low <= 0 or not case.controls:
        return figures
    assert case.answered is not None
    origin = find_origin(case.answered, case.controls, column, figures.group, seed=case.seed)
    return figures.model_copy(update={"origin": origin})


def _gates(
    tables: Sequence[GroupTable], findings: Sequence[Finding], fail_under: float | None, fail_on: Severity | None
) -> list[Gate]:
    gates = []
    if fail_under is not None:
        judged = [
            (one.accuracy.value, f"{table.column}={one.group}")
            for table in tables
            for one in table.groups
            if one.accuracy
        ]
        value, name = min(judged, default=(0.0, say("audit.no-group")))
        gates.append(
            Gate(
                name="fail-under",
                limit=f"{100 * fail_under:.1f} %",
                found=f"{100 * value:.1f} % ({name})" if judged else name,
                # Nothing that could be judged is no proof that the limit holds.
                passed=bool(judged) and value >= fail_under,
            )
        )
    if fail_on is not None:
        worst = max((one.severity for one in findings), key=lambda one: one.rank, default=None)
        passed = worst is None or worst.rank < fail_on.rank
        gates.append(Gate(name="fail-on", limit=fail_on, found=worst or "–", passed=passed))
    return gates
