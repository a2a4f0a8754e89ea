"""Linear scikit-learn classifiers, alone or after scalers, as a `LinearHead`."""

from typing import final

from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.linear_model import (
    LogisticRegression,
    LogisticRegressionCV,
    Perceptron,
    RidgeClassifier,
    RidgeClassifierCV,
    SGDClassifier,
)
from sklearn.svm import LinearSVC
from torch import Tensor

from injerto.strategies.heads.estimators.family import AbstractFamily, Estimator, Shape, refuse_setting, tensor
from injerto.strategies.heads.head import AbstractHead
from injerto.strategies.heads.linear_assembly import assemble_binary, assemble_linear


@final
class LinearModels(AbstractFamily):
    """Scores = the decision function; for two classes half of it up and down, so that softmax is its sigmoid.

    The probabilities are those of the estimator for logistic regression and discriminant analysis, and for
    `SGDClassifier(loss="log_loss")` with two classes. The others have margins and no probabilities, or (SGD with more
    classes) divide sigmoids by their sum, which is no softmax; the class they choose is the same.
    """

    types = (
        LogisticRegression,
        LogisticRegressionCV,
        RidgeClassifier,
        RidgeClassifierCV,
        SGDClassifier,
        Perceptron,
        LinearSVC,
        LinearDiscriminantAnalysis,
    )

    def check_settings(self, estimator: Estimator) -> None:
        if not isinstance(estimator, (LogisticRegression, LogisticRegressionCV)):
            return
        # Both mean one-vs-rest, whose probabilities are sigmoids divided by their sum; `multi_class` went in 1.8.
        if estimator.get_params().get("multi_class") == "ovr":
            raise refuse_setting(estimator, "multi_class='ovr'", "multi_class='multinomial'")
        if estimator.solver == "liblinear":
            raise refuse_setting(estimator, "solver='liblinear'", "solver='lbfgs'")

    def convert(self, estimator: Estimator, shape: Shape) -> AbstractHead:
        return assemble_rows(*read_rows(estimator, shape.num_features), shape)


def read_rows(estimator: Estimator, num_features: int) -> tuple[Tensor, Tensor]:
    """Coefficients, shape (rows, features), and intercepts, shape (rows,), of a fitted linear classifier."""
    # `RidgeClassifier` drops the dimension of a single row, and an absent intercept is one zero for all rows.
    coefficient_KD = tensor(estimator.coef_).reshape(-1, num_features)
    return coefficient_KD, tensor(estimator.intercept_).reshape(-1).expand(len(coefficient_KD))


def assemble_rows(coefficient_KD: Tensor, intercept_K: Tensor, shape: Shape) -> AbstractHead:
    """The head of a decision function, which has one row for two classes and else one a class."""
    if len(coefficient_KD) == 1:
        return assemble_binary(coefficient_KD[0], intercept_K[0], shape.present_K, shape.num_classes)
    return assemble_linear(coefficient_KD, intercept_K, shape.present_K, shape.num_classes)
