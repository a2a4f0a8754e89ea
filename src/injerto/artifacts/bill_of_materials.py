"""The machine-readable bill of materials: CycloneDX 1.6 with a model card, filled by measurement."""

import json
from pathlib import Path
from typing import Any, TypeAlias

from injerto.core.artifact import ArtifactRecord
from injerto.core.hashing import digest_file
from injerto.core.outcome import FitOutcome
from injerto.core.sequences import SequenceOutcome, SequenceRecord

_Record: TypeAlias = ArtifactRecord | SequenceRecord
_Outcome: TypeAlias = FitOutcome | SequenceOutcome


def render_bill(record: ArtifactRecord, outcome: FitOutcome, folder: Path) -> str:
    """CycloneDX JSON for the files of `folder`; what is not known is left out, never invented.

    See https://cyclonedx.org/docs/1.6/json/.
    """
    accuracy = outcome.evidence.accuracy
    metrics = [
        _metric(name, value, (accuracy.low, accuracy.high) if name == "accuracy" else None)
        for name, value in outcome.metrics.items()
    ]
    return _render(record, outcome, metrics, folder, approach="supervised")


def render_sequence_bill(record: SequenceRecord, outcome: SequenceOutcome, folder: Path) -> str:
    """The same for a model that writes texts."""
    metrics = [_metric(name, value.value, (value.low, value.high)) for name, value in outcome.evidence.metrics.items()]
    approach = "supervised" if record.task == "translation" else "self-supervised"
    return _render(record, outcome, metrics, folder, approach=approach)


def _metric(name: str, value: float, interval: tuple[float, float] | None) -> dict[str, Any]:
    metric: dict[str, Any] = {"type": name, "value": str(value)}
    if interval is not None:
        metric["confidenceInterval"] = {"lowerBound": str(interval[0]), "upperBound": str(interval[1])}
    return metric


def _render(record: _Record, outcome: _Outcome, metrics: list[dict[str, Any]], folder: Path, *, approach: str) -> str:
    model = _model_component(record, metrics, folder, approach) | _told(outcome)
    bill = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": model},
        "components": [_base_component(record), *_libraries(record)],
    }
    return json.dumps(bill, indent=2, sort_keys=True) + "\n"


def _told(outcome: _Outcome) -> dict[str, Any]:
    """The licence of the model and what its training took, as far as they are known."""
    told: dict[str, Any] = {}
    if outcome.licence is not None and outcome.licence.result is not None and outcome.licence.data is not None:
        told["licenses"] = [{"license": {"name": outcome.licence.result}}]
    if (spent := outcome.spent) is not None:
        values = {
            "finetuning-flop": (spent.finetuning_flop, spent.finetuning_basis),
            "pretraining-flop": (spent.pretraining_flop, spent.pretraining_basis),
            "energy-wh": (spent.energy_wh, spent.energy_basis),
        }
        told["properties"] = [
            {"name": f"injerto:{name}", "value": f"{value:.3g} ({basis})"}
            for name, (value, basis) in values.items()
            if value is not None
        ]
    return told


def _model_component(record: _Record, metrics: list[dict[str, Any]], folder: Path, approach: str) -> dict[str, Any]:
    return {
        "type": "machine-learning-model",
        "bom-ref": "model",
        "name": f"{record.task}-{record.backbone.card.name}",
        "hashes": [{"alg": "SHA-256", "content": digest_file(file)} for file in sorted(folder.rglob("*.safetensors"))],
        "pedigree": {"ancestors": [{"type": "machine-learning-model", "name": record.backbone.card.spec}]},
        "modelCard": {
            "modelParameters": {
                "approach": {"type": approach},
                "task": record.task,
                "architectureFamily": record.backbone.card.architecture,
            },
            "quantitativeAnalysis": {"performanceMetrics": metrics},
        },
    }


def _base_component(record: _Record) -> dict[str, Any]:
    card = record.backbone.card
    component: dict[str, Any] = {
        "type": "machine-learning-model",
        "bom-ref": "backbone",
        "name": card.spec,
        "properties": [{"name": "injerto:weights-digest", "value": record.backbone.digest}],
    }
    if card.revision:
        component["version"] = card.revision
    if card.license:
        component["licenses"] = [{"license": {"name": card.license}}]
    if card.origin:
        component["description"] = card.origin
    return component


def _libraries(record: _Record) -> list[dict[str, Any]]:
    return [
        {
            "type": "library",
            "bom-ref": f"pypi:{name}",
            "name": name,
            "version": number,
            "purl": f"pkg:pypi/{name}@{number}",
        }
        for name, number in sorted(record.versions.items())
        if name != "python"
    ]
