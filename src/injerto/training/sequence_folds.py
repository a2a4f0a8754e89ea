"""Token rows of a split as a gradient phase sees them: batches of like length, and scores from what is stored."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, final

import torch
from torch import Tensor

from injerto.activations.cut.cut import Cut
from injerto.activations.store.stored import Stored
from injerto.backbones.backbone import Inputs
from injerto.backbones.sequences.encoder_decoder import AbstractEncoderDecoder
from injerto.backbones.sequences.sequence_backbone import AbstractSequenceBackbone
from injerto.backbones.sequences.token_rows import TokenRow, batches_by_length
from injerto.core.plan import Phase
from injerto.tasks.sequence import sum_token_losses, token_loss
from injerto.training.folds import AbstractFold
from injerto.training.rows_on_device import open_ragged_rows

_SORTED_TOGETHER: Final = 50
"""Batches whose examples are sorted by length among each other: few enough that order stays random."""


class AbstractTokenSource(ABC):
    """Scores of rows by position, shape (positions, tokens, vocabulary)."""

    @abstractmethod
    def scores(self, positions: Sequence[int]) -> Tensor:
        """On the backbone's device, with gradient where one is asked for."""


@final
@dataclass(frozen=True, kw_only=True)
class WholeSource(AbstractTokenSource):
    """Every layer runs."""

    backbone: AbstractSequenceBackbone
    rows: Sequence[TokenRow]

    def scores(self, positions: Sequence[int]) -> Tensor:
        return torch.as_tensor(self.backbone(_placed(self.backbone, [self.rows[i] for i in positions])))


@final
class CutTokenSource(AbstractTokenSource):
    """The lower blocks of a decoder are frozen: what crosses the cut is read from the store."""

    def __init__(self, cut: Cut, stored: Stored, rows: Sequence[TokenRow]) -> None:
        self._cut = cut
        self._rows = rows
        self._read = open_ragged_rows(stored.select([row.digest for row in rows]), cut.backbone.device())

    def scores(self, positions: Sequence[int]) -> Tensor:
        backbone = self._cut.backbone
        inputs = _placed(backbone, [self._rows[i] for i in positions])
        return self._cut.run_suffix(self._read(positions).values, inputs)


@final
class EncodedSource(AbstractTokenSource):
    """The encoder is frozen: its states are read from the store, and only the decoder runs."""

    def __init__(self, backbone: AbstractEncoderDecoder, stored: Stored, rows: Sequence[TokenRow]) -> None:
        self._backbone = backbone
        self._rows = rows
        self._read = open_ragged_rows(stored.select([row.digest for row in rows]), backbone.device())

    def scores(self, positions: Sequence[int]) -> Tensor:
        given = self._backbone.decoder_inputs([self._rows[i] for i in positions])
        inputs = {name: value.to(self._backbone.device()) for name, value in given.items()}
        return torch.as_tensor(self._backbone(inputs | {"encoder_states": self._read(positions).values}))


@final
@dataclass(frozen=True, kw_only=True)
class SequenceFold(AbstractFold):
    """Token rows: the loss is the mean of scored tokens, and right is a token that was the likeliest."""

    source: AbstractTokenSource
    backbone: AbstractSequenceBackbone
    rows: Sequence[TokenRow]
    where: Sequence[str]

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def num_tokens(self) -> int:  # type: ignore[override]
        """Scored tokens of one pass."""
        return sum(row.num_scored for row in self.rows)

    def training_loss(self, batch: list[int], phase: Phase, *, epoch: int) -> Tensor:
        scores = self.source.scores(batch)
        labels = self.backbone.labels([self.rows[i] for i in batch]).to(scores.device)
        return token_loss(scores, labels, label_smoothing=phase.label_smoothing)

    def evaluate(self, *, before_batch: Callable[[], None]) -> tuple[float, float]:
        total = num_tokens = num_right = 0.0
        for batch in batches_by_length(self.rows, self.backbone.vocabulary_size):
            before_batch()
            scores = self.source.scores(batch)
            labels = self.backbone.labels([self.rows[i] for i in batch]).to(scores.device)
            losses, counts, right = sum_token_losses(scores, labels)
            total += float(losses.sum())
            num_tokens += float(counts.sum())
            num_right += float(right.sum())
        return total / max(1.0, num_tokens), num_right / max(1.0, num_tokens)

    def batches(self, size: int, generator: torch.Generator) -> list[list[int]]:
        """Random batches of rows of nearly one length: an epoch pads little, and its order is still drawn."""
        order = torch.randperm(len(self), generator=generator).tolist()
        batches: list[list[int]] = []
        for start in range(0, len(order), size * _SORTED_TOGETHER):
            some = sorted(order[start : start + size * _SORTED_TOGETHER], key=lambda i: self.rows[i].length)
            batches += [some[begin : begin + size] for begin in range(0, len(some), size)]
        shuffled = torch.randperm(len(batches), generator=generator).tolist()
        return [batches[i] for i in shuffled]


def count_padding(fold: SequenceFold, size: int) -> int:
    """Padding tokens of one epoch in batches of `size`."""
    total = 0
    for batch in fold.batches(size, torch.Generator().manual_seed(0)):
        for side in (
            [len(fold.rows[i].ids) for i in batch],
            [0 if (target := fold.rows[i].target) is None else len(target) for i in batch],
        ):
            total += max(side) * len(side) - sum(side)
    return total


def _placed(backbone: object, rows: Sequence[TokenRow]) -> Inputs:
    assert isinstance(backbone, AbstractSequenceBackbone)
    return {name: value.to(backbone.device()) for name, value in backbone.prepare(rows).items()}
