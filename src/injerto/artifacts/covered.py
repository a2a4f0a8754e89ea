"""What the network and the data cover, in words: languages, accents, places, people."""

from collections.abc import Iterator, Mapping
from typing import Final

from injerto.backbones.pretraining_data import find_pretraining_data
from injerto.core.coverage import Statement
from injerto.core.messages import keys, say
from injerto.core.provenance import Provenance
from injerto.core.survey import Modality
from injerto.data.languages import UNDETERMINED, frequent_languages

ASPECTS: Final[Mapping[Modality, tuple[str, ...]]] = {
    Modality.TEXT: ("languages",),
    Modality.AUDIO: ("languages", "accents", "people"),
    Modality.IMAGE: ("places", "people", "skin_tone"),
}
"""What can be asked of the pretraining data of each kind of network."""
_SHARE: Final = 0.05
_LEAST: Final = 10
_MOST_NAMED: Final = 5


def statements_of(base: Provenance) -> Iterator[tuple[str, str]]:
    """Each aspect that somebody published, and what, with its source and the data that it is said of."""
    for aspect in ASPECTS[base.card.modality]:
        for data in find_pretraining_data(base.card.spec) if base.pretrained else ():
            stated: Statement[str] | Statement[tuple[str, ...]] | None = getattr(data, aspect)
            if stated is not None:
                yield (
                    aspect,
                    say("coverage.stated", what=_render(stated.what), source=stated.source, data=data.name),
                )


def render_coverage(base: Provenance) -> str | None:
    """One line of a card; None where nothing is known."""
    said = [say("coverage.aspect", aspect=say(f"coverage.{name}"), what=what) for name, what in statements_of(base)]
    return "; ".join(said) or None


def name_language(code: str) -> str:
    """Its English name; of the languages of a script all names; the code of a language that injerto never tells."""
    names = [
        say(f"coverage.language.{one}") if f"coverage.language.{one}" in keys() else one for one in code.split("/")
    ]
    return say("coverage.or").join(names)


def render_languages(counts: Mapping[str, int]) -> str | None:
    """Languages of texts with their shares among those that were told; None where none was."""
    whole = sum(number for code, number in counts.items() if code != UNDETERMINED)
    found = main_languages(counts)
    parts = [
        say("coverage.share", language=name_language(one), share=f"{100 * counts[one] / whole:.0f}") for one in found
    ]
    return ", ".join(parts) or None


def main_languages(counts: Mapping[str, int]) -> list[str]:
    """Codes of those with a twentieth of the texts that were told, and ten of them."""
    return frequent_languages(counts, share=_SHARE, least=_LEAST)


def _render(stated: str | tuple[str, ...]) -> str:
    """Words as they are; codes of languages by their names."""
    if isinstance(stated, str):
        return stated
    if len(stated) > _MOST_NAMED:
        return say("coverage.many", number=len(stated))
    return ", ".join(map(name_language, stated)) or say("coverage.no-language")
