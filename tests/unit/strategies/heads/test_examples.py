"""What a fit is given is checked before anything is computed."""

import pytest
import torch

from injerto.core.errors import ModelError, UsageError
from injerto.strategies.heads.examples import check_examples, check_weights


@pytest.mark.parametrize(
    "features", [torch.zeros(3), torch.zeros(0, 2), torch.zeros(3, 0), torch.zeros(3, 2, dtype=torch.int64)]
)
def test_features_that_are_no_matrix_of_numbers_are_refused(features: torch.Tensor) -> None:
    with pytest.raises(UsageError, match="U403"):
        check_examples(features, torch.zeros(3, dtype=torch.int64), num_classes=2)


@pytest.mark.parametrize("targets", [torch.tensor([0, 1]), torch.tensor([0, 1, 2]), torch.tensor([0, -1, 1])])
def test_class_indices_must_be_one_an_example_and_in_range(targets: torch.Tensor) -> None:
    with pytest.raises(UsageError, match=r"U402.*3 class indices from 0 to 1"):
        check_examples(torch.zeros(3, 2), targets, num_classes=2)


def test_class_indices_must_be_whole_numbers() -> None:
    with pytest.raises(UsageError, match=r"U402.*float32"):
        check_examples(torch.zeros(2, 2), torch.tensor([0.0, 1.0]), num_classes=2)


@pytest.mark.parametrize("targets", [torch.zeros(2, 3), torch.full((2, 2), 2)])
def test_many_labels_must_be_a_matrix_of_zeros_and_ones(targets: torch.Tensor) -> None:
    with pytest.raises(UsageError, match=r"U402.*0/1 matrix"):
        check_examples(torch.zeros(2, 2), targets, num_classes=2, multi_label=True)


def test_an_overflowed_feature_is_the_backbones_fault() -> None:
    features = torch.zeros(4, 2)
    features[1, 0], features[3] = torch.inf, torch.nan
    with pytest.raises(ModelError, match="M405: 2 of 4 feature vectors"):
        check_examples(features, torch.tensor([0, 1, 0, 1]), num_classes=2)


@pytest.mark.parametrize("weight", [torch.ones(2), torch.tensor([1.0, 0.0, 1.0]), torch.tensor([1.0, torch.nan, 1.0])])
def test_example_weights_must_be_positive_and_one_an_example(weight: torch.Tensor) -> None:
    examples = check_examples(torch.zeros(3, 2), torch.tensor([0, 1, 0]), num_classes=2)
    with pytest.raises(UsageError, match="U404"):
        check_weights(weight, examples)


def test_example_weights_get_mean_one() -> None:
    examples = check_examples(torch.zeros(2, 2), torch.tensor([0, 1]), num_classes=2)
    assert check_weights(torch.tensor([1.0, 3.0]), examples).tolist() == [0.5, 1.5]
