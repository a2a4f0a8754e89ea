"""What a classifier of sounds is told of its own training examples, so that it knows what it was never told of."""

from typing import Final

import torch

from injerto.activations.reading import compute_features
from injerto.artifacts.familiarity import Familiarity
from injerto.artifacts.model import Model
from injerto.core.survey import Modality
from injerto.data.items import AbstractItem
from injerto.data.recordings import AbstractRecording, RecordingArray
from injerto.data.silences import find_passages
from injerto.evidence.control import Trial

_LEAST: Final = 4
"""Tuning examples below which no threshold is drawn."""


def measure_familiarity(model: Model, trial: Trial) -> Familiarity | None:
    """From features of the training and the tuning split; the test split is not read.

    The tuning recordings count twice, as they are and without the silence around them: an assistant hears what lies
    between two silences, and means over time are others without these.
    None for anything but one label a recording: nowhere else was it measured whether it tells foreign inputs.
    """
    is_asked = model.modality is Modality.AUDIO and not model.multi_label and not model.task.writes_text
    if not is_asked or len(trial.splits.tune) < _LEAST:
        return None
    # What a changed backbone makes of the examples is of no use to anybody else: it is not stored.
    store = None if model.backbone_changed else trial.store
    train, tune = (
        compute_features(
            model.backbone,
            [trial.data.examples[int(i)].item for i in positions],
            pool=model.pool,
            store=store,
            reporter=trial.reporter,
        ).cpu()
        for positions in (trial.splits.train, trial.splits.tune)
    )
    targets = torch.from_numpy(trial.data.targets()[trial.splits.train])
    bare = model.features([_without_silence(trial.data.examples[int(i)].item) for i in trial.splits.tune])
    return Familiarity.measure(train, targets, torch.cat([tune, bare]))


def _without_silence(item: AbstractItem) -> AbstractItem:
    """What is said in a recording, from the first sound to the last."""
    assert isinstance(item, AbstractRecording)
    sound = item.read()
    passages = find_passages(sound, longest_seconds=sound.seconds)
    if not passages:
        return item
    first, stop = (round(time * sound.sample_rate_hz) for time in (passages[0][0], passages[-1][1]))
    return RecordingArray(sound.samples[first:stop], sound.sample_rate_hz, item.name)
