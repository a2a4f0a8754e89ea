"""The model of a folder with the examples that it learned from and was tested on."""

from dataclasses import dataclass
from typing import Final, final

import numpy as np

from injerto.artifacts.inspecting import InspectedArtifact
from injerto.artifacts.loading import load_artifact
from injerto.artifacts.model import Model
from injerto.core.answer_kind import AnswerKind
from injerto.core.errors import InjertoError
from injerto.core.progress import Reporter
from injerto.core.seeds import derive_seed
from injerto.data.labelled import LabelledData, Splits
from injerto.evidence.close_up import CloseUp
from injerto.evidence.detection.close_up import BoxCloseUp
from injerto.evidence.transcripts import TranscriptCloseUp
from injerto.workflow.device import choose_device

_MOST_TRAIN: Final = 4000
_MOST_VALUES: Final = 20_000_000
"""Of the features of all training examples that are looked at: memory stays flat as data grow."""


@final
@dataclass(frozen=True, kw_only=True, slots=True)
class LookedAt:
    """The model with its examples, in the form that fits its answers; all None where it cannot be loaded here."""

    labels: CloseUp | None = None
    boxes: BoxCloseUp | None = None
    transcripts: TranscriptCloseUp | None = None
    unloaded: str | None = None
    """Why it could not be loaded."""


def look_closely(
    found: InspectedArtifact, data: LabelledData, splits: Splits | None, *, device: str, reporter: Reporter
) -> LookedAt:
    """Load the model; without splits all of the data are judged and no training example is known.

    Raises as `load_artifact` does.
    """
    model = load_artifact(found.path, device=choose_device(device))
    judged = data if splits is None else data.subset(splits.test)
    if found.kind is AnswerKind.BOXES:
        return LookedAt(boxes=BoxCloseUp(model=model, test=judged.examples, reporter=reporter))
    if found.kind is AnswerKind.TRANSCRIPT:
        return LookedAt(transcripts=TranscriptCloseUp(model=model, data=judged, reporter=reporter))
    return LookedAt(labels=_look_at_labels(model, found.record.plan.seed, data, splits, reporter))


def _look_at_labels(model: Model, seed: int, data: LabelledData, splits: Splits | None, reporter: Reporter) -> CloseUp:
    if splits is None:
        return CloseUp(model=model, test=data.examples, seed=seed, reporter=reporter)
    most = min(_MOST_TRAIN, max(1, _MOST_VALUES // model.backbone.num_features(model.pool)))
    drawn = np.random.default_rng(derive_seed(seed, "close-up")).permutation(splits.train)[:most]
    return CloseUp(
        model=model,
        test=[data.examples[i] for i in splits.test],
        train=[data.examples[i] for i in np.sort(drawn)],
        seed=seed,
        reporter=reporter,
    )


def look_if_possible(
    found: InspectedArtifact, data: LabelledData, splits: Splits, *, device: str, reporter: Reporter
) -> LookedAt:
    """`look_closely`; else why the model cannot be loaded here, for what can do without it and says so."""
    try:
        return look_closely(found, data, splits, device=device, reporter=reporter)
    except InjertoError as error:
        return LookedAt(unloaded=error.what)
