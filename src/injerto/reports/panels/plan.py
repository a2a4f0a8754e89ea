"""What was planned and why, and what else was tried."""

from collections.abc import Iterator
from typing import ClassVar, final

from markupsafe import Markup

from injerto.core.answer_kind import AnswerKind
from injerto.core.messages import say
from injerto.core.search import Search
from injerto.reports.html import Child, shown, tag, worded
from injerto.reports.material import AbstractMaterial
from injerto.reports.numbers import counted, percent, points
from injerto.reports.panel import EVERY_KIND, AbstractPanel, folded, note, panels, table


@panels.register
@final
class PlanPanel(AbstractPanel[AbstractMaterial]):
    """Each choice with the reason that was stored with it."""

    place: ClassVar[int] = 10
    kinds: ClassVar[frozenset[AnswerKind]] = EVERY_KIND

    def render(self, material: AbstractMaterial) -> Child:
        plan = material.plan
        return [
            tag(
                "div",
                [_choice(reason.field, reason.choice, reason.basis, reason.because) for reason in plan.reasons],
                class_="choices",
            ),
            tag("p", list(_facts(material)), class_="note"),
            list(_searched(plan.search)) if plan.search is not None else note("report.plan.no-search"),
        ]


def _choice(field: str, choice: str, basis: str, because: str) -> Markup:
    return tag(
        "div",
        tag("p", shown(field), class_="what"),
        tag("p", shown(_short(choice)), class_="chosen"),
        tag("p", worded(because), class_="because"),
        tag("p", shown(basis), class_="basis"),
        class_="choice",
    )


def _facts(material: AbstractMaterial) -> Iterator[Child]:
    plan = material.plan
    phases = ", ".join(
        say("report.plan.phase", name=phase.name, epochs=phase.epochs) if phase.epochs else phase.name
        for phase in plan.phases
    )
    # Of written texts the least effect is in the unit of the metric, which the controls name.
    least = f"{plan.minimum_effect:g}" if material.kind is AnswerKind.TEXT else f"{100 * plan.minimum_effect:.1f}"
    key = "phases-text" if material.kind is AnswerKind.TEXT else "phases"
    yield say(f"report.plan.{key}", phases=phases, seed=plan.seed, least=least)


def _searched(search: Search) -> Iterator[Child]:
    columns = [say(f"report.plan.{name}") for name in ("strategy", "backbone", "outcome", "right", "gain")]
    rows = [
        [
            shown(rung.strategy),
            shown(_short(rung.backbone)),
            shown(rung.outcome),
            "–" if rung.accuracy is None else percent(rung.accuracy),
            "–"
            if rung.gain is None or rung.standard_error is None
            else f"{points(rung.gain)} ± {100 * rung.standard_error:.1f}",
        ]
        for rung in search.rungs
    ]
    made = table(columns, rows, caption=say("report.plan.race"), numbers=2)
    because = [tag("li", tag("strong", shown(rung.strategy)), " ", shown(rung.because)) for rung in search.rungs]
    yield folded(
        say("report.plan.tried", number=len(search.rungs), seconds=counted(search.seconds)),
        made,
        tag("ul", because),
        is_open=True,
    )
    if search.scores:
        names = ("backbone", "size", "last", "several", "nearest", "places")
        scored = [
            [
                shown(_short(score.name)),
                f"{score.num_parameters / 1e6:.1f} M",
                percent(score.accuracy),
                percent(score.several_layers),
                percent(score.nearest),
                str(score.rank_sum),
            ]
            for score in search.scores
        ]
        scores = table(
            [say(f"report.plan.{name}") for name in names], scored, caption=say("report.plan.scores"), numbers=5
        )
        yield folded(say("report.plan.scored", number=len(search.scores)), scores)


def _short(choice: str) -> str:
    """Without the folder where it lay: others need not learn how this machine's folders are called."""
    return choice.rsplit("/", 1)[-1] if choice.startswith("/") else choice.removeprefix("shipped:")
