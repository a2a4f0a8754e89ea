"""What the pretrained text encoder associates with he and she, as information."""

from collections.abc import Iterable
from typing import ClassVar, final

import numpy as np

from injerto.audits.association import LEVEL, measure_association
from injerto.audits.audit import LABELS, AbstractAudit, Case, audits
from injerto.audits.source_pairs import PAIRS, SIDES, TEMPLATES
from injerto.core.answer_kind import AnswerKind
from injerto.core.finding import Finding, Severity
from injerto.core.messages import say
from injerto.core.seeds import derive_seed
from injerto.core.survey import Modality
from injerto.data.arrays import Floats
from injerto.data.items import Text


@audits.register
@final
class SourceModel(AbstractAudit):
    """What the pretrained text encoder associates with he and she, as information.

    What it measures:
        For sentences on occupations, how much nearer the encoder puts them to sentences on a man than to the same
        sentences on a woman; and whether this goes with which of the two holds the occupation more often. The
        correlation over the occupations of a language, against shuffled ones.

    Why it matters:
        It is a trait of what was inherited, and belongs into its papers.

    How it decides:
        Information where the correlation is one that fewer than 5 of 100 shuffles reach. It is never more: bias of an
        encoder measured in this way says little of what a model does that was grown on it, and the sets of sentences
        that are in use have faults of their own (below). What the model does is said by GR001, GR002 and CF001.

    What to do:
        Nothing because of this alone. Look at CF001 and at groups of your own data.

    References:
        May et al. 2019, arXiv 1903.10561 (sentence associations). Goldfarb-Tarrant et al. 2021, arXiv 2012.15859: such
        measures do not go with bias in use. Blodgett et al. 2021, ACL: faults of sets of paired sentences. Steed et al.
        2022, ACL: the fine-tuning data explain more.
    """

    kinds: ClassVar[frozenset[AnswerKind]] = LABELS

    def reason_to_skip(self, case: Case) -> str | None:
        if (why := self.without_model(case)) is not None:
            return why
        assert case.close_up is not None
        if case.close_up.model.modality is not Modality.TEXT:
            return say("audit.needs-texts")
        return say("audit.needs-source") if case.close_up.model.backbone_changed else None

    def judge(self, case: Case) -> Iterable[Finding]:
        assert case.close_up is not None
        for language in PAIRS:
            leaning, share = self._lean(case, language)
            found, chance = measure_association(leaning, share, seed=derive_seed(case.seed, language))
            if chance < LEVEL:
                yield self.finding(
                    Severity.INFO,
                    "associated",
                    subject=language,
                    language=say(f"audit.SM001.{language}"),
                    correlation=f"{found:+.2f}",
                    number=len(share),
                    chance=100 * chance,
                )

    def _lean(self, case: Case, language: str) -> tuple[Floats, Floats]:
        """For each occupation how much nearer it lies to the man, and the share of men among those who hold it."""
        assert case.close_up is not None
        names = list(PAIRS[language])
        asked = [template.format(name) for name in names for template in TEMPLATES[language]]
        features = case.close_up.encode([Text(text) for text in (*asked, *SIDES[language][0], *SIDES[language][1])])
        features = features - features.mean(axis=0)
        features /= np.maximum(np.linalg.norm(features, axis=1, keepdims=True), 1e-12)
        number = len(SIDES[language][0])
        men, women = features[-2 * number : -number], features[-number:]
        lean = (features[: len(asked)] @ (men.mean(axis=0) - women.mean(axis=0))).reshape(len(names), -1).mean(axis=1)
        return np.asarray(lean), np.array([PAIRS[language][name] for name in names], dtype=np.float64)
