"""How the next token is drawn: the same for the same seed on every device, as far as the scores agree."""

from typing import final

import torch
from torch import Tensor
from transformers import (
    LogitsProcessor,
    LogitsProcessorList,
    TemperatureLogitsWarper,
    TopKLogitsWarper,
    TopPLogitsWarper,
)

from injerto.core.sequences import Sampling


def drawing(sampling: Sampling) -> LogitsProcessorList:
    """What makes a greedy search draw as `sampling` says; nothing at temperature 0, where the likeliest is taken."""
    steps = LogitsProcessorList()
    if sampling.temperature == 0:
        return steps
    if sampling.temperature != 1:
        steps.append(TemperatureLogitsWarper(sampling.temperature))
    if sampling.top_k > 0:
        steps.append(TopKLogitsWarper(sampling.top_k))
    if sampling.top_p < 1:
        steps.append(TopPLogitsWarper(sampling.top_p))
    steps.append(_Drawn(sampling.seed))
    return steps


@final
class _Drawn(LogitsProcessor):  # type: ignore[misc]
    """Scores to which noise was added, so that the largest is a draw: the Gumbel-max trick (Gumbel 1954).

    argmax(score + G) with G = -log(-log(U)) is distributed as softmax(score). The noise comes from a generator of the
    processor, because those of a GPU give other numbers for the same seed.
    """

    def __init__(self, seed: int) -> None:
        self._generator = torch.Generator().manual_seed(seed)

    def __call__(self, input_ids: Tensor, scores: Tensor) -> Tensor:
        waits = torch.empty(scores.shape, dtype=torch.float64).exponential_(generator=self._generator)
        return scores.double() - waits.log().to(scores.device)
