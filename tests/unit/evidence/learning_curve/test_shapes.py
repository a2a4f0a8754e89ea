"""Shapes recover curves that are known, and widen where little is known."""

import numpy as np
import pytest

from injerto.evidence.learning_curve.observed import ObservedCurve
from injerto.evidence.learning_curve.shapes import Mixture, WeighedShapes

SIZES = np.array([50.0, 100, 150, 250, 450, 800])


def observe(error_S: np.ndarray, deviation: float) -> ObservedCurve:
    return ObservedCurve(
        num_examples_S=SIZES,
        error_S=error_S,
        covariance_SS=np.diag(np.full(len(SIZES), deviation**2)),
        num_total=1000,
        num_judged=10_000,
    )


@pytest.mark.parametrize(("floor", "scale", "exponent"), [(0.1, 2.0, 0.6), (0.05, 1.0, 0.4), (0.3, 4.0, 0.8)])
def test_a_power_law_with_an_offset_is_continued(floor: float, scale: float, exponent: float) -> None:
    shapes = WeighedShapes.of(observe(floor + scale * SIZES**-exponent, 1e-3))
    for factor in (1, 2, 4):
        wanted = floor + scale * (1000 * factor) ** -exponent
        found = shapes.error(factor)
        assert found.quantile(0.05) <= wanted <= found.quantile(0.95)
        assert found.mean() == pytest.approx(wanted, rel=0.12)  # The prior pulls, within the interval.


def test_the_interval_widens_with_noise_and_with_the_factor() -> None:
    error_S = 0.1 + 2 * SIZES**-0.6
    sharp, blurred = WeighedShapes.of(observe(error_S, 2e-3)), WeighedShapes.of(observe(error_S, 2e-2))

    def width(shapes: WeighedShapes, factor: float) -> float:
        return shapes.error(factor).quantile(0.95) - shapes.error(factor).quantile(0.05)

    assert width(sharp, 4) > 1.3 * width(sharp, 1)
    assert width(blurred, 4) > 1.5 * width(sharp, 4)


def test_quantiles_of_one_normal_distribution() -> None:
    one = Mixture(weight_P=np.array([1.0]), mean_P=np.array([2.0]), deviation_P=np.array([3.0]))
    assert one.quantile(0.5) == pytest.approx(2.0, abs=1e-6)
    assert one.quantile(0.95) == pytest.approx(2.0 + 3 * 1.644854, abs=1e-4)
