"""What every peer prints: seconds of import and of work, accuracy, peak memory."""

import json
import resource
import time


class Clock:
    """Started before the imports."""

    def __init__(self) -> None:
        self._start = self._imported = time.perf_counter()

    def imported(self) -> None:
        """Imports are done, work begins."""
        self._imported = time.perf_counter()

    def done(self, accuracy: float) -> None:
        """Print the line."""
        now = time.perf_counter()
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        found = {
            "import_seconds": self._imported - self._start,
            "work_seconds": now - self._imported,
            "accuracy": accuracy,
            "peak_mb": peak,
        }
        print("RESULT " + json.dumps(found), flush=True)
