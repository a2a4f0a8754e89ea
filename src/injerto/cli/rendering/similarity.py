"""How like the data are to what each network has seen."""

from collections.abc import Iterable, Mapping

from rich.console import RenderableType

from injerto.cli.rendering.tables import cell, heading, make_table, sentence
from injerto.core.messages import say
from injerto.core.similarity import Similarity


def render_similarity(found: Mapping[str, Similarity]) -> Iterable[RenderableType]:
    """A row a network, by its name; then what the columns mean and what they are worth."""
    by_norms = any(one.frechet is not None for one in found.values())
    by_words = any(one.known_words is not None for one in found.values())
    yield heading(say("similarity.title"))
    table = make_table(
        say("search.backbone-name"),
        *([say("similarity.words")] if by_words else [say("similarity.frechet"), say("similarity.overlap")]),
        say("similarity.by"),
    )
    for name, one in found.items():
        shown = [one.known_words] if by_words else [one.overlap]
        values = ["–" if value is None else f"{100 * value:.0f}" for value in shown]
        if not by_words:
            values.insert(0, "–" if one.frechet is None else f"{one.frechet:.2f}")
        table.add_row(cell(name), *values, _source(one))
    yield table
    for key, holds in (("norms", by_norms), ("words", by_words)):
        if holds:
            yield sentence(say(f"similarity.means-{key}"))
            yield sentence(say(f"similarity.worth-{key}"))


def _source(one: Similarity) -> str:
    if one.frechet is not None:
        return say("similarity.by-norms", number=one.num_layers, examples=one.num_examples)
    if one.known_words is not None:
        return say("similarity.by-words", examples=one.num_examples)
    return say("similarity.by-nothing")
