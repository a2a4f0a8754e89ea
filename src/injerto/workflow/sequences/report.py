"""What the report of a model that writes texts is drawn from."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from injerto.artifacts.sequence_inspecting import InspectedSequence, inspect_sequence
from injerto.artifacts.sequence_loading import load_sequence_artifact
from injerto.core.errors import DataError, InjertoError, UsageError
from injerto.core.progress import Reporter
from injerto.core.sequences import SequenceOptions
from injerto.data.items import digest_in_order
from injerto.data.places import below_source
from injerto.evidence.sequences.close_up import TextCloseUp
from injerto.reports.material import TextMaterial
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
    if groups:
        raise UsageError("task-no-option", option="--group", task=found.record.task)
    if data is None:
        return TextMaterial(artifact=found)
    ready = read_own_data(found, data, options)
    close_up, unloaded = None, None
    try:
        model = load_sequence_artifact(path, device=choose_device(device))
        close_up = TextCloseUp(model=model, test=ready.items(ready.splits.test))
    except InjertoError as error:
        unloaded = error.what
    test = [ready.data.examples[i] for i in ready.splits.test]
    places = [below_source(example.where, ready.data.source) for example in test]
    return TextMaterial(artifact=found, close_up=close_up, places=places, unloaded=unloaded)


def read_own_data(found: InspectedSequence, data: Any, options: SequenceOptions | None) -> ReadySequences:
    """The data of the model's own `fit`, read and split as it did; raises `DataError` for others."""
    kept = found.facts.reading if found.facts is not None else {}
    given = options.given() if options is not None else {}
    asked = SequenceOptions.model_validate({**kept, **given})
    if options is not None:
        asked = asked.model_copy(update={"target_file": options.target_file})
    ready = read_ready_sequences(data, found.record.task, asked, found.record.plan.seed)
    test = digest_in_order(ready.items(ready.splits.test))
    if found.sums is not None and test != found.sums.examples:
        raise DataError("data-differ", source=ready.data.source, model=found.path)
    return ready
