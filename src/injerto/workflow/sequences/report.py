"""What the report of a model that writes texts is drawn from."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from injerto.artifacts.sequence_inspecting import InspectedSequence, inspect_sequence
from injerto.artifacts.sequence_loading import load_sequence_artifact
from injerto.audits.audit import Case
from injerto.audits.auditing import run_audits
from injerto.core.errors import DataError, InjertoError
from injerto.core.progress import Reporter
from injerto.core.sequences import SequenceOptions
from injerto.data.items import digest_in_order
from injerto.data.places import below_source
from injerto.evidence.sequences.close_up import TextCloseUp
from injerto.evidence.sequences.kept import score_kept
from injerto.reports.material import TextMaterial
from injerto.workflow.audit import groups_of
from injerto.workflow.device import choose_device
from injerto.workflow.sequences.ready import ReadySequences, read_ready_sequences


def make_text_material(
    path: Path,
    data: Any,
    groups: Sequence[str],
    options: SequenceOptions | None,
    device: str,
    reporter: Reporter,
) -> TextMaterial:
    """All that the page is drawn from; raises as `report` does."""
    found = inspect_sequence(path)
    case = Case(artifact=found, seed=found.record.plan.seed)
    if data is None:
        return TextMaterial(artifact=found, audit=run_audits(case, data=None))
    ready = read_own_data(found, data, options, groups)
    close_up, unloaded = None, None
    try:
        model = load_sequence_artifact(path, device=choose_device(device))
        close_up = TextCloseUp(model=model, test=ready.items(ready.splits.test))
    except InjertoError as error:
        unloaded = error.what
    test = [ready.data.examples[i] for i in ready.splits.test]
    places = [below_source(example.where, ready.data.source) for example in test]
    if found.sums is not None:
        case = replace(case, measured=score_kept(found), groups=groups_of(test, groups))
    return TextMaterial(
        artifact=found,
        audit=run_audits(case, data=str(data)),
        close_up=close_up,
        places=places,
        unloaded=unloaded,
    )


def own_options(
    found: InspectedSequence, options: SequenceOptions | None, groups: Sequence[str] = ()
) -> SequenceOptions:
    """How texts are read: as `fit` was told, but for what `options` say; with the columns of groups."""
    kept = found.facts.reading if found.facts is not None else {}
    given = options.given() if options is not None else {}
    asked = SequenceOptions.model_validate({**kept, **given, "attribute_columns": tuple(groups)})
    return asked if options is None else asked.model_copy(update={"target_file": options.target_file})


def read_own_data(
    found: InspectedSequence, data: Any, options: SequenceOptions | None, groups: Sequence[str] = ()
) -> ReadySequences:
    """The data of the model's own `fit`, read and split as it did; raises `DataError` for others."""
    asked = own_options(found, options, groups)
    ready = read_ready_sequences(data, found.record.task, asked, found.record.plan.seed)
    test = digest_in_order(ready.items(ready.splits.test))
    if found.sums is not None and test != found.sums.examples:
        raise DataError("data-differ", source=ready.data.source, model=found.path)
    return ready
