"""Ridge on random features: what it learns that a line cannot, and that it repeats."""

import torch
from head_cases import blobs, label_matrix

from injerto.strategies.heads.closed_form import fit_ridge
from injerto.strategies.heads.projected_fit import fit_projected


def rings() -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    labels = torch.arange(300) % 2
    angle = 6.28 * torch.rand(300, generator=generator)
    radius = 1 + labels + 0.1 * torch.randn(300, generator=generator)
    return torch.stack([radius * angle.cos(), radius * angle.sin()], 1) + 100, labels


def test_it_learns_a_border_that_is_no_line() -> None:
    features, labels = rings()
    projected, linear = (
        fit(features, labels, num_classes=2).facts["loo_accuracy"] for fit in (fit_projected, fit_ridge)
    )
    assert float(projected) > 0.98
    assert float(linear) < 0.6


def test_the_same_seed_gives_the_same_head() -> None:
    features, labels = blobs()
    first, again, other = (
        fit_projected(features, labels, num_classes=3, width=40, seed=seed).head for seed in (1, 1, 2)
    )
    assert torch.equal(first(features), again(features))
    assert not torch.equal(first(features), other(features))


def test_many_labels() -> None:
    features, targets = label_matrix()
    head = fit_projected(features, targets, num_classes=3, multi_label=True, width=50).head
    assert ((head(features) > 0).long() == targets).float().mean() > 0.8
