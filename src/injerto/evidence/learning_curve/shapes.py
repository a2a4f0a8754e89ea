"""The continuation of an observed curve: an average over many shapes, each as likely as the observation makes it."""

# S sizes, P shapes.

import math
from dataclasses import dataclass
from typing import Final, Self, final

import numpy as np
import torch

from injerto.evidence.learning_curve.observed import ObservedCurve
from injerto.tasks.task import Floats

# The next constants have the best log score, of a coarse grid, for predictions on tweet_sentiment, brain_mri and
# flowers128; `benchmarks/learning_curve.py` judges them on other data. None of them matters much.

_TYPICAL_EXPONENT: Final = 1.0
_EXPONENT_SPREAD: Final = 0.5
"""Mean and standard deviation of the logarithm of the exponent c, normal, before anything is observed."""

_FLOOR_POWER: Final = 2.0
"""The share r of the error that no number of labels removes has density r to this power: features have their limits."""

_MISFIT: Final = 0.01
_MISFIT_SMALL: Final = 0.06
"""Standard deviation, as a share of the error, by which a shape may miss the largest size, and what is added to it at
a size e^2.8 = 16 times smaller: what heads do on few examples need not lie on the curve."""

_FLOORS: Final = np.linspace(0, 0.95, 20)
_EXPONENTS: Final = np.geomspace(0.1, 4, 16)
_DELAYS: Final = np.array([0, 0.1, 0.3, 1, 3])
"""In units of the training examples. Near chance an error falls later than a power does: with many classes, or more
features than examples, the steep part may lie ahead, and without delays the interval misses it half of the time."""

_QUANTILE_STEPS: Final = 40


@final
@dataclass(frozen=True, kw_only=True, slots=True)
class Mixture:
    """Normal distributions with weights that add up to one."""

    weight_P: Floats
    mean_P: Floats
    deviation_P: Floats

    def mean(self) -> float:
        """The mean of the whole."""
        return float(self.weight_P @ self.mean_P)

    def quantile(self, share: float) -> float:
        """The value below which this share lies, by bisection."""
        low = float((self.mean_P - 8 * self.deviation_P).min())
        high = float((self.mean_P + 8 * self.deviation_P).max())
        for _ in range(_QUANTILE_STEPS):
            middle = (low + high) / 2
            distance = torch.from_numpy((middle - self.mean_P) / self.deviation_P)
            below = float(self.weight_P @ torch.special.ndtr(distance).numpy())
            low, high = (middle, high) if below < share else (low, middle)
        return (low + high) / 2


@final
@dataclass(frozen=True, kw_only=True, slots=True)
class WeighedShapes:
    r"""Shapes e(n) = e (r + (1 - r) ((n + d) / (N + d))^-c), e the error at the N examples that there are.

    For given r, c and d the curve is linear in e, so that with the covariance of the observation the likelihood of the
    shape and the distribution of e are those of weighted least squares. Every (r, c, d) of a grid is weighed by its
    likelihood times its prior; a prediction is the mixture over all of them. So parameters that the data do not
    settle widen the interval and none has to be settled; a falling curve cannot rise again.
    """

    weight_P: Floats
    floor_P: Floats
    exponent_P: Floats
    delay_P: Floats
    level_P: Floats
    variance_P: Floats
    num_total: int

    @classmethod
    def of(cls, observed: ObservedCurve) -> Self:
        """Weigh the grid by one observed curve."""
        floor, exponent, delay = (
            axis.ravel() for axis in np.meshgrid(_FLOORS, _EXPONENTS, _DELAYS * observed.num_total)
        )
        error_S, n_S = observed.error_S, observed.num_examples_S
        misfit_S = _MISFIT + _MISFIT_SMALL * np.log(n_S[-1] / n_S) / math.log(16)
        # The last term keeps the matrix invertible where nothing was wrong at all.
        extra_S = (error_S * misfit_S) ** 2 + (0.1 / observed.num_judged) ** 2
        precision_SS = np.linalg.inv(observed.covariance_SS + np.diag(extra_S))
        shape_PS = _shape(n_S, observed.num_total, floor, exponent, delay)
        variance_P = 1 / np.einsum("ps,st,pt->p", shape_PS, precision_SS, shape_PS)
        level_P = variance_P * (shape_PS @ (precision_SS @ error_S))
        log_weight_P = (np.square(level_P) / variance_P + np.log(variance_P)) / 2 + _log_prior(floor, exponent, delay)
        weight_P = np.exp(log_weight_P - log_weight_P.max())
        return cls(
            weight_P=weight_P / weight_P.sum(),
            floor_P=floor,
            exponent_P=exponent,
            delay_P=delay,
            level_P=level_P,
            variance_P=variance_P,
            num_total=observed.num_total,
        )

    def error(self, factor: float) -> Mixture:
        """The error at `factor` times the training examples."""
        return self._mix(self._share(factor))

    def gain(self, factor: float) -> Mixture:
        """How much lower that is than the error at the training examples that there are."""
        return self._mix(1 - self._share(factor))

    def _share(self, factor: float) -> Floats:
        num = np.array([factor * self.num_total])
        return _shape(num, self.num_total, self.floor_P, self.exponent_P, self.delay_P)[:, 0]

    def _mix(self, share_P: Floats) -> Mixture:
        deviation_P = np.maximum(np.abs(share_P) * np.sqrt(self.variance_P), 1e-9)
        return Mixture(weight_P=self.weight_P, mean_P=share_P * self.level_P, deviation_P=deviation_P)


def _shape(n_S: Floats, num_total: int, floor_P: Floats, exponent_P: Floats, delay_P: Floats) -> Floats:
    ratio_PS = (n_S + delay_P[:, None]) / (num_total + delay_P[:, None])
    return np.asarray(floor_P[:, None] + (1 - floor_P[:, None]) * ratio_PS ** -exponent_P[:, None])


def _log_prior(floor_P: Floats, exponent_P: Floats, delay_P: Floats) -> Floats:
    distance_P = (np.log(exponent_P) - math.log(_TYPICAL_EXPONENT)) / _EXPONENT_SPREAD
    # Half for no delay, half for all delays together.
    log_delay_P = np.log(np.where(delay_P == 0, 0.5, 0.5 / (len(_DELAYS) - 1)))
    return np.asarray(_FLOOR_POWER * np.log(np.maximum(floor_P, 0.02)) - np.square(distance_P) / 2 + log_delay_P)
