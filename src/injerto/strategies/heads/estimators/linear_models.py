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
        settings = estimator.get_params(deep=False)
        # Before scikit-learn 1.8, one-vs-rest: its probabilities are sigmoids divided by their sum.
        if settings.get("multi_class") == "ovr":
            raise refuse_setting(estimator, "multi_class='ovr'", "multi_class='multinomial'")
        if isinstance(estimator, LogisticRegression) and settings.get("solver") == "liblinear":
            raise refuse_setting(estimator, "solver='liblinear'", "solver='lbfgs'")

    def convert(self, estimator: Estimator, shape: Shape) -> AbstractHead:
        return assemble_rows(tensor(estimator.coef_), tensor(estimator.intercept_), shape)


def assemble_rows(coefficient_KD: Tensor, intercept_K: Tensor, shape: Shape) -> AbstractHead:
    """The head of a decision function, which has one row for two classes and else one a class."""
    intercept_K = intercept_K.expand(len(coefficient_KD)).clone()  # Without an intercept it is a single zero.
    if len(shape.present_K) == 2 and len(coefficient_KD) == 1:
        return assemble_binary(coefficient_KD[0], intercept_K[0], shape.present_K, shape.num_classes)
    return assemble_linear(coefficient_KD, intercept_K, shape.present_K, shape.num_classes)
