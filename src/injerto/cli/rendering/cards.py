"""The catalogue of backbones, and one card of it."""

from collections.abc import Iterable, Sequence

from rich.console import RenderableType

from injerto.cli.rendering.tables import cell, count, heading, make_table, sentence
from injerto.core.messages import say
from injerto.core.provenance import BackboneCard


def render_cards(cards: Sequence[BackboneCard]) -> Iterable[RenderableType]:
    """One line a backbone."""
    unknown = say("card.unknown")
    table = make_table(say("card.name"), say("card.input"), say("card.licence"), say("card.parameters"), numbers=1)
    table.columns[0].no_wrap = True  # A name is there to be copied.
    for card in cards:
        size = unknown if card.num_parameters is None else f"{card.num_parameters / 1e6:.1f} M"
        flag = f" ({say('card.no-commerce')})" if card.commercial_use is False else ""
        table.add_row(cell(card.name), cell(card.input), cell((card.license or unknown) + flag), size)
    yield table
    yield sentence(say("card.hint"))


def render_card(card: BackboneCard) -> Iterable[RenderableType]:
    """Everything that is known before loading; what is not known says so."""
    unknown = say("card.unknown")
    yield heading(card.name)
    table = make_table("", "")
    table.show_header = False
    for field, value in card:
        if field == "name":
            continue
        shown = unknown if value is None or value == "" else count(value) if type(value) is int else str(value)
        table.add_row(field.replace("_", " ").replace("num ", ""), cell(shown))
    yield table
