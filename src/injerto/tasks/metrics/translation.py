"""BLEU and chrF by sacreBLEU, with the signature that makes figures of two papers comparable."""

from functools import cached_property
from typing import Any, ClassVar, final

import numpy as np

from injerto.core.errors import UsageError
from injerto.data.arrays import Floats
from injerto.tasks.answers import SequenceAnswers
from injerto.tasks.metrics.metric import AbstractMetric


class _AbstractSacre(AbstractMetric):
    """Statistics by sacreBLEU (Post 2018, arXiv 1804.08771), which sums them itself to score a corpus."""

    higher_is_better: ClassVar[bool] = True
    of_outputs: ClassVar[bool] = True

    @cached_property
    def _metric(self) -> Any:
        try:
            from sacrebleu.metrics.bleu import BLEU
            from sacrebleu.metrics.chrf import CHRF
        except ImportError as error:
            raise UsageError("extra-missing", what="chrF and BLEU", package="sacrebleu", extra="text") from error
        return {"bleu": BLEU, "chrf": CHRF}[self.name]()

    def rows(self, answers: SequenceAnswers) -> Floats:
        # The two steps of `corpus_score`, which would give one figure for all and nothing to resample.
        found = self._metric._extract_corpus_statistics(list(answers.outputs), [list(answers.references)])
        return np.asarray(found, dtype=np.float64)

    def score(self, sums: Floats) -> float:
        return float(self._metric._compute_score_from_stats([int(value) for value in sums]).score)

    def signature(self) -> str | None:
        # It names the number of references, which the metric learns from a score.
        self._metric.corpus_score(["a"], [["a"]])
        return str(self._metric.get_signature())


@final
class Bleu(_AbstractSacre):
    """Corpus BLEU, 0 to 100 (Papineni et al. 2002)."""

    name: ClassVar[str] = "bleu"
    sums_of: ClassVar[str] = "bleu"


@final
class ChrF(_AbstractSacre):
    """Character F-score, 0 to 100 (Popović 2015): steadier than BLEU on short sentences and weak systems."""

    name: ClassVar[str] = "chrf"
    sums_of: ClassVar[str] = "chrf"
