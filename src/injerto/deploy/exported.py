"""An exported model opened again: the graph in its own runtime, the same predictions."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, final

import torch
from pydantic import ValidationError

from injerto.artifacts.detecting import detect
from injerto.artifacts.verifying import verify_artifact
from injerto.backbones.image_preparation import read_pixels
from injerto.core.detection import DetectedBox
from injerto.core.errors import ModelError
from injerto.core.export import EXPORT_NAME, EXPORT_PROTOCOL, ExportRecord
from injerto.core.survey import Modality
from injerto.core.verification import FileState
from injerto.data.arrays import Floats
from injerto.data.items import AbstractImageItem, AbstractItem
from injerto.data.placement import place_whole
from injerto.data.unlabelled import read_inputs
from injerto.deploy.format import Outputs, Run, formats
from injerto.tasks.detection.decoding import pick_boxes
from injerto.tasks.task import Prediction, label_task

_BATCH: Final = 8


@final
@dataclass(kw_only=True)
class ExportedModel:
    """What `Model` is, as far as it predicts; neither timm nor transformers is asked."""

    record: ExportRecord
    run: Run
    threshold: float = 0.5

    @property
    def task_name(self) -> str:
        return self.record.task

    @property
    def labels(self) -> tuple[str, ...]:
        return self.record.labels

    @property
    def modality(self) -> Modality:
        return Modality.IMAGE

    @property
    def finds_boxes(self) -> bool:
        """Whether it is a detector."""
        return self.record.threshold is not None

    def predict(self, inputs: Sequence[object]) -> list[Prediction]:
        """See `Model.predict`."""
        return self.predict_items([item for _, item in read_inputs(inputs, modality=self.modality)])

    def predict_items(self, items: Sequence[AbstractItem]) -> list[Prediction]:
        """See `Model.predict_items`."""
        if self.finds_boxes:
            return list(detect(self, items))
        task = label_task(self.task_name)(many_labels=self.record.multi_label, labels=self.labels)
        return task.decode(self.probabilities(items), self.labels)

    def probabilities(self, items: Sequence[AbstractItem]) -> Floats:
        """Calibrated probabilities, shape (items, labels)."""
        parts = [outputs["probabilities"] for _, outputs in self._answers(items)]
        return task_floats(parts, len(self.labels))

    def find_boxes(self, items: Sequence[AbstractItem]) -> Iterator[tuple[DetectedBox, ...]]:
        """All boxes of each whole picture, however unsure."""
        size = self.record.contract.width, self.record.contract.height
        for some, outputs in self._answers(items):
            for item, scores, boxes in zip(some, outputs["scores"], outputs["boxes"], strict=True):
                yield pick_boxes(
                    torch.from_numpy(scores),
                    torch.from_numpy(boxes),
                    place_whole(item.read_size(), size),
                    self.labels,
                    suppress_above=self.record.suppress_above,
                )

    def _answers(self, items: Sequence[AbstractItem]) -> Iterator[tuple[list[AbstractImageItem], Outputs]]:
        for start in range(0, len(items), _BATCH):
            some = [item for item in items[start : start + _BATCH] if isinstance(item, AbstractImageItem)]
            yield some, self.run(read_pixels(some, self.record.contract))


def task_floats(parts: Sequence[Floats], num_labels: int) -> Floats:
    """Probabilities of several batches as one, in double precision."""
    return torch.cat([torch.zeros(0, num_labels), *map(torch.from_numpy, parts)]).double().numpy()


def is_exported(path: Path) -> bool:
    """Whether a folder says that it holds an exported graph."""
    return (path / EXPORT_NAME).is_file()


def load_exported(path: Path) -> ExportedModel:
    """Open a folder of `injerto export`, its files checked first.

    Raises `ModelError` where it is incomplete, was changed or was written by a later version, and `UsageError` where
    the format's runtime is not installed.
    """
    states = {file.name: file.state for file in verify_artifact(path).files}
    if changed := [name for name, state in states.items() if state not in (FileState.FINE, FileState.EXTRA)]:
        raise ModelError("artifact-changed", path=path, names=", ".join(changed[:5]))
    record = _read_record(path / EXPORT_NAME)
    if states.get(EXPORT_NAME) is not FileState.FINE or states.get(record.file) is not FileState.FINE:
        raise ModelError("artifact-incomplete", path=path)
    return open_exported(record, path)


def open_exported(record: ExportRecord, folder: Path) -> ExportedModel:
    """The graph of a record, in a folder that was checked or has just been written."""
    chosen = formats.get(record.format)()
    chosen.check_installed()
    return ExportedModel(record=record, run=chosen.open(folder / record.file), threshold=_threshold(record))


def _threshold(record: ExportRecord) -> float:
    return 0.5 if record.threshold is None else record.threshold


def _read_record(file: Path) -> ExportRecord:
    try:
        record = ExportRecord.from_json(file.read_bytes())
    except ValidationError as error:
        raise ModelError("artifact-record", path=file) from error
    if record.protocol > EXPORT_PROTOCOL:
        raise ModelError("artifact-newer", path=file, protocol=record.protocol, known=EXPORT_PROTOCOL)
    return record
