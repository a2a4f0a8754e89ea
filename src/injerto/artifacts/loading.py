"""Construct a model from an artifact that was inspected. Nothing is run that comes from the folder."""

from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from injerto.artifacts.familiarity import FAMILIARITY_NAME, Familiarity
from injerto.artifacts.folders import find_spec
from injerto.artifacts.inspecting import inspect_artifact
from injerto.artifacts.model import Model
from injerto.backbones.backbone import AbstractBackbone
from injerto.backbones.loading import load_backbone
from injerto.core.artifact import BACKBONE_FOLDER, WEIGHTS_NAME, ArtifactRecord
from injerto.core.errors import ModelError
from injerto.core.provenance import ImageContract
from injerto.strategies.heads.head import load_head
from injerto.tasks.task import label_task


def load_artifact(path: Path, *, device: str = "cpu") -> Model:
    """The trained model of an artifact; raises as `inspect_artifact` does, and `ModelError` for a foreign backbone."""
    record = inspect_artifact(path)
    state = _read(path, WEIGHTS_NAME)
    task = label_task(record.task)(many_labels=record.multi_label, labels=record.labels)
    backbone = _load_backbone(path, record)
    return Model(
        task_name=record.task,
        task=task,
        backbone=backbone.to(device).eval(),
        head=load_head(record.head, record.head_settings, state).to(device),
        labels=record.labels,
        multi_label=record.multi_label,
        pool=record.pool,
        temperature=record.temperature,
        threshold=0.5 if record.threshold is None else record.threshold,
        familiarity=_load_familiarity(path, record, backbone.num_features(record.pool)),
        backbone_changed=record.backbone_included,
        arithmetic=record.plan.arithmetic,
    )


def _read(path: Path, name: str) -> dict[str, Tensor]:
    try:
        return load_file(path / name)
    except (SafetensorError, OSError) as error:
        raise ModelError("artifact-changed", path=path, names=name) from error


def _load_familiarity(path: Path, record: ArtifactRecord, num_features: int) -> Familiarity | None:
    if record.familiar_from is None:
        return None
    found = _read(path, FAMILIARITY_NAME)
    return Familiarity.of_tensors(
        found, threshold=record.familiar_from, num_features=num_features, where=str(path / FAMILIARITY_NAME)
    )


def _load_backbone(path: Path, record: ArtifactRecord) -> AbstractBackbone:
    if record.backbone_included:
        backbone = load_backbone(str(path / BACKBONE_FOLDER))
        # The folder says less than the catalogue did: the card of the backbone it grew on is in the record.
        backbone.card = record.backbone.card
    else:
        backbone = load_backbone(find_spec(record.backbone_spec, path, record.backbone.digest))
    if not record.backbone_included and backbone.digest != record.backbone.digest:
        raise ModelError(
            "backbone-differs",
            spec=record.backbone_spec,
            found=backbone.digest[:12],
            expected=record.backbone.digest[:12],
        )
    contract = record.backbone.contract
    if record.plan.input_size is not None and isinstance(contract, ImageContract):
        backbone.resize_input(contract.height, contract.width)
    backbone.contract = contract
    return backbone
