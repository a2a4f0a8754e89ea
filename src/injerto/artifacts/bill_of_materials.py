"""The machine-readable bill of materials: CycloneDX 1.6 with a model card, filled by measurement."""

import json
from pathlib import Path
from typing import Any

from injerto.core.artifact import ArtifactRecord
from injerto.core.hashing import digest_file
from injerto.core.outcome import FitOutcome


def render_bill(record: ArtifactRecord, outcome: FitOutcome, folder: Path) -> str:
    """CycloneDX JSON for the files of `folder`; what is not known is left out, never invented.

    See https://cyclonedx.org/docs/1.6/json/.
    """
    bill = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": _model_component(record, outcome, folder)},
        "components": [_base_component(record), *_libraries(record)],
    }
    return json.dumps(bill, indent=2, sort_keys=True) + "\n"


def _model_component(record: ArtifactRecord, outcome: FitOutcome, folder: Path) -> dict[str, Any]:
    low, high = outcome.evidence.accuracy.low, outcome.evidence.accuracy.high
    metrics: list[dict[str, Any]] = [{"type": name, "value": str(value)} for name, value in outcome.metrics.items()]
    for metric in metrics:
        if metric["type"] == "accuracy":
            metric["confidenceInterval"] = {"lowerBound": str(low), "upperBound": str(high)}
    return {
        "type": "machine-learning-model",
        "bom-ref": "model",
        "name": f"{record.task}-{record.backbone.card.name}",
        "hashes": [{"alg": "SHA-256", "content": digest_file(file)} for file in sorted(folder.rglob("*.safetensors"))],
        "pedigree": {"ancestors": [{"type": "machine-learning-model", "name": record.backbone.card.spec}]},
        "modelCard": {
            "modelParameters": {
                "approach": {"type": "supervised"},
                "task": record.task,
                "architectureFamily": record.backbone.card.architecture,
            },
            "quantitativeAnalysis": {"performanceMetrics": metrics},
        },
    }


def _base_component(record: ArtifactRecord) -> dict[str, Any]:
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


def _libraries(record: ArtifactRecord) -> list[dict[str, Any]]:
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
