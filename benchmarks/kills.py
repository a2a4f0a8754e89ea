"""kill -9 at random moments of extraction and training, two processes at once: nothing wrong, nothing lost.

    python -m benchmarks.kills [--kills 200] [--seed 0] [--out kills.json]

Two children fit the same pictures (a small residual network, the last layer group trained from the store) with one
store between them and an output folder each, and are killed after a random time; then two new ones go on. After each
kill every byte of the store is checked. In the end both finish, and have to give the weights, the bits of them, and the
figures of a run that nobody disturbed.
"""

import argparse
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path

import torch

import injerto
from benchmarks.disturbed_run import result, write_network, write_pictures
from benchmarks.reporting import Report
from injerto.activations.store.store import ActivationStore
from injerto.training.run_folder import forget_run, run_folder

EPOCHS = 6


def main() -> None:
    """Print one row; leave with 1 where something was wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path)
    chosen = parser.parse_args()
    torch.set_num_threads(1)  # No thread lives in the parent, so that children may be forked.
    columns = ("kills", "without_checkpoint", "with_checkpoint", "after_the_end", "damaged", "wrong", "seconds")
    report = Report("kills", columns, chosen.out)
    with tempfile.TemporaryDirectory() as folder:
        row = disturb(Path(folder), chosen.kills, random.Random(chosen.seed))
    report.add(**row)
    sys.exit(1 if row["damaged"] or row["wrong"] else 0)


def disturb(folder: Path, kills: int, generator: random.Random) -> dict[str, object]:
    """Kill and go on; what was found."""
    start = time.monotonic()
    write_pictures(folder / "pictures")
    write_network(folder / "network")
    begin = time.monotonic()
    wait(fork(folder, "reference", "home-reference"))
    # Two children share the cores that there are: on one core each takes twice as long.
    length = (time.monotonic() - begin) * 2 / min(2, len(os.sched_getaffinity(0)))
    wanted = result(folder / "reference")
    counts = {"without_checkpoint": 0, "with_checkpoint": 0, "after_the_end": 0}
    damaged = wrong = 0
    store = ActivationStore(folder / "home")
    for number in range(kills // 2):
        children = {name: fork(folder, name, "home") for name in ("left", "right")}
        time.sleep(generator.uniform(0.05, 1.1 * length))
        for name, child in children.items():
            counts[kill(folder / name, child)] += 1
            if (folder / name).exists():
                wrong += result(folder / name) != wanted
                shutil.rmtree(folder / name)
        damaged += len(store.verify())
        if number % 3 == 2:  # Otherwise the store is full after the first rounds, and extraction is never met.
            store.prune(max_bytes=0)
            for name in children:
                forget_run(folder / name)
    for name in ("left", "right"):
        wait(fork(folder, name, "home"))
        wrong += result(folder / name) != wanted
    seconds = time.monotonic() - start
    return {"kills": 2 * (kills // 2), **counts, "damaged": damaged, "wrong": wrong, "seconds": seconds}


def fork(folder: Path, name: str, home: str) -> int:
    """A child that fits; its process number."""
    child = os.fork()
    if child:
        return child
    try:
        os.environ["INJERTO_HOME"] = str(folder / home)
        injerto.fit(
            folder / "pictures",
            backbone=str(folder / "network"),
            strategy="last-1:head=mlp",
            epochs=EPOCHS,
            device="cpu",
            out=folder / name,
        )
    except BaseException as error:
        print(f"{name}: {type(error).__name__}: {error}", file=sys.stderr, flush=True)
        os._exit(1)
    os._exit(0)


def wait(child: int) -> None:
    """Until it ends by itself, well."""
    _, status = os.waitpid(child, 0)
    if status:
        raise SystemExit(f"a child ended with {status}")


def kill(output: Path, child: int) -> str:
    """Kill a child, unless it has ended by itself; where it was, by what it has left."""
    ended, status = os.waitpid(child, os.WNOHANG)
    if ended:
        if status:
            raise SystemExit(f"a child ended with {status}")
        return "after_the_end"
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return "with_checkpoint" if any(run_folder(output).glob("step-*")) else "without_checkpoint"


if __name__ == "__main__":
    main()
