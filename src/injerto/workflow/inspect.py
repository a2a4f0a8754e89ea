"""`inspect`: what a data set holds."""

from typing import Any

import numpy as np

from injerto.backbones.loading import load_backbone
from injerto.core.errors import UsageError
from injerto.core.progress import Reporter, Silent
from injerto.core.sequences import SequenceOptions
from injerto.core.survey import Survey
from injerto.planning.similarity import measure_similarity
from injerto.workflow.ready import DataOptions, read_ready
from injerto.workflow.reference import read_reference
from injerto.workflow.sequences.routing import refuse_idle, sequence_task


def inspect(
    data: Any,
    *,
    backbone: str | None = None,
    reference: Any = None,
    options: DataOptions | None = None,
    seed: int = 0,
    arch: str | None = None,
    texts: SequenceOptions | None = None,
    reporter: Reporter | None = None,
) -> Survey:
    """Survey a data set: task, classes, sizes, splits, duplicates, leaks, and everything that is wrong with it.

    Args:
        data: a folder or table, a Hugging Face data set, a pandas or polars frame, or a pair (inputs, labels).
        backbone: a network to hold the data against: how like they are to what it has seen, by what its weights carry.
        reference: a folder, a table or a sequence of examples like those that the network was trained on, which stand
            for its source where no batch norms remember it.
        options: columns and task, where they cannot be found by themselves.
        seed: of the split that is surveyed.
        arch: see `fit`.
        texts: see `fit`.

    Raises:
        DataError: when nothing can be learnt from the data as they are.
        UsageError, ModelError, HubError: of the backbone; see each one's `do`.
    """
    ready_options, reporter = options or DataOptions(), reporter or Silent()
    if sequence_task(ready_options.task) is not None:
        from injerto.workflow.sequences.inspect import inspect_sequences

        task = str(ready_options.task)
        refuse_idle(task, {"--reference": reference} | ready_options.idle_for_texts())
        asked = ready_options.with_text_column(texts)
        return inspect_sequences(data, task=task, options=asked, backbone=backbone, seed=seed, reporter=reporter)
    if backbone is None:
        if reference is not None:
            raise UsageError("reference-without-network")
        return read_ready(data, ready_options, seed, reporter, with_test=True).survey
    # Before the data are read: a misspelt name is said at once.
    grown = load_backbone(backbone, arch=arch)
    ready = read_ready(data, ready_options, seed, reporter, with_test=True)
    if grown.modality is not ready.data.modality:
        raise UsageError("backbone-modality", backbone=backbone, modality=grown.modality, data=ready.data.modality)
    order = np.random.default_rng(seed).permutation(np.concatenate([ready.splits.train, ready.splits.tune]))
    known = [] if reference is None else read_reference(reference, grown.modality, ready_options, seed=seed)
    found = measure_similarity(grown, [ready.data.examples[i].item for i in order], reference=known)
    return ready.survey.model_copy(update={"backbone": grown.card.name, "similarity": found})
