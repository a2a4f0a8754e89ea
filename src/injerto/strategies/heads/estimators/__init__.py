"""scikit-learn classifiers as heads: fitted by scikit-learn, converted to tensors, stored without pickle."""

from injerto.strategies.heads.estimators.conversion import check_storable, convert_estimator
from injerto.strategies.heads.estimators.estimator_fit import fit_estimator
from injerto.strategies.heads.estimators.named import ESTIMATORS, make_estimator

__all__ = ["ESTIMATORS", "check_storable", "convert_estimator", "fit_estimator", "make_estimator"]
