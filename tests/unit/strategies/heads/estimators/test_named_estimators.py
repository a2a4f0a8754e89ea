"""Estimators are asked for by a short name from a list, never by an import path."""

import pytest

from injerto.core.errors import UsageError
from injerto.strategies.heads.estimators import ESTIMATORS, check_storable, make_estimator


@pytest.mark.parametrize("name", sorted(ESTIMATORS))
def test_every_offered_name_can_be_stored(name: str) -> None:
    check_storable(make_estimator(name))
    assert make_estimator(name) is not make_estimator(name)


@pytest.mark.parametrize("name", ["random-forrest", "sklearn.svm.SVC", "os.system", ""])
def test_other_names_are_refused_with_the_list(name: str) -> None:
    with pytest.raises(UsageError, match=r"U101.*decision-tree, extra-trees, knn"):
        make_estimator(name)


def test_a_near_name_is_suggested() -> None:
    with pytest.raises(UsageError, match="did you mean 'random-forest'"):
        make_estimator("random-forrest")
