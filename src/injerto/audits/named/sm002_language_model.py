"""What a language model expects of him and of her, as information."""

from collections.abc import Iterable
from typing import ClassVar, Final, final

import numpy as np

from injerto.audits.association import LEVEL, measure_association
from injerto.audits.audit import AbstractAudit, Case, audits
from injerto.audits.source_pairs import PAIRS, SENTENCES
from injerto.core.answer_kind import AnswerKind
from injerto.core.finding import Finding, Severity
from injerto.core.messages import say
from injerto.core.seeds import derive_seed
from injerto.data.sequences.items import Passage


@audits.register
@final
class LanguageModel(AbstractAudit):
    """What a language model expects of him and of her, as information.

    What it measures:
        Pairs of sentences on an occupation that differ in he and she alone: how much less the model expects the one on
        the woman, in nats; and whether this goes with which of the two holds the occupation more often. The correlation
        over the occupations of a language, against shuffled ones. The model is judged as it is, training included.

    Why it matters:
        A model that writes repeats what it expects. It belongs into the papers of a model that others will build on.

    How it decides:
        Information where the correlation is one that fewer than 5 of 100 shuffles reach. It is never more: how likely
        a sentence is says little of what is written in use, and the published sets of such pairs have faults (below).

    What to do:
        Nothing because of this alone. Read what the model writes for prompts of your own, with the words exchanged.

    References:
        Nangia et al. 2020, arXiv 2010.00133 (paired sentences). Blodgett et al. 2021, ACL: faults of such sets.
        Goldfarb-Tarrant et al. 2021, arXiv 2012.15859: such measures do not go with bias in use.
    """

    kinds: ClassVar[frozenset[AnswerKind]] = frozenset({AnswerKind.TEXT})
    _SIDES: Final = 2

    def reason_to_skip(self, case: Case) -> str | None:
        if case.writer is None:
            return say("audit.unloaded", why=case.unloaded) if case.unloaded else say("audit.needs-data")
        return None if case.writer.backbone.kind == "causal" else say("audit.needs-language-model")

    def judge(self, case: Case) -> Iterable[Finding]:
        assert case.writer is not None
        for language, occupations in PAIRS.items():
            names = list(occupations)
            items = [Passage(sentence.format(name)) for name in names for sentence in SENTENCES[language]]
            losses = case.writer.answer(items, outputs=False, seed=case.seed).losses.reshape(len(names), self._SIDES)
            share = np.array([occupations[name] for name in names], dtype=np.float64)
            found, chance = measure_association(
                losses[:, 1] - losses[:, 0], share, seed=derive_seed(case.seed, language)
            )
            if chance < LEVEL:
                yield self.finding(
                    Severity.INFO,
                    "expected",
                    subject=language,
                    language=say(f"audit.SM001.{language}"),
                    correlation=f"{found:+.2f}",
                    number=len(share),
                    chance=100 * chance,
                )
