"""Every write of a fit made to fail in turn, as on a full disk: one clear error, nothing half-written, nothing lost.

    python -m benchmarks.failing_writes [--first 1] [--step 1] [--out failing.json]

Fits sixty pictures (a small residual network, the last layer group trained from the store) once for each write: every
file that is opened to be written, every rename and every new folder. What safetensors writes itself, in Rust, is seen
when its folder is renamed. After each failure the store is checked down to every byte, the same fit is run again, and
has to give the figures and the weights, the bits of them, of a fit that nobody disturbed.
"""

import argparse
import errno
import os
import sys
import tempfile
import time
from pathlib import Path

import huggingface_hub  # noqa: F401  (imported before writes are counted: an import may write)
import torch
import transformers  # noqa: F401

import injerto
from benchmarks.disturbed_run import result, write_network, write_pictures
from benchmarks.reporting import Report
from injerto.activations.store.store import ActivationStore
from injerto.core.errors import InjertoError
from injerto.training.run_folder import run_folder

WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT


class FullDisk:
    """Sees every write below a folder, and lets one of them fail. An audit hook cannot be taken away, but sleep."""

    def __init__(self, root: Path) -> None:
        self.root = str(root)
        self.awake = False
        self.count = 0
        self.fails = -1
        sys.addaudithook(self._watch)

    def wake(self, *, fails: int = -1) -> None:
        """Count from one; the write of the number `fails` finds no space."""
        self.awake, self.count, self.fails = True, 0, fails

    def _watch(self, event: str, args: tuple[object, ...]) -> None:
        if not self.awake or event not in ("open", "os.rename", "os.mkdir"):
            return
        path = args[0]
        writes = event != "open" or (bool(args[2] & WRITING) if isinstance(args[2], int) else True)
        if writes and isinstance(path, str | os.PathLike) and str(path).startswith(self.root):
            self.count += 1
            if self.count == self.fails:
                raise OSError(errno.ENOSPC, "No space left on device", str(path))


def main() -> None:
    """Print one row; leave with 1 where something was wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--step", type=int, default=1)
    parser.add_argument("--out", type=Path)
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    report = Report("failing_writes", ("writes", "failed", "errors", "wrong", "seconds"), chosen.out)
    with tempfile.TemporaryDirectory() as folder:
        row = fail_in_turn(Path(folder).resolve(), chosen.first, chosen.step)
    report.add(**row)
    sys.exit(1 if row["wrong"] else 0)


def fail_in_turn(root: Path, first: int, step: int) -> dict[str, object]:
    """Every write that is due; what was found wrong."""
    start = time.monotonic()
    write_pictures(root / "pictures")
    write_network(root / "network")
    fit(root, "home", "warm")  # Modules that are imported on first use.
    disk = FullDisk(root)
    disk.wake()
    fit(root, "home-whole", "whole")
    disk.awake = False
    wanted, number = result(root / "whole"), disk.count
    errors, wrong = set(), []
    numbers = range(first, number + 1, step)
    for fails in numbers:
        home, name = f"home-{fails}", f"out-{fails}"
        disk.wake(fails=fails)
        try:
            fit(root, home, name)
        except InjertoError as error:
            errors.add(error.code)
        disk.awake = False
        left = {path.name for path in root.iterdir() if path.name.lstrip(".").startswith(name)}
        whole = left <= {name, run_folder(root / name).name} and not list((root / home).rglob(".*.partial"))
        if ActivationStore(root / home).verify() or not whole:
            wrong.append(fails)
        if not (root / name).exists():
            fit(root, home, name)
        if result(root / name) != wanted or run_folder(root / name).exists():
            wrong.append(fails)
    return {
        "writes": number,
        "failed": len(numbers),
        "errors": " ".join(sorted(errors)),
        "wrong": len(wrong),
        "seconds": time.monotonic() - start,
    }


def fit(root: Path, home: str, name: str) -> None:
    """A fit whose store is in `home`."""
    os.environ["INJERTO_HOME"] = str(root / home)
    injerto.fit(
        root / "pictures",
        backbone=str(root / "network"),
        strategy="last-1:head=mlp",
        epochs=2,
        device="cpu",
        out=root / name,
    )


if __name__ == "__main__":
    main()
