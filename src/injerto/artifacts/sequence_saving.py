"""Write the artifact of a model that writes texts: a whole network, or low-rank updates in PEFT's format."""

import json
from collections.abc import Mapping
from copy import deepcopy
from pathlib import Path
from types import MappingProxyType
from typing import Final

from injerto.artifacts.bill_of_materials import render_sequence_bill
from injerto.artifacts.folders import is_local, name_of, remember, spec_beside, without_folders
from injerto.artifacts.saving import library_versions
from injerto.artifacts.sequence_card import render_sequence_card
from injerto.artifacts.sequence_model import SequenceModel
from injerto.backbones.sequences.sequence_backbone import AbstractSequenceBackbone
from injerto.core.artifact import ADAPTER_FOLDER, BACKBONE_FOLDER, PROTOCOL, RECORD_NAME
from injerto.core.atomic import new_folder
from injerto.core.data_facts import DataFacts
from injerto.core.plan import Plan
from injerto.core.record import Record
from injerto.core.sequences import SequenceOutcome, SequenceRecord
from injerto.strategies.adapter_files import has_adapter, save_adapter
from injerto.strategies.low_rank import merge_low_rank

_PEFT_TASKS: Final = {"causal": "CAUSAL_LM", "encoder-decoder": "SEQ_2_SEQ_LM", "dictation": "SEQ_2_SEQ_LM"}


def save_sequence_artifact(
    model: SequenceModel,
    plan: Plan,
    outcome: SequenceOutcome,
    path: Path,
    *,
    documents: Mapping[str, Record] = MappingProxyType({}),
    names: Mapping[str, str] = MappingProxyType({}),
    standalone: bool = False,
    overwrite: bool = False,
) -> None:
    """Write `path`.

    Low-rank updates are kept apart, in `adapter`, and the network they belong to is referred to by its digest; with
    `standalone` they are merged. A network that was trained otherwise is in `backbone`, which `from_pretrained` opens.
    No path of this machine is written, see `save_artifact`.
    """
    keeps_adapter = has_adapter(model.backbone) and not standalone
    spec = model.backbone.spec
    if is_local(spec):
        names = {**names, spec: name_of(spec)}
    record = SequenceRecord(
        protocol=PROTOCOL,
        task=model.task_name,
        settings=model.settings,
        backbone=model.backbone.provenance(),
        vocabulary_digest=model.backbone.vocabulary_digest,
        backbone_included=not keeps_adapter,
        adapter_included=keeps_adapter,
        backbone_spec=spec,
        plan=plan,
        versions=library_versions(),
    )
    record, outcome = without_folders(record, names), without_folders(outcome, names)
    documents = {name: without_folders(document, names) for name, document in documents.items()}
    if is_local(spec):
        remember(spec, model.backbone.digest)
        record = record.model_copy(update={"backbone_spec": spec_beside(spec, path)})
    given = documents.get("data")
    facts = given if isinstance(given, DataFacts) else None
    with new_folder(path, overwrite=overwrite) as folder:
        if keeps_adapter:
            kind = _PEFT_TASKS[model.backbone.kind]
            base = names.get(spec, spec.removeprefix("hf:").partition("@")[0])
            save_adapter(model.backbone, folder / ADAPTER_FOLDER, base=base, task_type=kind)
        else:
            (folder / BACKBONE_FOLDER).mkdir()
            save_merged(model.backbone, folder / BACKBONE_FOLDER)
        (folder / RECORD_NAME).write_text(record.to_json(), encoding="utf-8")
        (folder / "evidence.json").write_text(outcome.to_json(), encoding="utf-8")
        for name, document in documents.items():
            (folder / f"{name}.json").write_text(document.to_json(), encoding="utf-8")
        (folder / "README.md").write_text(render_sequence_card(record, outcome, facts), encoding="utf-8")
        (folder / "bom.json").write_text(render_sequence_bill(record, outcome, folder), encoding="utf-8")


def save_merged(backbone: AbstractSequenceBackbone, folder: Path) -> None:
    """The network with its updates added to its weights, as its library saves it; the one in memory stays as it is."""
    if has_adapter(backbone):
        backbone = deepcopy(backbone)
        merge_low_rank(backbone)
        vars(backbone.network).pop("peft_config", None)
    backbone.save_network(str(folder))
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    # Where it came from is in the record; a path of this machine is nobody's business.
    config.pop("_name_or_path", None)
    (folder / "config.json").write_text(json.dumps(config, indent=2, sort_keys=True) + "\n", encoding="utf-8")
