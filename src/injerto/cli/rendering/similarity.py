"""How like the data are to what each network has seen."""

from collections.abc import Iterable, Mapping

from rich.console import RenderableType

from injerto.cli.rendering.tables import cell, heading, make_table, sentence
from injerto.core.messages import say
from injerto.core.similarity import Similarity


def render_similarity(found: Mapping[str, Similarity]) -> Iterable[RenderableType]:
    """A row a network, by its name; then what the columns mean and what they are worth."""
    has = {
        "norms": any(one.frechet is not None and not one.num_reference for one in found.values()),
        "reference": any(one.num_reference for one in found.values()),
        "words": any(one.known_words is not None for one in found.values()),
    }
    by_statistics = has["norms"] or has["reference"] or not has["words"]
    yield heading(say("similarity.title"))
    table = make_table(
        say("search.backbone-name"),
        *([say("similarity.words")] if has["words"] else []),
        *([say("similarity.frechet"), say("similarity.overlap")] if by_statistics else []),
        say("similarity.by"),
    )
    for name, one in found.items():
        values = [_percent(one.known_words)] if has["words"] else []
        if by_statistics:
            values += ["–" if one.frechet is None else f"{one.frechet:.2f}", _percent(one.overlap)]
        table.add_row(cell(name), *values, ", ".join(_sources(one)) or say("similarity.by-nothing"))
    yield table
    for key, holds in has.items():
        if holds:
            yield sentence(say(f"similarity.means-{key}"))
            yield sentence(say(f"similarity.worth-{key}"))


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:.0f}"


def _sources(one: Similarity) -> Iterable[str]:
    if one.known_words is not None:
        yield say("similarity.by-words", examples=one.num_examples)
    if one.num_reference:
        yield say("similarity.by-reference", number=one.num_reference)
    elif one.frechet is not None:
        yield say("similarity.by-norms", number=one.num_layers, examples=one.num_examples)
