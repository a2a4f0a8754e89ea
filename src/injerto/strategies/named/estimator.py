"""Feature extraction with a scikit-learn estimator as head."""

from typing import ClassVar, final

from pydantic import Field

from injerto.core.plan import Phase
from injerto.strategies.strategy import AbstractStrategy, Setting, strategies


@strategies.register
@final
class Estimator(AbstractStrategy):
    """A scikit-learn classifier on frozen features, converted to tensors so that it is stored without pickle.

    From Python, `fit(..., head_estimator=RandomForestClassifier())` takes an estimator of your own.
    """

    summary: ClassVar[str] = "frozen backbone + a scikit-learn estimator: `estimator:name=random-forest`"
    source: ClassVar[str] = "Pedregosa et al. 2011, JMLR 12; Sharif Razavian et al. 2014, arXiv 1403.6382"
    heads: ClassVar[tuple[str, ...]] = ("linear",)

    name: str = Field("logistic-regression", description="which estimator; see the docs for the list")

    def phases(self, setting: Setting) -> tuple[Phase, ...]:
        return (Phase(name="head", solver="estimator"),)

    def head_options(self) -> dict[str, float | int | str | bool]:
        return {"solver": "estimator", "estimator": self.name}
