"""The strategies, and the phases of one."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from rich.console import RenderableType

from injerto.cli.rendering.tables import cell, heading, make_table, sentence
from injerto.core.messages import say
from injerto.core.survey import Modality
from injerto.strategies.strategy import AbstractStrategy, Setting

_EXAMPLE: Final = Setting(
    modality=Modality.IMAGE,
    num_groups=10,
    num_parameters=11_000_000,
    has_batch_norm=True,
    num_train=1000,
    num_tune=200,
    num_classes=10,
)
"""The phases depend on the data and the network; this is what `show` shows them for, and it says so."""


def render_strategies(kinds: Mapping[str, type[AbstractStrategy]]) -> Iterable[RenderableType]:
    """One line a strategy."""
    table = make_table(say("strategies.name"), say("strategies.summary"))
    for name, kind in kinds.items():
        table.add_row(name, cell(kind.summary))
    yield table
    yield sentence(say("strategies.hint"))


def render_strategy(strategy: AbstractStrategy) -> Iterable[RenderableType]:
    """Phases for a usual case, options with their defaults, source."""
    yield heading(strategy.written())
    yield sentence(strategy.summary)
    yield sentence(say("strategies.source", source=strategy.source))
    yield heading(say("strategies.phases"))
    table = make_table(
        say("strategies.phase"),
        say("strategies.trains"),
        say("strategies.solver"),
        say("strategies.epochs"),
        say("strategies.rates"),
        numbers=2,
    )
    for phase in strategy.phases(_EXAMPLE):
        part = f"{phase.trains} {phase.num_groups}" if phase.num_groups else phase.trains
        rates = "" if phase.solver != "gradient" else f"{phase.learning_rate:g} / {phase.backbone_rate:.1e}"
        table.add_row(phase.name, part, phase.solver, str(phase.epochs or ""), rates)
    yield table
    yield heading(say("strategies.options"))
    options = make_table(say("strategies.option"), say("strategies.default"), say("strategies.meaning"))
    for name, info in type(strategy).model_fields.items():
        options.add_row(name, cell(info.default), cell(info.description or str(info.annotation).replace("typing.", "")))
    yield options


def describe_strategy(strategy: AbstractStrategy) -> dict[str, Any]:
    """The same for machines."""
    return {
        "name": strategy.written(),
        "summary": strategy.summary,
        "source": strategy.source,
        "options": strategy.model_dump(mode="json"),
        "phases": [phase.model_dump(mode="json") for phase in strategy.phases(_EXAMPLE)],
    }
