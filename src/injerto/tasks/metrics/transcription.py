"""How much of what was said is written down wrongly; both sides without case and punctuation."""

from typing import ClassVar, final

from injerto.data.arrays import Floats
from injerto.data.transcripts import plain_transcript
from injerto.tasks.answers import SequenceAnswers
from injerto.tasks.edit_distance import count_kinds
from injerto.tasks.metrics.metric import AbstractMetric


class _AbstractErrorRate(AbstractMetric):
    higher_is_better: ClassVar[bool] = False
    of_outputs: ClassVar[bool] = True

    def rows(self, answers: SequenceAnswers) -> Floats:
        said, heard = (list(map(plain_transcript, texts)) for texts in (answers.references, answers.outputs))
        return count_kinds(said, heard, unit=self.sums_of)

    def score(self, sums: Floats) -> float:
        return float(sums[:3].sum() / max(1.0, sums[3]))


@final
class WordErrorRate(_AbstractErrorRate):
    """Words substituted, left out and put in, over the words that were said."""

    name: ClassVar[str] = "wer"
    sums_of: ClassVar[str] = "word"


@final
class CharacterErrorRate(_AbstractErrorRate):
    """The same of characters."""

    name: ClassVar[str] = "cer"
    sums_of: ClassVar[str] = "character"
