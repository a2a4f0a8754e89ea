"""`inspect`: what a data set holds."""

from typing import Any

from injerto.core.progress import Reporter, Silent
from injerto.core.survey import Survey
from injerto.workflow.ready import DataOptions, read_ready


def inspect(
    data: Any, *, options: DataOptions | None = None, seed: int = 0, reporter: Reporter | None = None
) -> Survey:
    """Survey a data set: task, classes, sizes, splits, duplicates, leaks, and everything that is wrong with it.

    Args:
        data: a folder or table, a Hugging Face data set, a pandas or polars frame, or a pair (inputs, labels).
        options: columns and task, where they cannot be found by themselves.
        seed: of the split that is surveyed.

    Raises:
        DataError: when nothing can be learnt from the data as they are.
    """
    return read_ready(data, options or DataOptions(), seed, reporter or Silent(), with_test=True).survey
