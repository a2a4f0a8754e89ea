"""Write an artifact: a folder that is complete or absent, and holds no pickle."""

import platform
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from types import MappingProxyType

from safetensors.torch import save_file

from injerto.artifacts.bill_of_materials import render_bill
from injerto.artifacts.card import render_card
from injerto.artifacts.familiarity import FAMILIARITY_NAME
from injerto.artifacts.folders import is_local, name_of, remember, spec_beside, without_folders
from injerto.artifacts.model import Model
from injerto.core.artifact import BACKBONE_FOLDER, PROTOCOL, RECORD_NAME, WEIGHTS_NAME, ArtifactRecord
from injerto.core.atomic import new_folder
from injerto.core.data_facts import DataFacts
from injerto.core.outcome import FitOutcome
from injerto.core.plan import Plan
from injerto.core.record import Record

_VERSIONED = ("injerto", "torch", "timm", "transformers", "safetensors", "scikit-learn")


def save_artifact(
    model: Model,
    plan: Plan,
    outcome: FitOutcome,
    path: Path,
    *,
    documents: Mapping[str, Record] = MappingProxyType({}),
    names: Mapping[str, str] = MappingProxyType({}),
    standalone: bool = False,
    overwrite: bool = False,
) -> None:
    """Write `path`.

    A backbone that training did not change is referred to by its digest, unless `standalone` asks for a copy; a
    changed one is included, in its own library's format, so that timm or transformers opens `path/backbone` alone.
    `documents` are written beside the rest, each as JSON under its name.

    No path of this machine is written: a local backbone is named by its last part and where it lies seen from the
    artifact, and each path in `names` by what stands for it.
    """
    included = standalone or model.backbone_changed
    spec = model.backbone.spec
    if is_local(spec):
        names = {**names, spec: name_of(spec)}
    record = ArtifactRecord(
        protocol=PROTOCOL,
        task=model.task_name,
        labels=model.labels,
        multi_label=model.multi_label,
        head=model.head.name,
        head_settings=model.head.settings(),
        pool=model.pool,
        temperature=model.temperature,
        threshold=model.threshold if model.finds_boxes else None,
        familiar_from=None if model.familiarity is None else model.familiarity.threshold,
        backbone=model.backbone.provenance(),
        backbone_included=included,
        backbone_spec=spec,
        plan=plan,
        versions=library_versions(),
    )
    record, outcome = without_folders(record, names), without_folders(outcome, names)
    documents = {name: without_folders(document, names) for name, document in documents.items()}
    if is_local(spec):
        remember(spec, model.backbone.digest)
        record = record.model_copy(update={"backbone_spec": spec_beside(spec, path)})
    with new_folder(path, overwrite=overwrite) as folder:
        tensors = {name: value.detach().cpu().contiguous() for name, value in model.head.state_dict().items()}
        save_file(tensors, folder / WEIGHTS_NAME, metadata={"format": "pt"})
        if model.familiarity is not None:
            save_file(model.familiarity.tensors(), folder / FAMILIARITY_NAME, metadata={"format": "pt"})
        if included:
            (folder / BACKBONE_FOLDER).mkdir()
            model.backbone.save_network(str(folder / BACKBONE_FOLDER))
        (folder / RECORD_NAME).write_text(record.to_json(), encoding="utf-8")
        (folder / "evidence.json").write_text(outcome.to_json(), encoding="utf-8")
        for name, document in documents.items():
            (folder / f"{name}.json").write_text(document.to_json(), encoding="utf-8")
        (folder / "README.md").write_text(render_card(record, outcome, _facts(documents)), encoding="utf-8")
        (folder / "bom.json").write_text(render_bill(record, outcome, folder), encoding="utf-8")


def _facts(documents: Mapping[str, Record]) -> DataFacts | None:
    found = documents.get("data")
    return found if isinstance(found, DataFacts) else None


def library_versions() -> dict[str, str]:
    """Versions of what decides a model's answers."""
    return {name: version(name) for name in _VERSIONED} | {"python": platform.python_version()}
