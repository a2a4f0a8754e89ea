"""Examples of a split as pairs: features of one label are drawn together, those of two apart."""

# N examples of a batch, D features.

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, final

import torch
from torch import Tensor
from torch.nn import functional

from injerto.core.plan import Phase
from injerto.core.seeds import derive_seed
from injerto.training.folds import AbstractFold
from injerto.training.sources import AbstractSource

_EVALUATION_BATCH: Final = 64


@final
@dataclass(frozen=True, kw_only=True)
class PairFold(AbstractFold):
    """One label an example; `source` gives features.

    All pairs of a batch are used: sixteen examples are 120 pairs for sixteen forward passes, where SetFit (Tunstall et
    al. 2022, arXiv 2209.11055) draws sixteen pairs for thirty-two.
    """

    source: AbstractSource
    targets: Tensor
    where: Sequence[str]

    def __len__(self) -> int:
        return len(self.targets)

    def training_loss(self, batch: list[int], phase: Phase, *, epoch: int) -> Tensor:
        features = self.source.score(batch, view=epoch)
        return pair_loss(features.float(), self.targets[batch].to(features.device))

    def evaluate(self, *, before_batch: Callable[[], None]) -> tuple[float, float]:
        """The loss over pairs, and the share of examples whose nearest other carries their label."""
        generator = torch.Generator().manual_seed(derive_seed(0, "pairs"))
        total = num_right = 0.0
        for batch in self.batches(_EVALUATION_BATCH, generator):
            before_batch()
            features = self.source.score(batch).float().cpu()
            targets = self.targets[batch]
            total += float(pair_loss(features, targets)) * len(batch)
            nearest = _cosines(features).fill_diagonal_(-2).argmax(dim=1)
            num_right += float((targets[nearest] == targets).sum())
        return total / len(self), num_right / len(self)

    def batches(self, size: int, generator: torch.Generator) -> list[list[int]]:
        """Random batches in which an example has another of its label, as far as there is one."""
        mates: list[list[int]] = []
        for label in sorted(set(self.targets.tolist())):
            own = (self.targets == label).nonzero().flatten()
            own = own[torch.randperm(len(own), generator=generator)].tolist()
            mates += [own[start : start + 2] for start in range(0, len(own), 2)]
        order = [i for place in torch.randperm(len(mates), generator=generator).tolist() for i in mates[place]]
        batches = [order[start : start + size] for start in range(0, len(order), size)]
        if len(batches) > 1 and len(batches[-1]) == 1:  # One example makes no pair.
            batches[-2].extend(batches.pop())
        return batches


def pair_loss(features_ND: Tensor, targets_N: Tensor) -> Tensor:
    """Squared distance of cosines from 1 for pairs of one label and from 0 for others, both kinds weighing the same."""
    cosine_NN = _cosines(features_ND)
    upper_NN = torch.ones_like(cosine_NN, dtype=torch.bool).triu(diagonal=1)
    same_NN = targets_N[:, None] == targets_N[None, :]
    kinds = [(cosine_NN[upper_NN & same_NN], 1.0), (cosine_NN[upper_NN & ~same_NN], 0.0)]
    parts = [functional.mse_loss(found, torch.full_like(found, wanted)) for found, wanted in kinds if len(found)]
    return torch.stack(parts).mean() if parts else 0 * features_ND.sum()


def _cosines(features_ND: Tensor) -> Tensor:
    unit_ND = functional.normalize(features_ND, dim=1)
    return unit_ND @ unit_ND.T
