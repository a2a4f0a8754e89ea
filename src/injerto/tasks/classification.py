"""Classification of anything: one label an example, or many at once."""

from typing import Final

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from injerto.tasks.task import AbstractTask, Floats, Ints, Prediction

_STEPS: Final = 45
"""Of the search for a temperature, known to nine digits after them."""

_SMALLEST: Final = 1e-15
"""Probabilities are kept this far from 0 in logarithms, as in scikit-learn's `log_loss` for doubles."""


class AbstractClassification(AbstractTask):
    """One label: softmax and cross-entropy. Many labels, targets a 0/1 matrix: sigmoid and binary cross-entropy."""

    def loss(self, scores: Tensor, targets: Tensor, *, label_smoothing: float = 0.0) -> Tensor:
        if self.many_labels:
            smoothed = targets.to(scores.dtype) * (1 - label_smoothing) + label_smoothing / 2
            return functional.binary_cross_entropy_with_logits(scores, smoothed)
        return functional.cross_entropy(scores, targets, label_smoothing=label_smoothing)

    def probabilities(self, scores: Tensor, *, temperature: float) -> Floats:
        scaled = scores.detach().double().cpu() / temperature
        result = torch.sigmoid(scaled) if self.many_labels else torch.softmax(scaled, dim=1)
        return np.asarray(result.numpy(), dtype=np.float64)

    def fit_temperature(self, scores: Tensor, targets: Tensor) -> float:
        """Guo et al. 2017, arXiv 1706.04599: one number, found by a golden-section search over its logarithm.

        The log loss is convex in 1/T, hence unimodal in log T. A small split without a single error would ask for
        certainty, so targets are smoothed by 1/(n + 2) as in Platt 1999: what n examples can't rule out stays possible.
        """
        scores, targets = scores.detach().double().cpu(), targets.cpu()
        smoothing = 1 / (len(targets) + 2)

        def loss_at(log_temperature: float) -> float:
            return float(self.loss(scores / np.exp(log_temperature), targets, label_smoothing=smoothing))

        low, high = np.log(0.02), np.log(50.0)
        ratio = (np.sqrt(5) - 1) / 2
        left, right = high - ratio * (high - low), low + ratio * (high - low)
        at_left, at_right = loss_at(left), loss_at(right)
        for _ in range(_STEPS):
            if at_left <= at_right:
                high, right, at_right = right, left, at_left
                left = high - ratio * (high - low)
                at_left = loss_at(left)
            else:
                low, left, at_left = left, right, at_right
                right = low + ratio * (high - low)
                at_right = loss_at(right)
        return float(np.exp((low + high) / 2))

    def correct(self, probabilities: Floats, targets: Ints) -> Floats:
        if self.many_labels:
            return np.asarray(((probabilities > 0.5) == (targets > 0)).all(axis=1), dtype=np.float64)
        return np.asarray(probabilities.argmax(axis=1) == targets, dtype=np.float64)

    def losses(self, probabilities: Floats, targets: Ints) -> Floats:
        clipped = np.clip(probabilities, _SMALLEST, 1 - _SMALLEST)
        if self.many_labels:
            return np.asarray(-np.where(targets > 0, np.log(clipped), np.log(1 - clipped)).mean(axis=1))
        return np.asarray(-np.log(clipped[np.arange(len(targets)), targets]))

    def refined(self, probabilities: Floats, targets: Ints) -> Floats:
        """At the temperature that fits them: what is left of the log loss is what calibration cannot mend.

        Log loss is calibration error plus refinement loss (Bröcker 2009, doi 10.1002/qj.456).
        """
        inside = np.clip(probabilities, _SMALLEST, 1 - _SMALLEST)
        scores = torch.from_numpy(np.log(inside) - np.log(1 - inside) if self.many_labels else np.log(inside))
        return self.probabilities(scores, temperature=self.fit_temperature(scores, torch.from_numpy(targets)))

    def measure(self, probabilities: Floats, targets: Ints) -> dict[str, float]:
        """`accuracy` (with many labels: all labels right), `macro_f1` over the labels seen, `log_loss`."""
        if self.many_labels:
            predicted, present = probabilities > 0.5, targets > 0
        else:
            labels = np.arange(probabilities.shape[1])
            predicted, present = probabilities.argmax(axis=1)[:, None] == labels, targets[:, None] == labels
        return {
            "accuracy": float(self.correct(probabilities, targets).mean()),
            "macro_f1": _macro_f1(predicted, present),
            "log_loss": float(self.losses(probabilities, targets).mean()),
        }

    def decode(self, probabilities: Floats, labels: tuple[str, ...]) -> list[Prediction]:
        found = []
        for row in probabilities:
            best = int(row.argmax())
            above = tuple(label for label, value in zip(labels, row, strict=True) if value > 0.5)
            found.append(
                Prediction(
                    label=None if self.many_labels else labels[best],
                    labels=above if self.many_labels else (labels[best],),
                    probability=float(row[best]),
                    probabilities={label: float(value) for label, value in zip(labels, row, strict=True)},
                )
            )
        return found


def _macro_f1(predicted: np.ndarray, present: np.ndarray) -> float:
    """Mean F1 over the labels that were predicted or present; a label that is neither says nothing."""
    seen = predicted.any(axis=0) | present.any(axis=0)
    hits = (predicted & present).sum(axis=0)
    total = predicted.sum(axis=0) + present.sum(axis=0)
    return float((2 * hits[seen] / total[seen]).mean())
