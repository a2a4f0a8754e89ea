"""The folder of an unfinished run, beside its output: checkpoints, and a lock that the system drops with its holder."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from filelock import FileLock, Timeout

from injerto.core.atomic import check_free, explained
from injerto.core.errors import UsageError

_LOCK_NAME: Final = "lock"


def run_folder(output: Path) -> Path:
    """Where a run into `output` keeps what it needs to continue."""
    return output.parent / f".{output.name}.run"


@contextmanager
def held_run_folder(output: Path) -> Iterator[Path]:
    """Yield the run folder of `output`, for this run alone; when it is left with its lock only, it goes.

    Raises `UsageError` when another run holds it, in this process or another: both would write to `output`.
    """
    folder = run_folder(output)
    lock = FileLock(folder / _LOCK_NAME)
    with explained(output):
        folder.mkdir(parents=True, exist_ok=True)
        try:
            lock.acquire(timeout=0)
        except Timeout as error:
            raise UsageError("out-in-use", path=output) from error
    try:
        yield folder
    finally:
        (folder / _LOCK_NAME).unlink(missing_ok=True)
        lock.release()
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()


@contextmanager
def held_or_none(output: Path | None, *, overwrite: bool) -> Iterator[Path | None]:
    """The run folder of an output that is still free, for another run may have ended there meanwhile; None without."""
    if output is None:
        yield None
        return
    with held_run_folder(output) as folder:
        check_free(output, overwrite=overwrite)
        yield folder


def forget_run(output: Path) -> None:
    """Delete the run folder of a finished run."""
    shutil.rmtree(run_folder(output), ignore_errors=True)
