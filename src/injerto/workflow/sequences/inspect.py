"""`inspect` for texts and pairs of texts."""

from typing import Any

from injerto.core.progress import Reporter, Silent
from injerto.core.sequences import SequenceOptions
from injerto.core.survey import Survey
from injerto.workflow.sequences.fit import say_lengths
from injerto.workflow.sequences.ready import (
    choose_sequence_backbone,
    count_lengths,
    make_rows,
    read_ready_sequences,
    say_inherited,
)


def inspect_sequences(
    data: Any,
    *,
    task: str,
    options: SequenceOptions,
    backbone: str | None = None,
    seed: int = 0,
    reporter: Reporter | None = None,
) -> Survey:
    """Survey texts; with a backbone, also how many tokens they are and how many texts are too long for it."""
    reporter = reporter or Silent()
    ready = read_ready_sequences(data, task, options, seed)
    if backbone is not None:
        load, _ = choose_sequence_backbone(backbone, ready, seed)
        grown = load(pretrained=True)
        settings = grown.resolve_settings(ready.options, prompts=ready.has_prompts)
        say_inherited(grown, reporter)
        say_lengths(count_lengths(make_rows(grown, ready, settings), 0), reporter)
    return ready.survey
