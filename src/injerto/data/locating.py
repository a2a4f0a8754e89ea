"""Whether what a person named is there; imports nothing heavy, so that a typing error is answered at once."""

from pathlib import Path
from typing import Any

from injerto.core.errors import DataError


def locate(source: Any) -> Any:
    """A path as a `Path` that exists; other objects unchanged. Raises `DataError`."""
    if not isinstance(source, str | Path):
        return source
    path = Path(source).expanduser()
    try:
        exists = path.exists()
    except (OSError, ValueError) as error:  # a name that is too long or holds a NUL
        raise DataError("path-missing", path=source) from error
    if not exists:
        raise DataError("path-missing", path=source)
    return path
