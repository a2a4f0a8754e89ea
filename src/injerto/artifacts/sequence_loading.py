"""Construct a model that writes texts from an artifact that was inspected."""

from pathlib import Path

from injerto.artifacts.folders import find_spec
from injerto.artifacts.sequence_inspecting import inspect_sequence_artifact
from injerto.artifacts.sequence_model import SequenceModel
from injerto.backbones.sequences.loading import load_sequence_backbone
from injerto.backbones.sequences.sequence_backbone import AbstractSequenceBackbone
from injerto.core.artifact import ADAPTER_FOLDER, BACKBONE_FOLDER, RECORD_NAME
from injerto.core.errors import ModelError
from injerto.core.sequences import NetworkKind, SequenceRecord
from injerto.strategies.adapter_files import load_adapter
from injerto.tasks.sequence import AbstractSequenceTask
from injerto.tasks.task import tasks


def load_sequence_artifact(path: Path, *, device: str = "cpu") -> SequenceModel:
    """The trained model. Raises `ModelError` where the network that an adapter belongs to is another one now."""
    record = inspect_sequence_artifact(path)
    task = tasks.get(record.task)
    if not issubclass(task, AbstractSequenceTask):
        raise ModelError("artifact-record", path=path / RECORD_NAME)
    backbone = load_trained_backbone(path, record)
    return SequenceModel(
        task_name=record.task,
        task=task(),
        backbone=_placed(backbone, device),
        settings=record.settings,
        from_scratch=record.plan.from_scratch,
    )


def load_untouched(path: Path, record: SequenceRecord, *, device: str = "cpu") -> SequenceModel:
    """The network that the model at `path` grew on, as it was before training."""
    task = tasks.get(record.task)
    assert issubclass(task, AbstractSequenceTask)
    backbone = _load_base(path, record)
    return SequenceModel(
        task_name=record.task, task=task(), backbone=_placed(backbone, device), settings=record.settings
    )


def load_trained_backbone(path: Path, record: SequenceRecord) -> AbstractSequenceBackbone:
    """The network of an artifact, its updates beside the weights where it holds such."""
    kind = _kind(record)
    if record.backbone_included:
        backbone = load_sequence_backbone(str(path / BACKBONE_FOLDER), kind=kind)
        backbone.card = record.backbone.card
        return backbone
    backbone = _load_base(path, record)
    load_adapter(backbone, path / ADAPTER_FOLDER)
    return backbone


def _load_base(path: Path, record: SequenceRecord) -> AbstractSequenceBackbone:
    backbone = load_sequence_backbone(find_spec(record.backbone_spec, path, record.backbone.digest), kind=_kind(record))
    if backbone.digest != record.backbone.digest:
        raise ModelError(
            "backbone-differs",
            spec=record.backbone_spec,
            found=backbone.digest[:12],
            expected=record.backbone.digest[:12],
        )
    if record.vocabulary_digest not in (None, backbone.vocabulary_digest):
        raise ModelError("vocabulary-differs", spec=record.backbone_spec)
    return backbone


def _kind(record: SequenceRecord) -> NetworkKind:
    task = tasks.get(record.task)
    assert issubclass(task, AbstractSequenceTask)
    return task.network


def _placed(backbone: AbstractSequenceBackbone, device: str) -> AbstractSequenceBackbone:
    backbone.to(device)
    backbone.eval()
    return backbone
