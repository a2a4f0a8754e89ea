"""What a sequence model made of some examples: the arrays and texts that every metric is computed from."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

from injerto.data.arrays import Floats


@final
@dataclass(frozen=True, kw_only=True, slots=True)
class SequenceAnswers:
    """One entry an example, in order."""

    losses: Floats
    """Negative log likelihood of the reference, in nats, summed over its tokens."""
    num_tokens: Floats
    """Tokens of the reference that were scored."""
    num_bytes: Floats
    """UTF-8 bytes of the text that those tokens are."""
    outputs: Sequence[str]
    """What the model wrote: a translation, or a continuation of the beginning of the text."""
    references: Sequence[str]
    sources: Sequence[str]
    num_too_long: int = 0
    """Examples that were longer than the network reads at once; its `length_rule` says what was done with them."""

    def __len__(self) -> int:
        return len(self.losses)
