"""Class shares taken out of a head's scores."""

import pytest
import torch
from head_cases import blobs

from injerto.strategies.heads.closed_form import fit_ridge
from injerto.strategies.heads.discriminant import fit_discriminant
from injerto.strategies.heads.linear_assembly import ABSENT_SCORE
from injerto.strategies.heads.mlp import MlpHead
from injerto.strategies.heads.priors import even_out


def unbalanced() -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(1)
    labels = (torch.arange(400) % 20 == 0).long()
    return torch.randn(400, 3, generator=generator) + 1.2 * labels[:, None], labels


def test_the_rare_class_is_found_more_often() -> None:
    features, labels = unbalanced()
    head = fit_ridge(features, labels, num_classes=2).head
    before = (head(features).argmax(1) == labels)[labels == 1].float().mean()
    even_out(head, torch.bincount(labels) / len(labels))
    after = (head(features).argmax(1) == labels)[labels == 1].float().mean()
    assert after > before + 0.3


def test_it_is_the_discriminant_of_even_classes() -> None:
    features, labels = unbalanced()
    fitted = fit_discriminant(features, labels, num_classes=2, shrinkages=[0.1])
    even = fit_discriminant(features, labels, num_classes=2, shrinkages=[0.1], even=True)
    plain = fitted.head(features) / float(fitted.facts["scale"])
    wanted = even.head(features) / float(even.facts["scale"])
    shift = (torch.bincount(labels) / len(labels)).log()
    torch.testing.assert_close((plain - shift).diff(), wanted.diff(), atol=1e-4, rtol=1e-4)


def test_absent_classes_stay_absent() -> None:
    features, labels = blobs()
    head = fit_ridge(features, labels, num_classes=4).head
    even_out(head, torch.tensor([0.2, 0.3, 0.5, 0.0]))
    assert head(features)[:, 3].tolist() == [ABSENT_SCORE] * 60


def test_a_head_without_biases_is_refused() -> None:
    with pytest.raises(TypeError, match="mlp"):
        even_out(MlpHead(3, 2), torch.tensor([0.5, 0.5]))
