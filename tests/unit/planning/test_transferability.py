import math

import pytest
import torch
from sklearn.covariance import ledoit_wolf
from sklearn.neighbors import KNeighborsClassifier
from torch import Tensor

from injerto.planning.transferability import measure_h_score, measure_log_evidence, measure_nearest


def clouds(distance: float, *, num: int = 60, dim: int = 12, classes: int = 3, seed: int = 0) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    targets = torch.arange(num) % classes
    centres = distance * torch.randn(classes, dim, generator=generator)
    return torch.randn(num, dim, generator=generator) + centres[targets], targets


def test_nearest_is_leave_one_out_of_a_neighbour_classifier() -> None:
    x, y = clouds(0.7)
    x = x - x.mean(0)
    right = 0
    for i in range(len(x)):
        rest = [j for j in range(len(x)) if j != i]
        model = KNeighborsClassifier(1, metric="cosine").fit(x[rest].numpy(), y[rest].numpy())
        right += int(model.predict(x[i : i + 1].numpy())[0] == y[i])
    assert measure_nearest(x, y) == pytest.approx(right / len(x))


def evidence_of(x: Tensor, y: Tensor, alpha: float, beta: float) -> float:
    """log N(y; 0, I / beta + X Xt / alpha), the definition, an example."""
    covariance = torch.eye(len(x), dtype=torch.float64) / beta + x.double() @ x.double().T / alpha
    normal = torch.distributions.MultivariateNormal(torch.zeros(len(x), dtype=torch.float64), covariance)
    return float(normal.log_prob(y.double())) / len(x)


@pytest.mark.parametrize("dim", [5, 100])
def test_log_evidence_is_the_largest_of_the_definition(dim: int) -> None:
    x, y = clouds(0.8, num=40, dim=dim, classes=2)
    alphas, betas = [10 ** (step / 10) for step in range(40)], [10 ** (step / 10) for step in range(-5, 60)]
    best = [max(evidence_of(x, y == label, a, b) for a in alphas for b in betas) for label in (0, 1)]
    found = measure_log_evidence(x, y, num_classes=2)
    assert found == pytest.approx(sum(best) / 2, abs=0.01)
    assert found >= sum(best) / 2 - 1e-6


def test_h_score_is_its_formula() -> None:
    x, y = clouds(1.0)
    centred = (x - x.mean(0)).double()
    covariance, shrinkage = ledoit_wolf(centred.numpy(), assume_centered=True)
    means = torch.stack([centred[y == label].mean(0) for label in range(3)])[y]
    between = means.T @ means / len(x)
    expected = float(torch.trace(torch.linalg.solve(torch.from_numpy(covariance), (1 - shrinkage) * between)))
    assert measure_h_score(x, y) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("measure", ["nearest", "evidence", "h"])
def test_classes_further_apart_score_higher(measure: str) -> None:
    def score(distance: float) -> float:
        x, y = clouds(distance)
        if measure == "nearest":
            return measure_nearest(x, y)
        return measure_log_evidence(x, y, num_classes=3) if measure == "evidence" else measure_h_score(x, y)

    scores = [score(distance) for distance in (0.0, 0.7, 3.0)]
    assert scores == sorted(scores)
    assert all(map(math.isfinite, scores))


def test_a_constant_feature_breaks_nothing() -> None:
    x, y = torch.ones(20, 4), torch.arange(20) % 2
    for value in (measure_nearest(x, y), measure_log_evidence(x, y, num_classes=2), measure_h_score(x, y)):
        assert math.isfinite(value)
