"""Images a second through a frozen backbone, by runtime and lanes.

    python -m benchmarks.extraction [--threads 2] [--rounds 5] [--only resnet18] [--out extraction.json]

Random weights, generated images of the contract's size, no decoding. Every installed runtime takes its turn in each
round, in one lane of all threads and in lanes of one thread, so that a noisy neighbour slows all of them; medians.
`error` is the largest difference from PyTorch, relative to the largest feature.
"""

import argparse
import time
from contextlib import ExitStack
from pathlib import Path

import torch

from benchmarks.reporting import Report, middle
from injerto.activations.cut.frozen_part import FrozenPart
from injerto.activations.runtimes.calibration import is_installed
from injerto.activations.runtimes.lanes import run_in_lanes
from injerto.activations.runtimes.runtime import Run, runtimes
from injerto.backbones.backbone import Inputs
from injerto.backbones.loading import load_backbone

BACKBONES = ("resnet18", "mobilenetv3_large_100", "mobilenetv2_035", "resnet50", "vgg16", "vit_tiny_patch16_224")
SLOW_TO_MAKE = ("compiled",)
BATCHES = 4
"""Batches of a turn, for each lane."""


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--compiled", action="store_true", help="torch.compile too, which takes a minute a network")
    parser.add_argument("--only", default=",".join(BACKBONES))
    parser.add_argument("--out", type=Path)
    chosen = parser.parse_args()
    torch.set_num_threads(chosen.threads)
    columns = ("backbone", "runtime", "lanes", "setup_s", "images_per_second", "ratio_to_eager", "error")
    report = Report("extraction", columns, chosen.out)
    for name in chosen.only.split(","):
        measure(name, chosen.threads, chosen.rounds, chosen.compiled, report)


@torch.no_grad()
def measure(name: str, threads: int, rounds: int, compiled: bool, report: Report) -> None:
    """One row for each runtime and number of lanes."""
    backbone = load_backbone(f"timm:{name}", pretrained=False, seed=0).eval()
    part = FrozenPart(backbone, pool="pooled")
    images = {"x": torch.randn(16, 3, backbone.contract.height, backbone.contract.width)}
    expected = part(images)
    with ExitStack() as stack:
        ways: dict[tuple[str, int], tuple[Run, float]] = {}
        for runtime in runtimes.names():
            kind = runtimes.get(runtime)
            if not is_installed(kind) or (runtime in SLOW_TO_MAKE and not compiled):
                continue
            for lanes in {threads} if kind.only_in_lanes else sorted({1, threads}):
                start = time.perf_counter()
                run = stack.enter_context(kind().open(part, {"x": images["x"][:2]}, lanes=lanes))
                run(images)
                ways[runtime, lanes] = run, time.perf_counter() - start
        taken: dict[tuple[str, int], list[float]] = {way: [] for way in ways}
        for turn in range(rounds + 1):
            for (runtime, lanes), (run, _) in ways.items():
                seconds = timed(run, images, lanes)
                if turn:  # The first one warms up.
                    taken[runtime, lanes].append(seconds)
        for (runtime, lanes), (run, setup) in ways.items():
            speeds = [BATCHES * lanes * 16 / seconds for seconds in taken[runtime, lanes]]
            plain = [BATCHES * 16 / seconds for seconds in taken["eager", 1]]
            report.add(
                backbone=name,
                runtime=runtime,
                lanes=lanes,
                setup_s=setup,
                images_per_second=middle(speeds),
                ratio_to_eager=middle([own / eager for own, eager in zip(speeds, plain, strict=True)]),
                error=float((run(images) - expected).abs().max() / expected.abs().max()),
            )


def timed(run: Run, images: Inputs, lanes: int) -> float:
    """Seconds of one turn."""
    start = time.perf_counter()
    if lanes == 1:
        for _ in range(BATCHES):
            run(images)
    else:
        list(run_in_lanes(run, [images] * (BATCHES * lanes), lanes=lanes))
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
