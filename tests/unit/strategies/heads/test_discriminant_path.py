"""The discriminant path against refits: leaving an example out by formula is leaving it out."""

import pytest
import torch
from head_cases import blobs
from torch import Tensor

from injerto.strategies.heads.discriminant import _make_path
from injerto.strategies.heads.discriminant_path import DiscriminantPath
from injerto.strategies.heads.examples import check_examples
from injerto.strategies.heads.moments import Moments

PENALTIES = (1e-3, 0.3, 20.0)


def make_path(num: int, width: int) -> tuple[DiscriminantPath, Tensor, Tensor]:
    features, labels = blobs(num, width)
    examples = check_examples(features, labels, num_classes=4)  # The last class has no example.
    return _make_path(examples, torch.arange(3), even=False), features, labels


def scores_of(
    z_D: Tensor, rest_ND: Tensor, labels: Tensor, mean_variance: float, freedom: int, penalty: float
) -> Tensor:
    """Gaussian scores from the covariance matrix itself, in the whole space."""
    means = torch.stack([rest_ND[labels == k].mean(0) for k in range(3)])
    centred = rest_ND - means[labels]
    covariance = centred.T @ centred / freedom + penalty * mean_variance * torch.eye(len(z_D), dtype=torch.float64)
    inverse = torch.linalg.inv(covariance / (1 + penalty))
    return torch.stack([-(z_D - mean) @ inverse @ (z_D - mean) / 2 for mean in means])


@pytest.mark.parametrize(("num", "width"), [(30, 4), (9, 20), (15, 12), (12, 9), (12, 8)])
def test_leave_one_out_scores_equal_refits(num: int, width: int) -> None:
    path, features, labels = make_path(num, width)
    t_NR = path.coordinates(features)
    z_ND, everyone = path.spectrum.standardise(features), torch.arange(num)
    log_share = torch.bincount(labels).double().div(num).log()
    variance = float(path.variance_R.mean())
    for penalty in PENALTIES:
        scores = path.left_out_scores(t_NR, labels, penalty)
        for row in range(num):
            rest = everyone != row
            wanted = log_share + scores_of(z_ND[row], z_ND[rest], labels[rest], variance, path.freedom, penalty)
            found = scores[row]
            # Directions in which nothing varies move every class by the same, which is no difference between them.
            torch.testing.assert_close(found - found.mean(), wanted - wanted.mean(), atol=1e-7, rtol=1e-7)


@pytest.mark.parametrize(("num", "width"), [(30, 4), (9, 20)])
def test_the_solution_gives_the_scores_of_all_examples(num: int, width: int) -> None:
    path, features, labels = make_path(num, width)
    weight, bias = path.solve(0.3)
    found = features.double() @ weight.T + bias
    z_ND = path.spectrum.standardise(features)
    log_share = torch.bincount(labels).double().div(num).log()
    variance = float(path.variance_R.mean())
    wanted = torch.stack([log_share + scores_of(z, z_ND, labels, variance, path.freedom, 0.3) for z in z_ND])
    torch.testing.assert_close(found - found.mean(1, True), wanted - wanted.mean(1, True), atol=1e-7, rtol=1e-7)


def test_an_example_alone_in_its_class_is_never_right() -> None:
    features, labels = blobs(20, 4, num_classes=3)
    labels[labels == 2] = 1
    labels[7] = 2
    examples = check_examples(features, labels, num_classes=3)
    path = _make_path(examples, torch.arange(3), even=False)
    for penalty in PENALTIES:
        scores = path.left_out_scores(path.coordinates(features), labels, penalty)
        assert scores[7, 2] == -torch.inf
        assert torch.isfinite(scores[7, :2]).all()


def test_sums_give_what_the_examples_give() -> None:
    path, features, labels = make_path(30, 4)
    examples = check_examples(features, labels, num_classes=4)
    of_sums = DiscriminantPath.of_moments(Moments.of(examples), torch.arange(3))
    for found, wanted in zip(of_sums.solve(0.3), path.solve(0.3), strict=True):
        torch.testing.assert_close(found, wanted, atol=1e-9, rtol=1e-9)
