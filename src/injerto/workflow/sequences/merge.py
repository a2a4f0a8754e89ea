"""`merge`: the low-rank updates of a model added to the weights of its network, as one folder."""

from pathlib import Path

from injerto.artifacts.sequence_inspecting import inspect_sequence_artifact
from injerto.artifacts.sequence_loading import load_trained_backbone
from injerto.artifacts.sequence_saving import save_merged
from injerto.core.atomic import check_free, new_folder
from injerto.core.errors import UsageError


def merge(model: str | Path, out: str | Path, *, overwrite: bool = False) -> Path:
    """Write the whole network of a model with low-rank updates; `from_pretrained(out)` opens it, with the same scores.

    Raises:
        UsageError: the model holds no updates, or `out` is not free.
        ModelError: the model was changed, or its network is another one now.
    """
    path, destination = Path(model), Path(out)
    check_free(destination, overwrite=overwrite)
    record = inspect_sequence_artifact(path)
    if not record.adapter_included:
        raise UsageError("merge-nothing", model=path)
    backbone = load_trained_backbone(path, record)
    with new_folder(destination, overwrite=overwrite) as folder:
        save_merged(backbone, folder)
    return destination
