"""What training from a cut can save: a law, so that no more is claimed than is there."""

from dataclasses import dataclass
from typing import Final, final

from injerto.activations.cut.cut import Cut
from injerto.backbones.backbone import Inputs

LEAST_GAIN: Final = 1.1
"""Below this the store is not worth its disk."""


@final
@dataclass(frozen=True, kw_only=True, slots=True)
class Savings:
    """The gain of training from a cut instead of running every layer in every step.

    A forward pass costs 1, of which the share s lies after the cut; a backward pass costs twice what it goes through.
    E epochs cost E (1 + 2s) without a cut, and K (1 - s) + 3 s E with one, K the views of an example that are stored.
    """

    share: float
    """Share of the forward operations that lie after the cut."""
    epochs: int
    views: int = 1
    """Stored views of each training example."""

    @property
    def predicted(self) -> float:
        """How many times quicker E epochs are, the prefix's one pass included."""
        return self.epochs * (1 + 2 * self.share) / (self.views * (1 - self.share) + 3 * self.share * self.epochs)

    @staticmethod
    def reached(*, prefix_seconds: float, epoch_seconds: float, epochs: int, views: int = 1) -> float:
        """The gain by the clock: what the epochs would have taken with the prefix in each, over what was taken.

        `prefix_seconds` is what all stored views took.
        """
        return epochs * (prefix_seconds / views + epoch_seconds) / (prefix_seconds + epochs * epoch_seconds)


def measure_savings(cut: Cut, sample: Inputs, *, epochs: int, views: int = 1) -> Savings:
    """The savings of a cut, its share counted on `sample`."""
    from torch.utils.flop_counter import FlopCounterMode  # 90 MB of compiler come with it; a head has no cut.

    whole, prefix = FlopCounterMode(display=False), FlopCounterMode(display=False)
    with whole:
        cut.backbone(sample, cut.pool)
    with prefix:
        cut.run_prefix(sample)
    share = 1 - prefix.get_total_flops() / max(1, whole.get_total_flops())
    return Savings(share=min(1.0, max(0.0, share)), epochs=epochs, views=views)
