"""Images a second through a frozen backbone, by runtime and lanes.

    python -m benchmarks.extraction [--threads 2] [--rounds 5] [--only resnet18] [--out extraction.json]
    python -m benchmarks.extraction --device cuda --batch 64,128,256 --only resnet50,vit_base_patch16_224

Random weights, generated images of the contract's size, no decoding. Every installed runtime takes its turn in each
round, in one lane of all threads and in lanes of one thread, so that a noisy neighbour slows all of them; medians.
`error` is the largest difference from PyTorch in float32, relative to the largest feature. `tflops` counts two
operations for each multiplication; `share_of_peak`, for a GPU, is of what a product of two matrices of 8192 x 8192 in
half precision reaches there.
"""

import argparse
import time
from contextlib import ExitStack
from pathlib import Path

import torch
from torch.utils.flop_counter import FlopCounterMode

from benchmarks.reporting import Report, middle
from injerto.activations.cut.frozen_part import FrozenPart
from injerto.activations.runtimes.calibration import is_installed
from injerto.activations.runtimes.full_float32 import in_full_float32
from injerto.activations.runtimes.lanes import run_in_lanes
from injerto.activations.runtimes.runtime import Run, runtimes
from injerto.backbones.backbone import Inputs
from injerto.backbones.loading import load_backbone

BACKBONES = ("resnet18", "mobilenetv3_large_100", "mobilenetv2_035", "resnet50", "vgg16", "vit_tiny_patch16_224")
SLOW_TO_MAKE = ("compiled",)
BATCHES = {"cpu": 4, "cuda": 20}
"""Batches of a turn, for each lane."""


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--compiled", action="store_true", help="torch.compile too, which takes a minute a network")
    parser.add_argument("--only", default=",".join(BACKBONES))
    parser.add_argument("--device", choices=tuple(BATCHES), default="cpu")
    parser.add_argument("--batch", default="16", help="images of a batch; several with commas")
    parser.add_argument("--out", type=Path)
    chosen = parser.parse_args()
    torch.set_num_threads(chosen.threads)
    columns = (
        "backbone",
        "batch",
        "runtime",
        "lanes",
        "setup_s",
        "images_per_second",
        "ratio_to_eager",
        "error",
        "tflops",
        "share_of_peak",
    )
    report = Report("extraction", columns, chosen.out)
    peak = measure_peak() if chosen.device == "cuda" else None
    for name in chosen.only.split(","):
        for batch in map(int, chosen.batch.split(",")):
            measure(name, batch, chosen, peak, report)


@torch.no_grad()
def measure(name: str, batch: int, chosen: argparse.Namespace, peak: float | None, report: Report) -> None:
    """One row for each runtime and number of lanes."""
    backbone = load_backbone(f"timm:{name}", pretrained=False, seed=0).eval().to(chosen.device)
    part = FrozenPart(backbone, pool="pooled")
    shape = batch, 3, backbone.contract.height, backbone.contract.width
    images = {"x": torch.randn(shape, device=chosen.device)}
    expected = in_full_float32(part, backbone.device())(images)
    with FlopCounterMode(display=False) as counter:
        part({"x": images["x"][:1]})
    with ExitStack() as stack:
        ways: dict[tuple[str, int], tuple[Run, float]] = {}
        for runtime in runtimes.names():
            kind = runtimes.get(runtime)
            slow = runtime in SLOW_TO_MAKE and not chosen.compiled
            if not is_installed(kind) or chosen.device not in kind.devices or slow:
                continue
            threads = chosen.threads if chosen.device == "cpu" else 1
            for lanes in {threads} if kind.only_in_lanes else sorted({1, threads}):
                start = time.perf_counter()
                run = stack.enter_context(kind().open(part, {"x": images["x"][:2]}, lanes=lanes))
                run(images)
                wait(chosen.device)
                ways[runtime, lanes] = run, time.perf_counter() - start
        taken: dict[tuple[str, int], list[float]] = {way: [] for way in ways}
        for turn in range(chosen.rounds + 1):
            for (runtime, lanes), (run, _) in ways.items():
                seconds = timed(run, images, lanes, chosen.device)
                if turn:  # The first one warms up.
                    taken[runtime, lanes].append(seconds)
        for (runtime, lanes), (run, setup) in ways.items():
            speeds = [BATCHES[chosen.device] * lanes * batch / seconds for seconds in taken[runtime, lanes]]
            plain = [BATCHES[chosen.device] * batch / seconds for seconds in taken["eager", 1]]
            tflops = middle(speeds) * counter.get_total_flops() / 1e12
            report.add(
                backbone=name,
                batch=batch,
                runtime=runtime,
                lanes=lanes,
                setup_s=setup,
                images_per_second=middle(speeds),
                ratio_to_eager=middle([own / eager for own, eager in zip(speeds, plain, strict=True)]),
                error=float((run(images) - expected).abs().max() / expected.abs().max()),
                tflops=tflops,
                share_of_peak=tflops / peak if peak else None,
            )


def timed(run: Run, images: Inputs, lanes: int, device: str) -> float:
    """Seconds of one turn."""
    start = time.perf_counter()
    if lanes == 1:
        for _ in range(BATCHES[device]):
            run(images)
    else:
        list(run_in_lanes(run, [images] * (BATCHES[device] * lanes), lanes=lanes))
    wait(device)
    return time.perf_counter() - start


def measure_peak() -> float:
    """Most teraflops of ten turns of a large product in half precision."""
    left, right = (torch.randn(8192, 8192, device="cuda", dtype=torch.float16) for _ in range(2))
    seconds = []
    for _ in range(10):
        wait("cuda")
        start = time.perf_counter()
        for _ in range(10):
            left @ right
        wait("cuda")
        seconds.append((time.perf_counter() - start) / 10)
    return 2 * 8192**3 / min(seconds) / 1e12


def wait(device: str) -> None:
    """A GPU answers before it is done."""
    if device == "cuda":
        torch.cuda.synchronize()


if __name__ == "__main__":
    main()
