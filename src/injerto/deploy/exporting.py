"""`export`: a model's graph in another format, run beside the model on real inputs before it is kept."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch

from injerto.artifacts.inspecting import is_sequence_artifact
from injerto.artifacts.loading import load_artifact
from injerto.artifacts.model import Model
from injerto.artifacts.saving import library_versions
from injerto.backbones.image_preparation import read_pixels
from injerto.core.atomic import check_free, new_folder
from injerto.core.detection import DetectedBox
from injerto.core.errors import ModelError, UsageError
from injerto.core.export import EXPORT_NAME, Equality, ExportRecord
from injerto.core.messages import say
from injerto.core.provenance import ImageContract
from injerto.core.survey import Modality
from injerto.data.items import AbstractImageItem, AbstractItem
from injerto.data.unlabelled import read_inputs
from injerto.deploy.exported import ExportedModel, open_exported
from injerto.deploy.format import AbstractFormat, formats
from injerto.deploy.graph import PictureGraph
from injerto.tasks.detection.decoding import SUPPRESS_ABOVE

_TOLERATED_DIFFERENCE: Final = 1e-3
_TOLERATED_SHIFT: Final = 0.5
_TRACED: Final = 2
_MOST_INPUTS: Final = 64
_SUREST: Final = 20
"""Boxes of a picture that are compared, whatever their score."""
# Conversion and runtime raise these, or classes of their own below them.
_UNFIT: Final = (RuntimeError, ValueError, TypeError, LookupError, NotImplementedError, AttributeError)


def export(
    path: str | Path,
    inputs: Sequence[Any],
    *,
    out: str | Path,
    to: str = "onnx",
    overwrite: bool = False,
) -> ExportRecord:
    """Write a model of pictures as a graph that runs without injerto and PyTorch.

    The graph is opened again and asked about the inputs, at most 64 of them; where it answers by more than 0.001
    otherwise than the model, or a box by half a pixel, nothing is written.

    Args:
        path: an artifact.
        inputs: pictures such as the model will meet; a detector must find something in them.
        out: the folder to write; `injerto.load` and `injerto predict` open it.
        to: the format.
        overwrite: replace a folder that injerto wrote.

    Raises:
        UsageError: no such format or model, its packages are not installed, or the model reads no pictures.
        ModelError: the model cannot be converted, or answers otherwise then.
    """
    folder, destination = Path(path), Path(out)
    check_free(destination, overwrite=overwrite)
    if not inputs:
        raise UsageError("export-no-inputs", path=folder)
    chosen = formats.get(to)()
    chosen.check_installed()
    if is_sequence_artifact(folder):
        raise UsageError("export-pictures-only", path=folder)
    model = load_artifact(folder, device="cpu")
    if model.modality is not Modality.IMAGE:
        raise UsageError("export-pictures-only", path=folder)
    items = [item for _, item in read_inputs(inputs, modality=Modality.IMAGE)][:_MOST_INPUTS]
    with new_folder(destination, overwrite=overwrite) as new:
        try:
            record = _write(model, chosen, to, items, new)
        except _UNFIT as error:
            why = str(error).strip().partition("\n")[0] or type(error).__name__
            raise ModelError("export-unfit", path=folder, format=chosen.title, why=why) from error
        (new / EXPORT_NAME).write_text(record.to_json(), encoding="utf-8")
        (new / "README.md").write_text(_render_card(record), encoding="utf-8")
    return record


def _write(model: Model, chosen: AbstractFormat, to: str, items: Sequence[AbstractItem], folder: Path) -> ExportRecord:
    """The graph in the folder, and what is known of it once it has answered as the model does."""
    contract = model.backbone.contract
    assert isinstance(contract, ImageContract)  # It reads pictures.
    pictures = [item for item in items if isinstance(item, AbstractImageItem)]
    model.backbone.eval()
    (input_name,) = model.backbone.prepare(pictures[:1])
    graph = PictureGraph(model, input_name=input_name).eval()
    sample = torch.from_numpy(read_pixels((pictures * _TRACED)[:_TRACED], contract))
    chosen.write(graph, sample, graph.outputs, folder / chosen.file)
    record = ExportRecord(
        format=to,
        file=chosen.file,
        task=model.task_name,
        labels=model.labels,
        multi_label=model.multi_label,
        contract=contract,
        threshold=model.threshold if model.finds_boxes else None,
        suppress_above=SUPPRESS_ABOVE if model.pool == "maps" else None,
        equality=Equality(num_inputs=0, num_compared=0, largest_difference=0, tolerated_difference=0),
        versions=library_versions(),
    )
    found = _compare(model, open_exported(record, folder), pictures)
    if found.largest_difference > found.tolerated_difference:
        raise ModelError("export-differs", format=chosen.title, difference=f"{found.largest_difference:.2g}")
    if found.largest_shift is not None and found.largest_shift > _TOLERATED_SHIFT:
        raise ModelError("export-shifted", format=chosen.title, shift=f"{found.largest_shift:.2g}")
    return record.model_copy(update={"equality": found})


def _compare(model: Model, exported: ExportedModel, items: Sequence[AbstractImageItem]) -> Equality:
    """Both on all items; the graph sees them together, and the first one alone too: any number must do."""
    if not model.finds_boxes:
        expected = model.probabilities(items)
        found = np.concatenate([exported.probabilities(items), exported.probabilities(items[:1])])
        difference = np.abs(found - np.concatenate([expected, expected[:1]]))
        return Equality(
            num_inputs=len(items),
            num_compared=expected.size,
            largest_difference=float(difference.max()),
            tolerated_difference=_TOLERATED_DIFFERENCE,
        )
    known = list(model.find_boxes(items))
    again = [*exported.find_boxes(items), *exported.find_boxes(items[:1])]
    number = sum(len(some[:_SUREST]) for some in known)
    if not number:
        raise UsageError("export-nothing-found", number=len(items))
    differences = [_compare_boxes(one, other) for one, other in zip([*known, known[0]], again, strict=True)]
    return Equality(
        num_inputs=len(items),
        num_compared=number,
        largest_difference=max(difference for difference, _ in differences),
        tolerated_difference=_TOLERATED_DIFFERENCE,
        largest_shift=max(shift for _, shift in differences),
        tolerated_shift=_TOLERATED_SHIFT,
    )


def _compare_boxes(first: Sequence[DetectedBox], second: Sequence[DetectedBox]) -> tuple[float, float]:
    """The largest difference of scores and of corners of the surest boxes of each and the nearest of the other.

    Both ways: a box that only one of them has is far from all of the other.
    """
    difference = shift = 0.0
    for those, others in ((first[:_SUREST], second), (second[:_SUREST], first)):
        for box in those:
            near = [(_shift(box, other), abs(box.score - other.score)) for other in others if other.label == box.label]
            moved, changed = min(near, default=(float(10**6), 1.0))
            difference, shift = max(difference, changed), max(shift, moved)
    return difference, shift


def _shift(one: DetectedBox, other: DetectedBox) -> float:
    return max(abs(value - near) for value, near in zip(_corners(one), _corners(other), strict=True))


def _corners(box: DetectedBox) -> tuple[float, float, float, float]:
    return box.left, box.top, box.right, box.bottom


def _render_card(record: ExportRecord) -> str:
    """A short page for whoever gets the folder without injerto."""
    contract = record.contract
    kind = "boxes" if record.threshold is not None else "labels"
    return say(
        f"export.card-{kind}",
        task=record.task,
        file=record.file,
        width=contract.width,
        height=contract.height,
        mode="L" if contract.channel_order == "grey" else "RGB",
        how=say(f"export.how-{contract.crop_mode}"),
        record=EXPORT_NAME,
        number=record.equality.num_inputs,
        difference=f"{record.equality.largest_difference:.1g}",
        threshold="" if record.threshold is None else f"{record.threshold:.3f}",
        suppress=say("export.suppress", overlap=record.suppress_above)
        if record.suppress_above is not None
        else say("export.keep-all"),
    )
