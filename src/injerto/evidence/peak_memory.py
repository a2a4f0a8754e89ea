"""Most memory that this process held while something ran."""

import gc
import threading
from typing import Final, Self, final

import torch

from injerto.core.process_memory import give_back, held_bytes

_EVERY_SECONDS: Final = 0.02


@final
class PeakMemory:
    """A context that watches the process from a thread of its own; on CUDA it asks the allocator.

    The highest mark that the system keeps cannot be set back, so what ran before would count again. `megabytes` is
    None where neither /proc nor CUDA is there.
    """

    def __init__(self, device: str) -> None:
        self._device = torch.device(device)
        self._over = threading.Event()
        self._watcher: threading.Thread | None = None
        self._most = 0.0

    @property
    def megabytes(self) -> float | None:
        """10^6 bytes: of the process, or of the accelerator where it trained there."""
        return self._most / 1e6 if self._most else None

    def __enter__(self) -> Self:
        gc.collect()
        if self._device.type == "cuda":
            torch.cuda.reset_peak_memory_stats(self._device)
        elif held_bytes() is not None:
            give_back()  # Or what ran before is counted.
            self._watcher = threading.Thread(target=self._watch, daemon=True)
            self._watcher.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._device.type == "cuda":
            self._most = float(torch.cuda.max_memory_allocated(self._device))
        if self._watcher is not None:
            self._over.set()
            self._watcher.join()

    def _watch(self) -> None:
        while True:
            self._most = max(self._most, float(held_bytes() or 0))
            if self._over.wait(_EVERY_SECONDS):
                return
