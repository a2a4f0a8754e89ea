"""A plan: what will be done, and why."""

from collections.abc import Iterable

from rich.console import RenderableType

from injerto.cli.rendering.search import render_search
from injerto.cli.rendering.tables import cell, heading, make_table, sentence, short_name
from injerto.core.messages import say
from injerto.core.plan import Basis, Plan


def render_plan(plan: Plan) -> Iterable[RenderableType]:
    """What was measured, then choices with their reasons, then the phases."""
    if plan.search is not None:
        yield from render_search(plan.search)
    yield heading(say("plan.title"))
    reasons = make_table(say("plan.choice"), say("plan.value"), say("plan.why"))
    for reason in plan.reasons:
        basis = "" if reason.basis is Basis.USER else f" ({reason.basis})"
        reasons.add_row(reason.field, cell(short_name(reason.choice)), cell(reason.because + basis))
    yield reasons
    phases = " → ".join(_describe(phase.name, phase.solver, phase.epochs) for phase in plan.phases)
    yield sentence(say("plan.phases", phases=phases, seed=plan.seed, device=plan.device))


def _describe(name: str, solver: str, epochs: int) -> str:
    return f"{name} ({solver})" if solver != "gradient" else say("plan.phase-epochs", name=name, epochs=epochs)
