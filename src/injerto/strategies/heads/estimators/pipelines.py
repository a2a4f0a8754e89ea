"""A pipeline of scalers and a linear classifier as one `LinearHead`: the scaling is folded into the weights."""

from typing import ClassVar, Final, final

import torch
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import MaxAbsScaler, MinMaxScaler, StandardScaler
from torch import Tensor

from injerto.strategies.heads.estimators.family import AbstractFamily, Estimator, Shape, refuse_setting, tensor
from injerto.strategies.heads.estimators.linear_models import LinearModels, assemble_rows, read_rows
from injerto.strategies.heads.head import AbstractHead

_LINEAR: Final = LinearModels()


@final
class Pipelines(AbstractFamily):
    """`make_pipeline(StandardScaler(), LogisticRegression())` and the like."""

    types: ClassVar[tuple[type, ...]] = (Pipeline,)

    def check_settings(self, estimator: Estimator) -> None:
        *steps, (_, last) = estimator.steps
        if type(last) not in LinearModels.types:
            hint = ", ".join(sorted(kind.__name__ for kind in LinearModels.types))
            raise refuse_setting(estimator, f"{type(last).__name__} as its last step", hint)
        for _, step in steps:
            if not _is_identity(step) and type(step) not in (StandardScaler, MinMaxScaler, MaxAbsScaler):
                raise refuse_setting(
                    estimator, f"{type(step).__name__} as a step", "StandardScaler, MinMaxScaler, MaxAbsScaler"
                )
            if isinstance(step, MinMaxScaler) and step.clip:
                raise refuse_setting(estimator, "MinMaxScaler(clip=True)", "clip=False")
        _LINEAR.check_settings(last)

    def convert(self, estimator: Estimator, shape: Shape) -> AbstractHead:
        *steps, (_, last) = estimator.steps
        coefficient_KD, intercept_K = read_rows(last, shape.num_features)
        for _, step in reversed(steps):
            if not _is_identity(step):
                factor_D, offset_D = _affine(step, shape.num_features)
                intercept_K = intercept_K + coefficient_KD @ offset_D
                coefficient_KD = coefficient_KD * factor_D
        return assemble_rows(coefficient_KD, intercept_K, shape)


def _is_identity(step: Estimator) -> bool:
    return step is None or step == "passthrough"


def _affine(step: Estimator, num_features: int) -> tuple[Tensor, Tensor]:
    """Factor and offset of each feature: the step computes factor * x + offset."""
    one_D, zero_D = torch.ones(num_features, dtype=torch.float64), torch.zeros(num_features, dtype=torch.float64)
    if isinstance(step, MinMaxScaler):
        return tensor(step.scale_), tensor(step.min_)
    factor_D = one_D if step.scale_ is None else 1 / tensor(step.scale_)
    if isinstance(step, MaxAbsScaler) or step.mean_ is None or not step.with_mean:
        return factor_D, zero_D
    return factor_D, -tensor(step.mean_) * factor_D
