"""Every audit on one case, the figures by group, and the gates."""

from collections.abc import Sequence

from injerto.audits.audit import Case, audits
from injerto.core.finding import AuditReport, Finding, Gate, GroupTable, Severity, SkippedAudit
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
    return AuditReport(
        model=str(case.artifact.path),
        data=data,
        num_examples=case.num_examples if case.scored is None else case.scored.num_examples,
        findings=tuple(findings),
        tables=case.tables,
        not_run=tuple(skipped),
        gates=tuple(_gates(case.tables, findings, fail_under, fail_on)),
    )


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
