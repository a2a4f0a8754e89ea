"""The scale is the minimiser of the log-loss, and stays finite where scores are perfect or useless."""

import pytest
import torch

from injerto.strategies.heads.score_scale import fit_scale


@pytest.mark.parametrize("truth", [0.3, 2.0, 40.0])
def test_the_scale_of_simulated_softmax_scores_is_found(truth: float) -> None:
    generator = torch.Generator().manual_seed(0)
    scores = torch.randn(20_000, 4, generator=generator, dtype=torch.float64) / truth
    labels = torch.softmax(truth * scores, 1).multinomial(1, generator=generator)[:, 0]
    targets = torch.nn.functional.one_hot(labels, 4).double()
    found = fit_scale(scores, targets, torch.ones(20_000, dtype=torch.float64), multi_label=False)
    assert found == pytest.approx(truth, rel=0.05)


def test_the_scale_of_simulated_sigmoid_scores_is_found() -> None:
    generator = torch.Generator().manual_seed(0)
    scores = torch.randn(20_000, 3, generator=generator, dtype=torch.float64)
    targets = torch.bernoulli(torch.sigmoid(3 * scores), generator=generator)
    found = fit_scale(scores, targets, torch.ones(20_000, dtype=torch.float64), multi_label=True)
    assert found == pytest.approx(3.0, rel=0.05)


def test_no_other_scale_has_a_smaller_loss() -> None:
    generator = torch.Generator().manual_seed(1)
    scores = torch.randn(50, 3, generator=generator, dtype=torch.float64)
    targets = torch.nn.functional.one_hot(scores.argmax(1).roll(7).where(torch.arange(50) % 3 == 0, scores.argmax(1)))
    weight = torch.rand(50, generator=generator, dtype=torch.float64) + 0.5
    aim = (1 - 1 / 52) * targets.double() + 1 / 52 / 3

    def loss(scale: float) -> float:
        return float(weight @ -(aim * torch.log_softmax(scale * scores, 1)).sum(1))

    found = fit_scale(scores, targets.double(), weight, multi_label=False)
    assert loss(found) <= min(loss(found * 1.01), loss(found / 1.01))


@pytest.mark.parametrize("num", [1, 3, 100])
def test_perfect_scores_get_the_confidence_that_their_number_supports(num: int) -> None:
    scores = torch.eye(2, dtype=torch.float64)[torch.arange(num) % 2]
    scale = fit_scale(scores, scores, torch.ones(num, dtype=torch.float64), multi_label=False)
    error = 1 - torch.softmax(scale * scores, 1).amax(1).mean()
    assert float(error) == pytest.approx(1 / (num + 2) / 2, rel=1e-4)


def test_useless_scores_get_a_small_positive_scale() -> None:
    scores = torch.eye(2, dtype=torch.float64)
    found = fit_scale(scores, scores.flip(0), torch.ones(2, dtype=torch.float64), multi_label=False)
    assert 0 < found < 0.02


def test_scores_that_are_all_equal_get_a_finite_scale() -> None:
    scores, targets = torch.ones(4, 1, dtype=torch.float64), torch.ones(4, 1, dtype=torch.float64)
    assert 0 < fit_scale(scores, targets, torch.ones(4, dtype=torch.float64), multi_label=False) < 1e4
