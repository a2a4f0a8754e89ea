"""Examples that stand for what a network was trained on, where its weights keep no trace of that."""

from pathlib import Path
from typing import Any, Final

import numpy as np

from injerto.core.errors import UsageError
from injerto.core.seeds import derive_seed
from injerto.core.survey import Modality
from injerto.data.items import AbstractItem
from injerto.data.unlabelled import read_inputs
from injerto.workflow.ready import DataOptions

_LEAST: Final = 20


def read_reference(reference: Any, modality: Modality, options: DataOptions, *, seed: int) -> list[AbstractItem]:
    """The examples of a folder or table, or of a sequence of inputs as `predict` takes them, in a random order.

    Raises `UsageError` for fewer than twenty, and what reading them raises.
    """
    inputs = [reference] if isinstance(reference, str | Path) else list(reference)
    found = read_inputs(
        [Path(one) if isinstance(one, str) and len(inputs) == 1 else one for one in inputs],
        modality=modality,
        text_column=options.text_column,
        image_column=options.image_column,
        audio_column=options.audio_column,
    )
    if len(found) < _LEAST:
        name = inputs[0] if len(inputs) == 1 else "reference"
        raise UsageError("reference-too-few", path=name, number=len(found), least=_LEAST)
    order = np.random.default_rng(derive_seed(seed, "reference")).permutation(len(found))
    return [found[i][1] for i in order]
