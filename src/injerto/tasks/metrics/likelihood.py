"""How surprised a model is by the reference: loss, perplexity, bits per byte."""

from typing import ClassVar, Final, final

import numpy as np

from injerto.data.arrays import Floats
from injerto.tasks.answers import SequenceAnswers
from injerto.tasks.metrics.metric import AbstractMetric

_LARGEST: Final = 700.0
"""The exponential of more is no number any more."""


class _AbstractLikelihood(AbstractMetric):
    higher_is_better: ClassVar[bool] = False
    of_outputs: ClassVar[bool] = False


@final
class Loss(_AbstractLikelihood):
    """Mean negative log likelihood of a token, in nats."""

    name: ClassVar[str] = "loss"
    sums_of: ClassVar[str] = "likelihood"

    def rows(self, answers: SequenceAnswers) -> Floats:
        return np.stack([answers.losses, answers.num_tokens], axis=1)

    def score(self, sums: Floats) -> float:
        return float(sums[0] / sums[1])


@final
class Perplexity(_AbstractLikelihood):
    """Exponential of the loss: as unsure as a fair choice among so many tokens. Depends on the tokenizer."""

    name: ClassVar[str] = "perplexity"
    sums_of: ClassVar[str] = "likelihood"

    def rows(self, answers: SequenceAnswers) -> Floats:
        return np.stack([answers.losses, answers.num_tokens], axis=1)

    def score(self, sums: Floats) -> float:
        return float(np.exp(min(_LARGEST, sums[0] / sums[1])))


@final
class BitsPerByte(_AbstractLikelihood):
    """Negative log likelihood in bits over the bytes of the text: comparable between tokenizers."""

    name: ClassVar[str] = "bits_per_byte"
    knowing_nothing: ClassVar[float] = 8.0
    sums_of: ClassVar[str] = "bits"

    def rows(self, answers: SequenceAnswers) -> Floats:
        return np.stack([answers.losses / np.log(2), answers.num_bytes], axis=1)

    def score(self, sums: Floats) -> float:
        return float(sums[0] / sums[1])
