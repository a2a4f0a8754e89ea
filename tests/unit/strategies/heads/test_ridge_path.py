"""The ridge path against refits: leaving an example out by formula is leaving it out."""

import pytest
import torch
from head_cases import blobs
from torch import Tensor

from injerto.strategies.heads import standardisation
from injerto.strategies.heads.examples import check_examples, check_weights
from injerto.strategies.heads.ridge_path import RidgePath

PENALTIES = torch.tensor([1e-4, 0.03, 1.0, 50.0], dtype=torch.float64)


def refit(z_ND: Tensor, y_NC: Tensor, weight_N: Tensor, penalty: float) -> tuple[Tensor, Tensor]:
    """Weighted ridge with a free intercept by its normal equations: nothing shared with the code under test."""
    ones = torch.cat([z_ND, torch.ones(len(z_ND), 1, dtype=torch.float64)], dim=1)
    ridge = penalty * torch.eye(ones.shape[1], dtype=torch.float64)
    ridge[-1, -1] = 0
    solution = torch.linalg.solve(ones.T @ (weight_N[:, None] * ones) + ridge, ones.T @ (weight_N[:, None] * y_NC))
    return solution[:-1], solution[-1]


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize(("num", "width"), [(30, 4), (9, 40), (12, 12), (12, 11), (12, 13)])
def test_leave_one_out_scores_equal_refits(
    num: int, width: int, weighted: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(standardisation, "_BLOCK_NUMBERS", 100)  # Several blocks, as with large data.
    features, labels = blobs(num, width)
    examples = check_examples(features, labels, num_classes=3)
    weight_N = check_weights(torch.arange(1, num + 1) if weighted else None, examples)
    path = RidgePath.of(examples, weight_N)
    scores = torch.cat([block for _, block in path.left_out_scores(examples, weight_N, PENALTIES)])
    z_ND, kept = path.spectrum.standardise(features), ~torch.eye(num, dtype=torch.bool)
    for index, penalty in enumerate(PENALTIES.tolist()):
        for row in range(num):
            rest = kept[row]
            weight_DC, bias_C = refit(z_ND[rest], examples.targets[rest], weight_N[rest], num * penalty)
            torch.testing.assert_close(scores[row, index], z_ND[row] @ weight_DC + bias_C, atol=1e-8, rtol=1e-8)


@pytest.mark.parametrize(("num", "width"), [(30, 4), (9, 40)])
def test_the_solution_equals_the_normal_equations(num: int, width: int) -> None:
    features, labels = blobs(num, width)
    examples = check_examples(features, labels, num_classes=3)
    weight_N = check_weights(None, examples)
    path = RidgePath.of(examples, weight_N)
    weight_CD, bias_C = path.solve(0.2)
    wanted_DC, wanted_C = refit(path.spectrum.standardise(features), examples.targets, weight_N, 0.2 * num)
    scores = features.double() @ weight_CD.T + bias_C
    torch.testing.assert_close(scores, path.spectrum.standardise(features) @ wanted_DC + wanted_C, atol=1e-9, rtol=1e-9)


def test_every_third_row_gives_the_scores_of_these_rows() -> None:
    features, labels = blobs()
    examples = check_examples(features, labels, num_classes=3)
    weight_N = check_weights(None, examples)
    path = RidgePath.of(examples, weight_N)
    every = torch.cat([block for _, block in path.left_out_scores(examples, weight_N, PENALTIES)])
    third = torch.cat([block for _, block in path.left_out_scores(examples, weight_N, PENALTIES, every=3)])
    torch.testing.assert_close(third, every[::3])
