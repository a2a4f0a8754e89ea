"""From the fitted rows of the classes that had examples to a `LinearHead` over all classes."""

# D features, K classes with examples, C classes.

from typing import Final

import torch
from torch import Tensor

from injerto.strategies.heads.linear import LinearHead

ABSENT_SCORE: Final = -30.0
"""Score of a class without a training example: a probability below 1e-12, and a log-loss that stays finite."""


def assemble_linear(weight_KD: Tensor, bias_K: Tensor, present_K: Tensor, num_classes: int) -> LinearHead:
    """Head of one label an example whose row `present_K[k]` is the fitted row k, and absent classes never win.

    With absent classes the fitted rows are first moved by a common row so that they sum to zero, which changes neither
    their softmax nor their order: the best of them is then at least 0, above `ABSENT_SCORE` on every input.
    """
    if len(present_K) < num_classes:
        weight_KD, bias_K = weight_KD - weight_KD.mean(0), bias_K - bias_K.mean()
    weight_CD = weight_KD.new_zeros(num_classes, weight_KD.shape[1])
    bias_C = bias_K.new_full((num_classes,), ABSENT_SCORE)
    weight_CD[present_K], bias_C[present_K] = weight_KD, bias_K
    return LinearHead.from_weights(weight_CD, bias_C)


def assemble_binary(weight_D: Tensor, bias: Tensor, present_2: Tensor, num_classes: int) -> LinearHead:
    """Head of the two classes `present_2` whose softmax is the sigmoid of one margin, positive for the second."""
    rows_2D, biases_2 = torch.stack([-weight_D, weight_D]) / 2, torch.stack([-bias, bias]) / 2
    return assemble_linear(rows_2D, biases_2, present_2, num_classes)


def constant_linear(num_features: int, present: int, num_classes: int) -> LinearHead:
    """The head that always answers the only class there was."""
    weight_1D = torch.zeros(1, num_features, dtype=torch.float64)
    return assemble_linear(weight_1D, weight_1D[:, 0], torch.tensor([present]), num_classes)


def assemble_labels(weight_CD: Tensor, bias_C: Tensor, share_C: Tensor) -> LinearHead:
    """Head of many labels; one that no example has (share 0) or every one (share 1) is answered without looking."""
    learned_C = (share_C > 0) & (share_C < 1)
    fixed_C = torch.where(share_C > 0, -ABSENT_SCORE, ABSENT_SCORE)
    return LinearHead.from_weights(
        torch.where(learned_C[:, None], weight_CD, 0.0), torch.where(learned_C, bias_C, fixed_C)
    )
