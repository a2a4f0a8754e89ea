"""Small problems and one filled head of every kind, for the tests of this folder."""

import torch
from safetensors.torch import load, save
from torch import Tensor

from injerto.core.seeds import seeded
from injerto.strategies.heads.estimators import fit_estimator, make_estimator
from injerto.strategies.heads.head import AbstractHead, load_head
from injerto.strategies.heads.ladder import LadderHead
from injerto.strategies.heads.linear import LinearHead
from injerto.strategies.heads.mlp import MlpHead
from injerto.strategies.heads.neighbours_fit import fit_neighbours
from injerto.strategies.heads.projected_fit import fit_projected


def blobs(
    num: int = 60, width: int = 5, num_classes: int = 3, *, seed: int = 0, gap: float = 1.5
) -> tuple[Tensor, Tensor]:
    """Gaussian classes, every class with an example where there are enough; features of unlike scale and offset."""
    generator = torch.Generator().manual_seed(seed)
    labels = torch.arange(num) % num_classes
    centres = gap * torch.randn(num_classes, width, generator=generator)
    features = centres[labels] + torch.randn(num, width, generator=generator)
    return features * torch.linspace(0.5, 20, width) + torch.linspace(-3, 40, width), labels


def label_matrix(num: int = 60, num_labels: int = 3, *, seed: int = 0) -> tuple[Tensor, Tensor]:
    """Features, and 0/1 labels that depend on them."""
    generator = torch.Generator().manual_seed(seed)
    features = torch.randn(num, 4, generator=generator)
    noise = 0.7 * torch.randn(num, num_labels, generator=generator)
    return features, (features[:, :num_labels] + noise > 0.3).long()


def filled_heads() -> dict[str, AbstractHead]:
    """One head of each registered kind, with numbers in it."""
    features, labels = blobs()
    with seeded(0):
        gradient: dict[str, AbstractHead] = {"linear": LinearHead(5, 3), "mlp": MlpHead(5, 3, width=7, dropout=0.5)}
        gradient["ladder"] = LadderHead.from_features(features, widths=(2, 3), num_classes=3, rungs=4)
    return gradient | {
        "nearest-neighbours": fit_neighbours(features, labels, num_classes=3).head,
        "projected": fit_projected(features, labels, num_classes=3, width=11).head,
        "forest": fit_estimator(make_estimator("decision-tree"), features, labels, num_classes=3, seed=0).head,
    }


def stored_and_loaded(head: AbstractHead) -> AbstractHead:
    """The head after a round trip through the bytes of a safetensors file."""
    return load_head(head.name, head.settings(), load(save(head.state_dict())))
