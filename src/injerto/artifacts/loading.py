"""Read an artifact: inspect, verify, construct. Nothing is run that comes from the folder."""

import json
from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load_file

from injerto.artifacts.model import Model
from injerto.artifacts.verifying import verify_artifact
from injerto.backbones.backbone import AbstractBackbone
from injerto.backbones.loading import load_backbone
from injerto.core.artifact import BACKBONE_FOLDER, PROTOCOL, RECORD_NAME, WEIGHTS_NAME, ArtifactRecord
from injerto.core.atomic import MANIFEST_NAME
from injerto.core.errors import ModelError
from injerto.core.verification import FileState
from injerto.strategies.heads.head import load_head
from injerto.tasks.task import tasks


def inspect_artifact(path: Path) -> ArtifactRecord:
    """The record of an artifact, its files checked against the manifest; imports no weights.

    Raises `UsageError` where there is no artifact and `ModelError` where it is incomplete or was changed.
    """
    states = {file.name: file.state for file in verify_artifact(path).files}
    if states[MANIFEST_NAME] is FileState.MISSING:
        raise ModelError("artifact-incomplete", path=path)
    # A file that was added later, such as a file manager's, is not read and so does no harm here; `verify` names it.
    if changed := [name for name, state in states.items() if state not in (FileState.FINE, FileState.EXTRA)]:
        raise ModelError("artifact-changed", path=path, names=", ".join(changed[:5]))
    if any(states.get(name) is not FileState.FINE for name in (RECORD_NAME, WEIGHTS_NAME)):
        raise ModelError("artifact-incomplete", path=path)
    return _read_record(path)


def load_artifact(path: Path, *, device: str = "cpu") -> Model:
    """The trained model of an artifact; raises as `inspect_artifact` does, and `ModelError` for a foreign backbone."""
    record = inspect_artifact(path)
    try:
        state = load_file(path / WEIGHTS_NAME)
    except SafetensorError as error:
        raise ModelError("artifact-changed", path=path, names=WEIGHTS_NAME) from error
    task = tasks.get(record.task)(many_labels=record.multi_label)
    return Model(
        task_name=record.task,
        task=task,
        backbone=_load_backbone(path, record).to(device).eval(),
        head=load_head(record.head, record.head_settings, state).to(device),
        labels=record.labels,
        multi_label=record.multi_label,
        pool=record.pool,
        temperature=record.temperature,
        backbone_changed=record.backbone_included,
        exact=record.plan.exact,
    )


def _load_backbone(path: Path, record: ArtifactRecord) -> AbstractBackbone:
    if record.backbone_included:
        backbone = load_backbone(str(path / BACKBONE_FOLDER))
        # The folder says less than the catalogue did: the card of the backbone it grew on is in the record.
        backbone.card = record.backbone.card
    else:
        backbone = load_backbone(record.backbone_spec)
    if not record.backbone_included and backbone.digest != record.backbone.digest:
        raise ModelError(
            "backbone-differs",
            spec=record.backbone_spec,
            found=backbone.digest[:12],
            expected=record.backbone.digest[:12],
        )
    backbone.contract = record.backbone.contract
    return backbone


def _read_record(path: Path) -> ArtifactRecord:
    content = (path / RECORD_NAME).read_bytes()
    try:
        protocol = int(json.loads(content)["protocol"])
        if protocol > PROTOCOL:
            raise ModelError("artifact-newer", path=path, protocol=protocol, known=PROTOCOL)
        return ArtifactRecord.from_json(content)
    except (ValueError, KeyError, TypeError) as error:
        raise ModelError("artifact-record", path=path / RECORD_NAME) from error
