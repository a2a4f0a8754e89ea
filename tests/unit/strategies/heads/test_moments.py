"""Sums instead of examples: the same standardisation, directions and heads."""

import pytest
import torch
from head_cases import blobs, label_matrix
from hypothesis import given, settings
from hypothesis import strategies as st

from injerto.strategies.heads.closed_form import fit_ridge
from injerto.strategies.heads.examples import check_examples, check_weights
from injerto.strategies.heads.moments import Moments
from injerto.strategies.heads.ridge_path import RidgePath
from injerto.strategies.heads.standardisation import Standardisation


@pytest.mark.parametrize(("num", "width"), [(30, 4), (9, 20)])
def test_the_ridge_path_of_sums_is_that_of_the_examples(num: int, width: int) -> None:
    features, labels = blobs(num, width)
    examples = check_examples(features, labels, num_classes=3)
    weight_N = check_weights(None, examples)
    by_sums, by_rows = RidgePath.of_moments(Moments.of(examples)), RidgePath.of(examples, weight_N)
    assert len(by_sums.spectrum.value_R) == len(by_rows.spectrum.value_R)
    for found, wanted in zip(by_sums.solve(0.1), by_rows.solve(0.1), strict=True):
        torch.testing.assert_close(found, wanted, atol=1e-9, rtol=1e-9)


def test_a_fit_with_sums_is_the_fit_without() -> None:
    for features, targets, many in ((*blobs(80), False), (*label_matrix(), True)):
        moments = Moments.of(check_examples(features, targets, num_classes=3, multi_label=many))
        with_sums = fit_ridge(features, targets, num_classes=3, multi_label=many, moments=moments)
        without = fit_ridge(features, targets, num_classes=3, multi_label=many)
        torch.testing.assert_close(with_sums.head(features), without.head(features), atol=1e-5, rtol=1e-5)
        assert with_sums.facts["lambda"] == without.facts["lambda"]


def test_constant_features_are_found_in_sums() -> None:
    features, labels = blobs(50)
    features = torch.cat([features, torch.full((50, 1), 12345.678), torch.zeros(50, 1)], 1)
    examples = check_examples(features, labels, num_classes=3)
    standardise = Moments.of(examples).standardisation()
    assert torch.isinf(standardise.scale_D).tolist() == [False] * 5 + [True, True]
    plain = Standardisation.of(features, check_weights(None, examples))
    torch.testing.assert_close(standardise.scale_D[:5], plain.scale_D[:5], atol=0, rtol=1e-9)
    weight, _ = RidgePath.of_moments(Moments.of(examples)).solve(1.0)
    assert (weight[:, 5:] == 0).all()


@settings(max_examples=40, deadline=None)
@given(parts=st.lists(st.integers(1, 12), min_size=1, max_size=5), seed=st.integers(0, 10**6))
def test_sums_of_parts_add_to_the_sums_of_the_whole(parts: list[int], seed: int) -> None:
    features, labels = blobs(sum(parts), seed=seed)
    total, start = Moments.zeros(5, 3), 0
    for length in parts:
        rows = slice(start, start + length)
        total = total.plus(Moments.of(check_examples(features[rows], labels[rows], num_classes=3)))
        start += length
    whole = Moments.of(check_examples(features, labels, num_classes=3))
    torch.testing.assert_close(total.product_DD, whole.product_DD, atol=1e-8, rtol=1e-12)
    torch.testing.assert_close(total.cross_DC, whole.cross_DC, atol=1e-8, rtol=1e-12)
    back = total.plus(whole, weight=-1)
    assert float(back.product_DD.abs().max()) <= 1e-10 * float(whole.product_DD.abs().max())
