"""A recogniser as it was published, without training here: its letters on its frames, or its own decoder."""

from pathlib import Path
from typing import TYPE_CHECKING, Final

from injerto.artifacts.inspecting import is_sequence_artifact
from injerto.artifacts.loading import load_artifact
from injerto.artifacts.model import Model
from injerto.backbones.backbone import AbstractBackbone
from injerto.backbones.loading import load_backbone
from injerto.backbones.speech.whisper_encoder import WhisperEncoder
from injerto.core.artifact import RECORD_NAME
from injerto.core.errors import ModelError
from injerto.strategies.heads.ctc import CtcHead
from injerto.tasks.task import label_task

if TYPE_CHECKING:
    from injerto.artifacts.sequence_model import SequenceModel

_TASK: Final = "speech-recognition"


def load_recogniser(place: str | Path, *, device: str = "cpu") -> "Model | SequenceModel":
    """A trained model, or what a folder or a name of the hub holds that writes down recordings by itself.

    Raises as `load_artifact` and `load_backbone` do, and `ModelError` where the network has no letters of its own.
    """
    name, path = str(place), Path(place)
    if is_sequence_artifact(path):
        from injerto.artifacts.sequence_loading import load_sequence_artifact  # Seconds, for transformers.

        return load_sequence_artifact(path, device=device)
    if (path / RECORD_NAME).exists() or not (name.startswith("hf:") or (path / "config.json").exists()):
        return load_artifact(path, device=device)
    backbone = load_backbone(name)
    if isinstance(backbone.network, WhisperEncoder):
        from injerto.artifacts.dictating import load_listener

        return load_listener(name, device=device)
    return read_source_model(backbone, device=device)


def read_source_model(backbone: AbstractBackbone, *, device: str = "cpu") -> Model:
    """A backbone with the letters that it was trained with, as a model of the task `speech-recognition`."""
    letters = backbone.source_letters
    if letters is None:
        raise ModelError("letters-missing", spec=backbone.spec)
    head = CtcHead.from_letters(letters.weight_VC, letters.bias_V, known=letters.characters, labels=letters.characters)
    return Model(
        task_name=_TASK,
        task=label_task(_TASK)(labels=letters.characters),
        backbone=backbone.to(device).eval(),
        head=head.to(device).eval(),
        labels=letters.characters,
        multi_label=False,
        pool="frames",
    )
