"""Which training labels are probably wrong: those that a head which has not seen the example finds unlikely."""

# N training examples, C classes.

from typing import Final

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from injerto.core.messages import say
from injerto.core.suspect_labels import SuspectLabel, SuspectLabels
from injerto.data.labelled import Example
from injerto.data.places import below_source
from injerto.evidence.control import Trial
from injerto.evidence.training_features import TrainingFeatures
from injerto.strategies.heads.closed_form import leave_one_out
from injerto.tasks.task import Floats

_MOST_SHOWN: Final = 20
_TIMES_LIKELIER: Final = 5.0
_LEAST_PER_CLASS: Final = 5
"""Examples below which a class is not judged: the head that leaves one of them out hardly knows it."""
_LEAST_EXAMPLES: Final = 30
_HARDNESS: Final = 0.7
"""How much of the head's own error may pass for wrong labels: without planted flips the share found was 0.2 to 0.7 of
the leave-one-out error on six data sets (docs/evidence.md)."""


def measure_suspect_labels(trial: Trial, features: TrainingFeatures) -> SuspectLabels | None:
    """Suspects among the training labels; None where there are too few examples to contradict any.

    An exact duplicate with the same wrong label speaks for it; reading the data reports duplicates and conflicts.
    """
    targets = features.train_targets.numpy()
    frequent = np.bincount(targets, minlength=len(trial.data.labels)) >= _LEAST_PER_CLASS
    judged = np.flatnonzero(frequent[targets])
    if len(judged) < _LEAST_EXAMPLES or frequent.sum() < 2:
        return None
    probabilities_NC = leave_out(features.train, features.train_targets, num_classes=len(frequent))
    probabilities_NC[:, ~frequent] = 0
    examples = [trial.data.examples[trial.splits.train[i]] for i in judged]
    found = find_suspects(probabilities_NC[judged], targets[judged])
    share, low, high = estimate_share(probabilities_NC[judged], targets[judged])
    suspects = tuple(
        _describe(
            examples[row], probabilities_NC[judged[row]], targets[judged[row]], trial.data.labels, trial.data.source
        )
        for row in found[:_MOST_SHOWN]
    )
    return SuspectLabels(
        suspects=suspects,
        num_suspect=len(found),
        num_examples=len(judged),
        share=share,
        low=low,
        high=high,
        sentence=_sentence(suspects, len(found), len(judged), low, high),
    )


def leave_out(features: Tensor, targets: Tensor, *, num_classes: int) -> Floats:
    """Probabilities of each example by a ridge head that was solved without it, shape (examples, classes).

    Exact leave-one-out at the penalty and the scale that `fit_ridge` chooses.
    """
    score_NC = leave_one_out(features, targets, num_classes=num_classes)
    return np.asarray(torch.softmax(score_NC, dim=1).cpu().numpy())


def find_suspects(probability_NC: Floats, target_N: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Rows whose label is confidently another, or five times less likely than another; the most suspect first.

    Either alone misses half of the planted flips somewhere: few wrong labels leave a class so sure of itself that many
    a flip does not reach its average, and many make all probabilities so even that nothing is five times likelier.
    """
    rows = np.arange(len(target_N))
    confident_N = _confident_class(probability_NC, target_N)
    others_NC = probability_NC.copy()
    others_NC[rows, target_N] = 0
    ratio_N = others_NC.max(axis=1) / np.maximum(probability_NC[rows, target_N], 1e-12)
    suspect_N = ((confident_N != target_N) & (confident_N >= 0)) | (ratio_N >= _TIMES_LIKELIER)
    order = np.argsort(-ratio_N, kind="stable")
    return np.asarray(order[suspect_N[order]])


def estimate_share(probability_NC: Floats, target_N: npt.NDArray[np.int64]) -> tuple[float, float, float]:
    """Share of wrong labels by the confident joint (Northcutt et al. 2021, arXiv 1911.00068), and bounds.

    The joint cannot tell a wrong label from a hard example, so that it is mostly too high. The lower bound takes off
    what the error of the head alone may make of it; the upper one adds two standard errors.
    """
    another_N = _confident_class(probability_NC, target_N)
    counted_N = another_N >= 0
    kept = 0.0
    for label in np.unique(target_N):
        own_N = (target_N == label) & counted_N
        right = (another_N[own_N] == label).mean() if own_N.any() else 1.0
        kept += right * (target_N == label).mean()
    share = float(1 - kept)
    error = float((probability_NC.argmax(axis=1) != target_N).mean())
    spread = 2 * float(np.sqrt(share * (1 - share) / len(target_N))) + 1 / len(target_N)
    return share, max(0.0, share - _HARDNESS * error - spread), min(1.0, share + spread)


def _confident_class(probability_NC: Floats, target_N: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """The likeliest class among those at least as likely as for their own examples on average; -1 for none."""
    labels = range(probability_NC.shape[1])
    bar_C = np.array([probability_NC[target_N == k, k].mean() if (target_N == k).any() else np.inf for k in labels])
    confident_NC = np.where(probability_NC >= bar_C, probability_NC, -1.0)
    return np.where(confident_NC.max(axis=1) >= 0, confident_NC.argmax(axis=1), -1)


def _describe(
    example: Example, probability_C: Floats, target: int, labels: tuple[str, ...], source: str
) -> SuspectLabel:
    likelier = int(np.argmax(np.where(np.arange(len(labels)) == target, -1, probability_C)))
    return SuspectLabel(
        where=below_source(example.where, source),
        label=labels[target],
        likelier=labels[likelier],
        probability=float(probability_C[target]),
        likelier_probability=float(probability_C[likelier]),
    )


def _sentence(suspects: tuple[SuspectLabel, ...], num_suspect: int, num_judged: int, low: float, high: float) -> str:
    digits = 0 if high >= 0.02 else 1
    bounds = {"low": f"{100 * low:.{digits}f}", "high": f"{100 * high:.{digits}f}"}
    if not suspects:
        return say("suspect.none", judged=num_judged, **bounds)
    return say("suspect.some", number=num_suspect, judged=num_judged, **bounds)
