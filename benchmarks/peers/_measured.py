"""What every peer prints: seconds of import and of work, accuracy, peak memory."""

import json
import resource
import time


class Clock:
    """Started before the imports."""

    def __init__(self) -> None:
        self._start = self._imported = time.perf_counter()
        self._imported_busy = 0.0

    def imported(self, device: str = "cpu") -> None:
        """Imports are done and a GPU is awake, work begins."""
        if device != "cpu":
            import torch

            torch.zeros(1, device=device)
        self._imported, self._imported_busy = time.perf_counter(), time.process_time()

    def done(self, accuracy: float) -> None:
        """Print the line."""
        now, busy = time.perf_counter(), time.process_time()
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        found = {
            "import_seconds": self._imported - self._start,
            "work_seconds": now - self._imported,
            # Of all threads: on one core, what the work would take if no other process wanted that core.
            "cpu_seconds": busy - self._imported_busy,
            "accuracy": accuracy,
            "peak_mb": peak,
        }
        print("RESULT " + json.dumps(found), flush=True)
