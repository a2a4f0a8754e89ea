"""The estimators that can be asked for by name; a name is looked up here and is never an import path."""

import difflib
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.ensemble import ExtraTreesClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression, RidgeClassifierCV
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier

from injerto.core.errors import UsageError
from injerto.strategies.heads.estimators.family import Estimator

_RIDGE_ALPHAS: Final = tuple(10.0**power for power in range(-2, 6))

ESTIMATORS: Final[Mapping[str, Callable[[], Estimator]]] = MappingProxyType(
    {
        "decision-tree": lambda: DecisionTreeClassifier(),
        "extra-trees": lambda: ExtraTreesClassifier(n_estimators=200),
        "knn": lambda: KNeighborsClassifier(n_neighbors=5, metric="cosine", weights="distance"),
        # Shrunk by Ledoit and Wolf's rule: features are often as many as examples, where plain LDA overfits.
        "lda": lambda: LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto"),
        "linear-svc": lambda: make_pipeline(StandardScaler(), LinearSVC(max_iter=10_000)),
        "logistic-regression": lambda: make_pipeline(StandardScaler(), LogisticRegression(max_iter=5_000)),
        "random-forest": lambda: RandomForestClassifier(n_estimators=200),
        "ridge": lambda: make_pipeline(StandardScaler(), RidgeClassifierCV(alphas=_RIDGE_ALPHAS)),
    }
)


def make_estimator(name: str) -> Estimator:
    """An unfitted estimator by its short name; raises `UsageError` for one that is not in the list.

    >>> make_estimator("decision-tree")
    DecisionTreeClassifier()
    """
    if name not in ESTIMATORS:
        near = difflib.get_close_matches(name, ESTIMATORS, n=1, cutoff=0.5)
        raise UsageError(
            "unknown-name",
            kind="estimator",
            name=name,
            near=f"did you mean {near[0]!r}? " if near else "",
            names=", ".join(ESTIMATORS),
        )
    return ESTIMATORS[name]()
