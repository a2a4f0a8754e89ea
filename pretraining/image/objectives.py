"""What the backbone is asked to learn: name printed glyphs, and name invented characters."""

from abc import abstractmethod
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from pretraining.image.augment import make_pictures
from pretraining.image.glyphs import GlyphBank
from pretraining.image.model import NUM_FEATURES
from pretraining.image.strokes import StrokeAlphabet

LABEL_SMOOTHING = 0.05


@dataclass(frozen=True, kw_only=True, slots=True)
class Batch:
    """Pictures (batch, 3, 64, 64) in [-1, 1] and whatever the objective needs to score them."""

    pictures: Tensor
    target: Tensor


class AbstractObjective(nn.Module):
    """A source of pictures with a loss on the backbone's feature maps; its own parameters are thrown away at the end.

    `share` is the number of pictures it puts into a batch.
    """

    share: int

    @abstractmethod
    def draw(self, generator: torch.Generator) -> Batch:
        """The next pictures."""

    @abstractmethod
    def measure_loss(self, maps: list[Tensor], target: Tensor) -> tuple[Tensor, Tensor]:
        """Loss and a score to watch (both scalars), from the maps of stages 3 and 4."""


class GlyphNaming(AbstractObjective):
    """Which character is this, whatever the font?"""

    def __init__(self, bank: GlyphBank, *, share: int) -> None:
        super().__init__()
        self.share = share
        self.pictures = torch.from_numpy(bank.pictures)
        self.labels = torch.from_numpy(bank.labels)
        counts = torch.bincount(self.labels)
        # Square root: a character with forty fonts is seen more often than one with a single font, but not forty times.
        self.chances = counts.double()[self.labels] ** -0.5
        self.head = nn.Linear(NUM_FEATURES, len(bank.characters))

    def draw(self, generator: torch.Generator) -> Batch:
        rows = torch.multinomial(self.chances, self.share, replacement=True, generator=generator)
        ink = self.pictures[rows][:, None].float() / 255
        return Batch(pictures=make_pictures(ink, generator), target=self.labels[rows])

    def measure_loss(self, maps: list[Tensor], target: Tensor) -> tuple[Tensor, Tensor]:
        return _score_names(self.head(maps[-1].mean(dim=(2, 3))), target)


class StrokeNaming(AbstractObjective):
    """Which invented character is this, whoever drew it?"""

    def __init__(self, alphabet: StrokeAlphabet, *, share: int) -> None:
        super().__init__()
        self.share = share
        self.alphabet = alphabet
        self.num_classes = len(alphabet.controls_CS42)
        self.head = nn.Linear(NUM_FEATURES, self.num_classes)

    def draw(self, generator: torch.Generator) -> Batch:
        labels = torch.randint(0, self.num_classes, (self.share,), generator=generator)
        ink = self.alphabet.draw(labels, generator)
        return Batch(pictures=make_pictures(ink, generator), target=labels)

    def measure_loss(self, maps: list[Tensor], target: Tensor) -> tuple[Tensor, Tensor]:
        return _score_names(self.head(maps[-1].mean(dim=(2, 3))), target)


def _score_names(logits: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    loss = F.cross_entropy(logits, target, label_smoothing=LABEL_SMOOTHING)
    return loss, (logits.argmax(dim=1) == target).float().mean()
