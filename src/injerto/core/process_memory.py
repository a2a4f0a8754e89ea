"""Memory that this process holds now, as the system tells it, and handing back what is free of it."""

import ctypes
import sys
from pathlib import Path
from typing import Final

_STATM: Final = Path("/proc/self/statm")


def held_bytes() -> int | None:
    """Resident bytes less those of files, since a mapped store is not memory that anybody lacks; None without /proc."""
    try:
        resident, shared = map(int, _STATM.read_text().split()[1:3])
    except OSError:
        return None
    import resource  # Not on Windows, and nor is /proc.

    return (resident - shared) * resource.getpagesize()


def give_back() -> None:
    """Let glibc hand back what was freed, which it keeps for itself otherwise; elsewhere nothing happens."""
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
        if trim is not None:
            trim(0)
