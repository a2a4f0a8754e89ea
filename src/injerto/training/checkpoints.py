"""Checkpoints of a run: tensors in safetensors, the rest in JSON, complete or absent; the newest whole one counts."""

import time
from pathlib import Path
from typing import Final, final

from pydantic import ValidationError
from safetensors.torch import load_file, save_file
from torch import Tensor

from injerto.core.atomic import changed_files, new_folder, read_manifest
from injerto.core.errors import UsageError
from injerto.core.record import Record
from injerto.core.training_course import EpochRecord

_SECONDS_BETWEEN: Final = 5.0
_KEPT: Final = 2


class Progress(Record):
    """Where a run stands; together with the tensors it continues exactly."""

    run: str
    """Digest of plan and data: another plan or other data cannot continue this run."""
    phase_index: int
    epoch: int
    best_loss: float
    epochs_without_gain: int
    finished: bool
    history: tuple[EpochRecord, ...]


@final
class Checkpoints:
    """A folder of checkpoints of one run. Writing is skipped when the last one is only seconds old."""

    def __init__(self, folder: Path, *, run: str, seconds_between: float = _SECONDS_BETWEEN) -> None:
        self._folder = folder
        self.run = run
        self._seconds_between = seconds_between
        self._last_write = time.monotonic()

    def load(self) -> tuple[Progress, dict[str, Tensor]] | None:
        """The newest checkpoint whose bytes are as written, or None.

        Raises `UsageError` when the folder belongs to another plan or other data.
        """
        for folder in reversed(self._steps()):
            manifest = read_manifest(folder)
            if manifest is None or changed_files(folder, manifest):
                continue
            try:
                progress = Progress.from_json((folder / "progress.json").read_bytes())
            except ValidationError:
                continue
            if progress.run != self.run:
                raise UsageError("run-differs", path=self._folder)
            return progress, load_file(folder / "state.safetensors")
        return None

    def save(self, progress: Progress, state: dict[str, Tensor]) -> None:
        """Write a checkpoint, unless the last one is recent and the phase goes on."""
        now = time.monotonic()
        if not progress.finished and now - self._last_write < self._seconds_between:
            return
        steps = self._steps()
        number = int(steps[-1].name.split("-")[1]) + 1 if steps else 1
        with new_folder(self._folder / f"step-{number:06d}") as folder:
            save_file({name: tensor.contiguous() for name, tensor in state.items()}, folder / "state.safetensors")
            (folder / "progress.json").write_text(progress.to_json(), encoding="utf-8")
        self._last_write = time.monotonic()
        for old in steps[: 1 - _KEPT]:
            for file in old.iterdir():
                file.unlink()
            old.rmdir()

    def _steps(self) -> list[Path]:
        return sorted(folder for folder in self._folder.glob("step-*") if folder.is_dir())
