"""Fits a scikit-learn classifier on features and turns it into a head."""

from time import perf_counter

from sklearn.base import clone
from torch import Tensor

from injerto.core.errors import UsageError
from injerto.strategies.heads.estimators.conversion import check_storable, convert_estimator
from injerto.strategies.heads.estimators.family import Estimator
from injerto.strategies.heads.examples import check_examples
from injerto.strategies.heads.head import FittedHead
from injerto.strategies.heads.linear_assembly import constant_linear


def fit_estimator(
    estimator: Estimator,
    features: Tensor,
    targets: Tensor,
    *,
    num_classes: int,
    seed: int,
    multi_label: bool = False,
) -> FittedHead:
    """Fit a clone of `estimator`, with every `random_state` in it set from `seed`, and convert it.

    Raises `UsageError` before training for an estimator that cannot be stored. Where all examples have one class,
    which scikit-learn's linear models refuse, the head answers that class.

    Args:
        features: shape (examples, features).
        targets: class indices, shape (examples,).
        num_classes: length of a score, at least the largest index plus one.
    """
    start = perf_counter()
    name = type(estimator).__name__
    check_storable(estimator)
    if multi_label:
        raise UsageError("head-one-label", head=name)
    examples = check_examples(features, targets, num_classes=num_classes)
    present = examples.present.nonzero()[:, 0]
    if len(present) == 1:
        constant = constant_linear(features.shape[1], int(present[0]), num_classes)
        return FittedHead(head=constant, facts={"estimator": name, "seconds": perf_counter() - start})
    fitted = clone(estimator)
    states = [key for key in fitted.get_params() if key == "random_state" or key.endswith("__random_state")]
    fitted.set_params(**dict.fromkeys(states, seed % 2**32))
    fitted.fit(examples.features.detach().float().cpu().numpy(), examples.labels.cpu().numpy())
    head = convert_estimator(fitted, features.shape[1], num_classes=num_classes).to(features.device)
    return FittedHead(head=head, facts={"estimator": name, "seconds": perf_counter() - start})
