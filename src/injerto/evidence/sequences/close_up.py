"""A model that writes texts, at hand together with test texts: what it writes of single ones, and what surprises it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, final

import torch
from torch.nn import functional

from injerto.artifacts.sequence_model import SequenceModel, sides_of
from injerto.core.sequences import NOT_SCORED
from injerto.data.items import AbstractItem
from injerto.data.sequences.items import Spoken

_MOST_TOKENS: Final = 160
"""Of a text whose tokens are shown."""


@final
@dataclass(frozen=True, kw_only=True, slots=True)
class TokenLoss:
    """One token of the reference as text, and its negative log likelihood in nats."""

    text: str
    loss: float


@final
@dataclass(kw_only=True)
class TextCloseUp:
    """What needs the network itself, for the few texts that a page shows."""

    model: SequenceModel
    test: Sequence[AbstractItem]

    def sides(self, position: int) -> tuple[str, str]:
        """What is given of a test text, and what should follow; nothing is given of a whole text."""
        return sides_of(self.test[position])

    def translate(self, positions: Sequence[int]) -> list[str]:
        """The translations of some test texts, or what is said in some recordings."""
        spoken = [item.recording for position in positions if isinstance(item := self.test[position], Spoken)]
        if spoken:
            return self.model.dictate(spoken)
        return self.model.translate([self.sides(position)[0] for position in positions])

    @torch.no_grad()
    def surprises(self, position: int) -> tuple[TokenLoss, ...]:
        """The first tokens of the reference with their losses: what was expected, and what was not."""
        backbone = self.model.backbone
        backbone.eval()
        rows, _ = backbone.rows([self.test[position]], self.model.settings, packed=False)
        if not rows:
            return ()
        inputs = {name: value.to(backbone.device()) for name, value in backbone.prepare(rows[:1]).items()}
        labels = backbone.labels(rows[:1]).to(backbone.device())[0]
        losses = functional.cross_entropy(
            backbone(inputs)[0].float(), labels, ignore_index=NOT_SCORED, reduction="none"
        )
        scored = labels != NOT_SCORED
        return tuple(self._texts(labels[scored].tolist()[:_MOST_TOKENS], losses[scored].tolist()[:_MOST_TOKENS]))

    def _texts(self, ids: Sequence[int], losses: Sequence[float]) -> Iterator[TokenLoss]:
        """Text by what each token adds: some are a part of a letter, and add theirs to the one that ends it."""
        before, waiting = "", 0.0
        for place, loss in enumerate(losses, 1):
            text = self.model.backbone.decode(ids[:place])
            waiting += loss
            if text.endswith("�") or not text.startswith(before) or text == before:
                continue
            yield TokenLoss(text=text[len(before) :], loss=waiting)
            before, waiting = text, 0.0
