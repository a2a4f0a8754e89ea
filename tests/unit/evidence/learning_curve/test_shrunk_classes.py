"""One Cholesky factor gives what the path over all penalties gives, from rows and from sums."""

import pytest
import torch

from injerto.evidence.learning_curve.shrunk_classes import ShrunkClasses
from injerto.strategies.heads.discriminant_path import DiscriminantPath
from injerto.strategies.heads.examples import check_examples
from injerto.strategies.heads.moments import Moments


@pytest.mark.parametrize(("num", "width"), [(60, 12), (20, 40), (13, 13)])
@pytest.mark.parametrize("penalty", [1e-3, 1.0, 1e3])
def test_both_forms_are_the_discriminant(num: int, width: int, penalty: float) -> None:
    generator = torch.Generator().manual_seed(num)
    labels = torch.arange(num) % 3
    features = torch.randn(num, width, generator=generator, dtype=torch.float64) * 3 + 5
    features += labels[:, None]
    moments = Moments.of(check_examples(features, labels, num_classes=4))
    wanted_weight, wanted_bias = DiscriminantPath.of_moments(moments, torch.arange(3)).solve(penalty)
    for classes in (ShrunkClasses.of_rows(features, labels), ShrunkClasses.of_moments(moments)):
        weight, bias = classes.solve(penalty)
        assert classes.present_K.tolist() == [0, 1, 2]
        # Scores: weights may differ by what no example shows.
        found, wanted = features @ weight.T + bias, features @ wanted_weight.T + wanted_bias
        torch.testing.assert_close(
            found - found.mean(1, True), wanted - wanted.mean(1, True), rtol=1e-6, atol=1e-6 * float(wanted.abs().max())
        )


def test_classes_of_one_example_and_constant_features_stay_finite() -> None:
    features = torch.tensor([[1.0, 0.0], [1.0, 2.0]])
    for penalty in (1e-4, 1e4):
        weight, bias = ShrunkClasses.of_rows(features, torch.tensor([0, 1])).solve(penalty)
        assert bool(torch.isfinite(weight).all() & torch.isfinite(bias).all())
        assert (features.double() @ weight.T + bias).argmax(1).tolist() == [0, 1]
