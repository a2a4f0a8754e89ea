"""The activation store: random reads from a warm page cache, and memory as the number of examples grows.

    python -m benchmarks.store [--out store.json]

Reads: rows of 196 KB (a 64 x 28 x 28 map in fp32) and of 98 KB (the same in fp16), in random order, by one process.
Memory: small entries of 1,000 to 1,000,000 examples, each opened, looked up and read from in a process of its own;
pages of mapped files, which the system takes back when it wants, are not counted.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import torch

from benchmarks.reporting import Report, middle
from injerto.activations.store.entry import StoreKey
from injerto.activations.store.store import ActivationStore
from injerto.core.hashing import digest_text

KEY = StoreKey(backbone="b", contract="c", point="p", pool="pooled")
ROWS, SHAPE, BATCH = 4096, (64, 28, 28), 32
SMALL_WIDTH = 16

OPEN = """
import sys, time
from pathlib import Path
import torch
from benchmarks.store import KEY, SMALL_WIDTH
from injerto.activations.store.store import ActivationStore
from injerto.core.hashing import digest_text
store, count = ActivationStore(Path(sys.argv[1])), int(sys.argv[2])
asked = [digest_text(str(n)) for n in range(0, count, max(1, count // 1000))]
status = lambda: Path("/proc/self/status").read_text().splitlines()
resident = lambda: next(int(line.split()[1]) for line in status() if line.startswith("RssAnon")) / 1024
before = resident()
start = time.perf_counter()
stored, missing = store.load(KEY, asked)
found = stored.gather(asked)
seconds = time.perf_counter() - start
assert not missing and found.shape == (len(asked), SMALL_WIDTH)
print(seconds, resident() - before)
"""


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--most", type=int, default=1_000_000, help="largest number of examples of the memory table")
    parser.add_argument("--out", type=Path)
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    report = Report("store", ("what", "examples", "gigabytes_per_second", "seconds", "megabytes"), chosen.out)
    with tempfile.TemporaryDirectory() as folder:
        for precision in ("fp32", "fp16"):
            measure_reads(Path(folder) / precision, precision, report)
    count = 1000
    while count <= chosen.most:
        with tempfile.TemporaryDirectory() as folder:
            measure_memory(Path(folder), count, report)
        count *= 10


def measure_reads(root: Path, precision: str, report: Report) -> None:
    """Batches in random order. What is read are stored bytes; they arrive as float32."""
    store, key = ActivationStore(root), KEY.model_copy(update={"precision": precision})
    names = [digest_text(str(number)) for number in range(ROWS)]
    values = torch.randn(256, *SHAPE)
    for start in range(0, ROWS, 256):
        store.save(key, names[start : start + 256], list(values))
    begin = time.perf_counter()
    stored, _ = store.load(key, names)
    checked = time.perf_counter() - begin
    stored_bytes = values[0].nbytes // (2 if precision == "fp16" else 1)
    report.add(
        what=f"check all, {precision}",
        examples=ROWS,
        gigabytes_per_second=ROWS * stored_bytes / checked / 1e9,
        seconds=checked,
        megabytes=None,
    )
    selection = stored.select(names)
    order = np.random.default_rng(0).permutation(ROWS)
    rates = []
    for _ in range(5):
        begin = time.perf_counter()
        for start in range(0, ROWS, BATCH):
            selection.gather(order[start : start + BATCH])
        rates.append(ROWS * stored_bytes / (time.perf_counter() - begin) / 1e9)
    report.add(
        what=f"random batches of {BATCH}, {precision}",
        examples=ROWS,
        gigabytes_per_second=middle(rates),
        seconds=None,
        megabytes=None,
    )


def measure_memory(root: Path, count: int, report: Report) -> None:
    """Resident memory that opening, looking up and reading 1,000 of `count` examples adds."""
    store = ActivationStore(root)
    step = 100_000
    for start in range(0, count, step):
        numbers = range(start, min(count, start + step))
        store.save(KEY, [digest_text(str(n)) for n in numbers], list(torch.randn(len(numbers), SMALL_WIDTH)))
    done = subprocess.run(
        [sys.executable, "-c", OPEN, str(root), str(count)], capture_output=True, text=True, check=True
    )
    seconds, megabytes = map(float, done.stdout.split())
    report.add(
        what="open and read 1,000", examples=count, gigabytes_per_second=None, seconds=seconds, megabytes=megabytes
    )


if __name__ == "__main__":
    main()
