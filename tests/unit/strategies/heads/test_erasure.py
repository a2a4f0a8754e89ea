import pytest
import torch

from injerto.strategies.heads.closed_form import fit_ridge
from injerto.strategies.heads.erasure import Eraser, fit_erased
from injerto.strategies.heads.examples import check_examples
from injerto.strategies.heads.logistic import fit_logistic
from injerto.strategies.heads.moments import Moments


def made(number: int = 400, num_groups: int = 3, seed: int = 0) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Features in which a group and a label are plain to see, independent of each other."""
    generator = torch.Generator().manual_seed(seed)
    group_N = torch.randint(0, num_groups, (number,), generator=generator)
    target_N = torch.randint(0, 2, (number,), generator=generator)
    features = torch.randn(number, 10, generator=generator).double() @ torch.randn(10, 10, generator=generator).double()
    features[:, 0] += 4 * (2 * target_N - 1)
    features += 5 * torch.randn(num_groups, 10, generator=generator).double()[group_N]
    return features + 30, group_N, target_N


def sums(features: torch.Tensor, group_N: torch.Tensor) -> Moments:
    return Moments.of(check_examples(features, group_N, num_classes=int(group_N.max()) + 1))


def test_afterwards_no_linear_classifier_beats_the_majority() -> None:
    features, group_N, _ = made()
    erased = Eraser.of(sums(features, group_N))(features)
    means = torch.stack([erased[group_N == one].mean(0) for one in range(3)])
    assert torch.allclose(means, means[:1].expand_as(means), atol=1e-8)
    majority = int(group_N.bincount().max()) / len(group_N)
    with torch.no_grad():
        for strength in (1e-5, 1e-1):
            told = fit_logistic(erased, group_N, num_classes=3, strengths=(strength,)).head(erased.float()).argmax(1)
            assert float((told == group_N).double().mean()) <= majority + 1e-9
        plain = fit_logistic(features, group_N, num_classes=3, strengths=(1e-1,)).head(features.float()).argmax(1)
    assert float((plain == group_N).double().mean()) > majority + 0.3


def test_it_equals_the_papers_formula_and_moves_no_more_than_it_must() -> None:
    features, group_N, _ = made(num_groups=2)
    eraser = Eraser.of(sums(features, group_N))
    assert eraser.rank == 1
    centred = features - features.mean(0)
    covariance = centred.T @ centred / len(features)
    cross = centred.T @ torch.nn.functional.one_hot(group_N).double() / len(features)
    values, vectors = torch.linalg.eigh(covariance)
    whiten = vectors @ torch.diag(values.rsqrt()) @ vectors.T
    part = whiten @ cross[:, :1]  # The second column is minus the first.
    expected = features - centred @ (torch.linalg.inv(whiten) @ part @ torch.linalg.pinv(part) @ whiten).T
    assert torch.allclose(eraser(features), expected, atol=1e-7)
    # Projecting the direction between the means away erases as well, and moves the features further.
    projected = centred - centred @ cross[:, :1] @ torch.linalg.pinv(cross[:, :1])
    means = torch.stack([projected[group_N == one].mean(0) for one in range(2)])
    assert torch.allclose(means[0], means[1], atol=1e-7)
    assert (eraser(features) - features).square().sum() < (projected - centred).square().sum()


def test_directions_without_variance_do_no_harm() -> None:
    features, group_N, _ = made()
    wide = torch.cat([features, features[:, :3], torch.full((len(features), 2), 7.0)], dim=1)
    erased = Eraser.of(sums(wide, group_N))(wide)
    assert bool(torch.isfinite(erased).all())
    means = torch.stack([erased[group_N == one].mean(0) for one in range(3)])
    assert torch.allclose(means, means[:1].expand_as(means), atol=1e-6)


def test_the_head_says_on_features_what_it_would_on_erased_ones_and_still_knows_the_label() -> None:
    features, group_N, target_N = made()
    groups = [f"g{int(one)}" for one in group_N]
    fitted = fit_erased(features, target_N, groups, num_classes=2)
    assert fitted.facts["erased_directions"] == 2
    eraser = Eraser.of(sums(features, group_N))
    direct = fit_ridge(eraser(features), target_N, num_classes=2).head
    with torch.no_grad():
        assert torch.allclose(fitted.head(features.float()), direct(eraser(features).float()), atol=1e-3)
        told = fitted.head(features.float())
        assert float((told.argmax(1) == target_N).double().mean()) > 0.8
        leaning = torch.stack([(told[:, 1] - told[:, 0])[group_N == one].mean() for one in range(3)])
    assert float(leaning.max() - leaning.min()) < 1e-3


@pytest.mark.parametrize("groups", [["a"] * 50, [None] * 50])
def test_one_group_erases_nothing(groups: list[str | None]) -> None:
    features, _, target_N = made(50)
    assert fit_erased(features, target_N, groups, num_classes=2).facts["erased_directions"] == 0
