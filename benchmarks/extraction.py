"""Images a second through a frozen backbone, by the way it is run: eager, channels last, norms folded.

    python -m benchmarks.extraction [--threads 1] [--seconds 4] [--out extraction.json]

Random weights, generated images of the contract's size, no decoding. The ways take turns, so that a noisy neighbour
slows all of them; medians.
"""

import argparse
import time
from collections.abc import Callable
from pathlib import Path

import torch

from benchmarks.reporting import Report, middle
from injerto.activations.runtimes.frozen_copy import channels_last, make_frozen_copy
from injerto.backbones.loading import load_backbone

BACKBONES = ("resnet18", "mobilenetv3_large_100", "mobilenetv2_035", "resnet50", "vgg16", "vit_tiny_patch16_224")
BATCH = 32


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=4.0, help="for each way of running")
    parser.add_argument("--only", default=",".join(BACKBONES))
    parser.add_argument("--out", type=Path)
    chosen = parser.parse_args()
    torch.set_num_threads(chosen.threads)
    report = Report("extraction", ("backbone", "way", "images_per_second", "ratio_to_eager", "error"), chosen.out)
    for name in chosen.only.split(","):
        measure(name, chosen.seconds, report)


@torch.no_grad()
def measure(name: str, seconds: float, report: Report) -> None:
    """One row for each way."""
    backbone = load_backbone(f"timm:{name}", pretrained=False, seed=0).eval()
    images = {"x": torch.randn(BATCH, 3, backbone.contract.height, backbone.contract.width)}
    expected = backbone(images)
    folded = make_frozen_copy(backbone, {"x": images["x"][:2]}, pool="pooled")
    last = channels_last(images)
    ways: dict[str, Callable[[], torch.Tensor]] = {
        "eager": lambda: backbone(images),
        "channels last": lambda: backbone(last),
        "folded, channels last": lambda: folded(last),
    }
    turns: dict[str, list[float]] = {way: [] for way in ways}
    errors = {way: float((run() - expected).abs().max() / expected.abs().max()) for way, run in ways.items()}
    start = time.perf_counter()
    while time.perf_counter() - start < seconds * len(ways) or len(turns["eager"]) < 3:
        for way, run in ways.items():
            begin = time.perf_counter()
            run()
            turns[way].append(time.perf_counter() - begin)
    for way, taken in turns.items():
        ratios = [eager / own for eager, own in zip(turns["eager"], taken, strict=True)]
        report.add(
            backbone=name,
            way=way,
            images_per_second=BATCH / middle(taken),
            ratio_to_eager=middle(ratios),
            error=errors[way],
        )


if __name__ == "__main__":
    main()
