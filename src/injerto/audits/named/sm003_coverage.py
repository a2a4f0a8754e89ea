"""What is known of the languages, accents, places and people that the pretrained network has seen."""

from collections.abc import Iterable, Mapping
from typing import Final, final

from injerto.artifacts.covered import ASPECTS, main_languages, name_language, render_languages, statements_of
from injerto.audits.audit import AbstractAudit, Case, audits
from injerto.backbones.pretraining_data import find_languages
from injerto.core.finding import Finding, Severity
from injerto.core.messages import say
from injerto.core.survey import Modality
from injerto.data.items import Text
from injerto.data.languages import UNDETERMINED, count_languages

_COLUMNS: Final[Mapping[Modality, str]] = {
    Modality.TEXT: "language",
    Modality.AUDIO: "accent",
    Modality.IMAGE: "skin_tone",
}
"""A column with which GR001 would judge what the pretraining data leave open."""


@audits.register
@final
class Coverage(AbstractAudit):
    """What is known of the languages, accents, places and people that the pretrained network has seen.

    What it measures:
        For the data that the network was pretrained on, what was published of their languages, of the varieties of
        speech, of where pictures come from, and of the people and skin tones in them, each with its source; and of
        texts the language, told by their frequent words or their script.

    Why it matters:
        A network is worst where its data had least: photos from poorer countries, speakers of another variety, darker
        skin, a language that it never read. What it brings along cannot be seen in the user's own data.

    How it decides:
        From a list of pretraining data that people wrote, with sources; what is not in it is unknown, and nothing is
        guessed. Warning: at least a twentieth of the texts whose language was told, and ten of them, are in a language
        that the pretraining data did not hold. All else is information. Of 25,000 texts in four languages the telling
        was wrong for at most 3.1 in 100 of a set and unsure for 3 to 51, most of them short; no set was taken for
        another language (docs/audits.md).

    What to do:
        Take a network that has seen the language, or compare one (`injerto compare`). For accents, places and skin
        tone: put a column into the data and let GR001 judge it (`--group accent`, `--group skin_tone`).

    References:
        Shankar et al. 2017, arXiv 1711.08536 (places). Yang et al. 2020, arXiv 1912.07726; Dulhanty and Wong 2019,
        arXiv 1905.01347 (people of ImageNet). Buolamwini and Gebru 2018, PMLR 81 (skin tone). Koenecke et al. 2020,
        PNAS 117 (speech of Black Americans). Joshi et al. 2020, arXiv 2004.09095 (languages).
    """

    def reason_to_skip(self, case: Case) -> str | None:
        return None if case.artifact.record.backbone.pretrained else say("audit.not-pretrained")

    def judge(self, case: Case) -> Iterable[Finding]:
        base = case.artifact.record.backbone
        counts = _languages_of(case)
        known = find_languages(base.card.spec)
        if known is not None:
            yield from self._unseen(counts, known, base.card.name)
        told = list(statements_of(base))
        for aspect, what in told:
            yield self.finding(
                Severity.INFO, "known", subject=aspect, aspect=say(f"coverage.{aspect}"), name=base.card.name, what=what
            )
        silent = [one for one in ASPECTS[base.card.modality] if one not in {aspect for aspect, _ in told}]
        if silent:
            yield self.finding(
                Severity.INFO,
                "unknown",
                remedy=say("audit.SM003.column", column=_COLUMNS[base.card.modality]),
                name=base.card.name,
                aspects=", ".join(say(f"coverage.{one}") for one in silent),
            )
        if (own := render_languages(counts)) is not None:
            yield self.finding(Severity.INFO, "texts", languages=own, unsure=_unsure(counts))

    def _unseen(self, counts: Mapping[str, int], known: frozenset[str], name: str) -> Iterable[Finding]:
        told = sum(number for code, number in counts.items() if code != UNDETERMINED)
        for code in main_languages(counts):
            if known.isdisjoint(code.split("/")):
                language = name_language(code)
                yield self.finding(
                    Severity.WARNING,
                    "unseen",
                    remedy=say("audit.SM003.remedy", language=language),
                    subject=code,
                    share=100 * counts[code] / told,
                    language=language,
                    name=name,
                )


def _languages_of(case: Case) -> Mapping[str, int]:
    """Of the texts at hand, else of those that the model was trained on."""
    if case.close_up is not None:
        texts = [example.item.text for example in case.close_up.test if isinstance(example.item, Text)]
        if texts:
            return count_languages(texts)
    facts = case.artifact.facts
    return {} if facts is None else facts.languages


def _unsure(counts: Mapping[str, int]) -> float:
    """Share of the texts whose language was not told, in percent."""
    return 100 * counts.get(UNDETERMINED, 0) / sum(counts.values())
