"""The command that makes a model again, to the same figures on the same data."""

import shlex
from pathlib import PurePath
from typing import Final

from injerto.core.artifact import ArtifactRecord
from injerto.core.data_facts import DataFacts
from injerto.core.plan import Basis
from injerto.core.provenance import BackboneCard
from injerto.core.sequences import SequenceRecord

_BY_ITSELF: Final = "-classification"
"""Tasks that are found in the data."""
_CALLED: Final = {"source_language": "--from", "target_language": "--to"}


def command_again(record: ArtifactRecord | SequenceRecord, facts: DataFacts | None, *, out: str) -> str:
    """The `injerto fit` of the model; data and backbone are named as they were, without the folders above them.

    Args:
        record: of the model.
        facts: of its data; None where an earlier version did not keep them.
        out: what the new model is called.
    """
    plan = record.plan
    words = ["injerto", "fit", facts.source if facts else "DATA", "--backbone", backbone_name(record.backbone.card)]
    words += ["--strategy", plan.strategy]
    if not record.task.endswith(_BY_ITSELF):
        words += ["--task", record.task]
    epochs = {phase.epochs for phase in plan.phases} - {0}
    if len(epochs) == 1:
        words += ["--epochs", str(epochs.pop())]
    if plan.input_size is not None and any(one.field == "input" and one.basis is Basis.USER for one in plan.reasons):
        words += ["--size", str(max(plan.input_size))]
    words += ["--seed", str(plan.seed), *(["--arithmetic", plan.arithmetic] if plan.arithmetic != "close" else [])]
    if facts is not None and facts.second_source is not None:
        words += ["--target-file", facts.second_source]
    for name, value in (facts.reading if facts else {}).items():
        words += [option_of(name), value]
    line = " ".join(shlex.quote(word) for word in [*words, "--out", out])
    return "".join(one if one.isprintable() else repr(one)[1:-1] for one in line)


def option_of(name: str) -> str:
    """What an option of reading is called on the command line."""
    return _CALLED.get(name, f"--{name.replace('_', '-')}")


def backbone_name(card: BackboneCard) -> str:
    """A short name: the last part where it was loaded from a folder."""
    name = card.name
    return PurePath(name).name if "/" in name and not name.startswith("hf:") else name
