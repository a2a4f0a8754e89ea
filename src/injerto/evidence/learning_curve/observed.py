"""The errors of all sizes as one observation: means, and how they vary together."""

# M judged examples, S sizes, B starting points, G clusters of examples that err together.

from dataclasses import dataclass
from typing import Final, Self, final

import numpy as np

from injerto.evidence.learning_curve.left_out import LeftOutErrors
from injerto.tasks.task import Floats

_NEAR: Final = 3
"""Largest sizes from which the luck of the training split is estimated: what it is at small ones says little."""


@final
@dataclass(frozen=True, kw_only=True, slots=True)
class ObservedCurve:
    r"""Mean errors with their covariance, which adds up from

    - the judges: other examples would err otherwise, at all sizes alike (clustered sandwich over examples);
    - the resamples: the mean of twenty heads of a size is not that of all heads;
    - the split: all subsets come from one training split. The error of a subset of n of N examples is to first order a
      mean over its members, of variance s / n (1 - n/N) over subsets and s / N over splits, so that the second is the
      first times n / (N - n) (Hoeffding 1948, the projection of a U-statistic);
    - few mistakes: without one the variance above is zero and the truth is not. Two mistakes are added, as in the
      interval of Agresti and Coull 1998.
    """

    num_examples_S: Floats
    error_S: Floats
    covariance_SS: Floats
    num_total: int
    """Examples of the whole training split."""
    num_judged: int

    @classmethod
    def of(cls, errors: LeftOutErrors, *, num_total: int) -> Self:
        """Summarise the mistakes of all heads."""
        count_SM = errors.judged_SBM.sum(axis=1)
        seen_M = (count_SM > 0).all(axis=0)  # With large groups some example may be in every run of a size.
        judged_SBM, count_SM = errors.judged_SBM[:, :, seen_M], count_SM[:, seen_M]
        wrong_SBM, cluster_M = errors.wrong_SBM[:, :, seen_M], errors.cluster_M[seen_M]
        mean_SM = wrong_SBM.sum(axis=1) / count_SM
        num = mean_SM.shape[1]
        error_S = mean_SM.mean(axis=1)
        covariance_SS = _cluster_covariance(mean_SM - error_S[:, None], cluster_M)
        spread_S = _spread_of_heads(wrong_SBM, judged_SBM, mean_SM)
        n_S = errors.num_examples_S
        split = float((spread_S * n_S / (num_total - n_S))[-_NEAR:].mean())
        covariance_SS += np.diag(spread_S / wrong_SBM.shape[1]) + split + _few_mistakes(float(error_S[-1]), num)
        return cls(
            num_examples_S=n_S,
            error_S=error_S,
            covariance_SS=covariance_SS,
            num_total=num_total,
            num_judged=num,
        )


def _cluster_covariance(residual_SM: Floats, cluster_M: np.ndarray) -> Floats:
    clusters, index_M = np.unique(cluster_M, return_inverse=True)
    sum_SG = np.stack([np.bincount(index_M, weights=row, minlength=len(clusters)) for row in residual_SM])
    return np.asarray(sum_SG @ sum_SG.T / residual_SM.shape[1] ** 2)


def _spread_of_heads(wrong_SBM: np.ndarray, judged_SBM: np.ndarray, mean_SM: Floats) -> Floats:
    """Variance over the heads of a size of how much more each errs than the others do on the same examples."""
    num_SB = np.maximum(judged_SBM.sum(axis=2), 1)
    excess_SB = (wrong_SBM.sum(axis=2) - np.einsum("sbm,sm->sb", judged_SBM, mean_SM)) / num_SB
    return np.asarray(excess_SB.var(axis=1, ddof=1))


def _few_mistakes(error: float, num: int) -> float:
    corrected = (error * num + 2) / (num + 4)
    return max(0.0, corrected * (1 - corrected) - error * (1 - error)) / num
