"""Pipelines that cannot be folded into one linear map are refused before training."""

from typing import Any

import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, PolynomialFeatures, StandardScaler

from injerto.core.errors import UsageError
from injerto.strategies.heads.estimators import check_storable


@pytest.mark.parametrize(
    ("pipeline", "named"),
    [
        (make_pipeline(StandardScaler(), RandomForestClassifier()), "RandomForestClassifier as its last step"),
        (make_pipeline(PolynomialFeatures(), LogisticRegression()), "PolynomialFeatures as a step"),
        (make_pipeline(MinMaxScaler(clip=True), LogisticRegression()), "clip=True"),
        (make_pipeline(StandardScaler(), "passthrough"), "str as its last step"),
    ],
)
def test_the_step_in_the_way_is_named(pipeline: Any, named: str) -> None:
    with pytest.raises(UsageError, match=f"U411: Pipeline with .*{named}"):
        check_storable(pipeline)
