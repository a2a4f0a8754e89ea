"""`mend`: what refitting the last layer on the stored features would do for the groups of a column."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from injerto.activations.reading import compute_features
from injerto.activations.store.store import ActivationStore
from injerto.artifacts.inspecting import inspect_measurements
from injerto.artifacts.loading import load_artifact
from injerto.artifacts.model import Model, score_features
from injerto.core.errors import DataError, UsageError
from injerto.core.mending import Mending
from injerto.core.messages import say
from injerto.core.progress import Reporter, Silent
from injerto.data.arrays import Floats, Ints
from injerto.data.items import digest_in_order
from injerto.evidence.group_thresholds import measure_thresholds
from injerto.evidence.mending import Part, measure_mending
from injerto.evidence.readings import digest_test, record_reading
from injerto.workflow.audit import options_of
from injerto.workflow.device import choose_device
from injerto.workflow.ready import Ready, read_ready

if TYPE_CHECKING:
    from injerto.workflow.ready import DataOptions


def mend(
    model: str | Path,
    data: Any,
    *,
    group: str,
    thresholds: bool = False,
    options: "DataOptions | None" = None,
    device: str = "auto",
    reporter: Reporter | None = None,
) -> Mending:
    """Compare ways to refit the last layer, on the model's own train and test splits; nothing of the model is changed.

    Args:
        model: folder that `fit` wrote.
        data: what `fit` was given.
        group: column that says which group each example belongs to.
        thresholds: also choose a threshold for each group, of two labels: it treats people by their group, which the
            law forbids in many uses.
        options: how the data are read; None takes what `fit` was told.
        device: where features that are not stored are computed; see `fit`.

    Raises:
        UsageError: there is no such model or column, or an example carries several labels.
        ModelError: the model was changed, or its backbone is another one.
        DataError: the data are not those of the model's own `fit`, or too few cells can be judged.
    """
    found = inspect_measurements(Path(model))
    if found.record.multi_label:
        raise UsageError("head-one-label", head="mend")
    reporter = reporter or Silent()
    ready = read_ready(data, options_of(found, options, (group,)), found.record.plan.seed, reporter)
    test = [ready.data.examples[i].item for i in ready.splits.test]
    if found.answers is not None and digest_in_order(test) != found.answers.examples:
        raise DataError("data-differ", source=ready.data.source, model=found.path)
    record_reading(digest_test(test), num_examples=len(test), what=say("mend.reading"), where=str(found.path))
    loaded = load_artifact(found.path, device=choose_device(device))
    items = [example.item for example in ready.data.examples]
    store = ActivationStore(arithmetic=loaded.arithmetic)
    features = compute_features(loaded.backbone, items, pool=loaded.pool, store=store, reporter=reporter)
    made = measure_mending(
        _part(ready, features, ready.splits.train),
        _part(ready, features, ready.splits.test),
        labels=ready.data.labels,
        model=found.path.name,
        column=group,
        seed=found.record.plan.seed,
    )
    if made is None:
        raise DataError("mend-too-few", column=group)
    if not thresholds:
        return made
    if len(loaded.labels) != 2:
        raise UsageError("thresholds-two-labels", number=len(loaded.labels))
    answered = [_answered(loaded, ready, features, positions) for positions in (ready.splits.tune, ready.splits.test)]
    return made.model_copy(update={"thresholds": measure_thresholds(*answered, labels=loaded.labels)})


def _answered(
    model: Model, ready: Ready, features: torch.Tensor, positions: np.ndarray
) -> tuple[Floats, Ints, Sequence[str]]:
    """Probability of the second label, targets and groups of the examples that have a group."""
    part = _part(ready, features, positions)
    chances = model.calibrate(score_features(model.head, part.features.float()))
    return chances[:, 1], part.targets, part.groups


def _part(ready: Ready, features: torch.Tensor, positions: np.ndarray) -> Part:
    stated = [int(i) for i in positions if ready.data.examples[int(i)].attributes[0] is not None]
    return Part(
        features=features[stated],
        targets=ready.data.targets()[stated],
        groups=[str(ready.data.examples[i].attributes[0]) for i in stated],
    )
