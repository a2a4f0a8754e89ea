"""Training from the store against training without it: five backbones, three cuts.

    python -m benchmarks.caching [--threads 1] [--images 300] [--epochs 10] [--cuts "last block"] [--out caching.json]
    python -m benchmarks.caching --device cuda --threads 16 --images 1000 --only resnet50,vit_base_patch16_224

Random weights, generated JPEG files of 500 x 375, ten classes. Each row is one cut trained twice from the same start,
with an empty store and with none, evaluation included; beside it what the law predicts, and what share was reached.
Seconds are of the processor, which others may use as well; with `--device cuda` by the clock. What a process does once,
such as importing PyTorch's optimizers, is done before.
"""

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from benchmarks.engines import change_last_phase, make_engine
from benchmarks.reporting import Report
from injerto.activations.store.store import ActivationStore
from injerto.backbones.loading import load_backbone
from injerto.data.labelled import LabelledData, Splits
from injerto.data.reading import read_data
from injerto.data.splitting import make_splits
from injerto.training.engine import Engine

NORM_PARAMETERS = 10_000
"""Below it the last layer group is a norm and no block."""
BACKBONES = ("resnet18", "resnet50", "mobilenetv3_large_100", "vit_tiny_patch16_224", "convnext_atto")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--images", type=int, default=300)
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--only", default=",".join(BACKBONES))
    parser.add_argument("--cuts", default="last norm,last block,last third,last half")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--out", type=Path)
    chosen = parser.parse_args()
    torch.set_num_threads(chosen.threads)
    columns = ("backbone", "trained", "groups", "cached_s", "uncached_s", "gain", "law", "share_of_law")
    report = Report("caching", columns, chosen.out)
    with tempfile.TemporaryDirectory() as folder:
        data = read_data(write_images(Path(folder) / "images", chosen.images))
        splits = make_splits(data, seed=0)
        warm = make_one("test_resnet", 1, data, splits, 1, ActivationStore(Path(folder) / "warm"), chosen.device)
        warm.run()
        for name in chosen.only.split(","):
            layers = load_backbone(f"timm:{name}", pretrained=False).layer_groups
            num_groups, ends_in_norm = len(layers), layers[-1].num_parameters < NORM_PARAMETERS
            for trained, groups in (
                *([("last norm", 1)] if ends_in_norm else []),
                ("last block", 1 + ends_in_norm),
                ("last third", max(2, num_groups // 3)),
                ("last half", num_groups // 2),
            ):
                if trained in chosen.cuts.split(","):
                    compare(name, trained, groups, data, splits, chosen, Path(folder), report)


def compare(
    name: str,
    trained: str,
    groups: int,
    data: LabelledData,
    splits: Splits,
    chosen: argparse.Namespace,
    folder: Path,
    report: Report,
) -> None:
    """One row."""
    clock = time.process_time if chosen.device == "cpu" else time.perf_counter
    seconds, laws = {}, []
    for way in ("cached", "uncached"):
        store = ActivationStore(folder / f"{name}-{groups}") if way == "cached" else None
        engine = make_one(name, groups, data, splits, chosen.epochs, store, chosen.device)
        begin = clock()
        facts = engine.run().facts
        seconds[way] = clock() - begin
        laws.append(float(facts.get("cut_gain_predicted", 0.0)))
    gain = seconds["uncached"] / seconds["cached"]
    law = laws[0]
    report.add(
        backbone=name,
        trained=trained,
        groups=groups,
        cached_s=seconds["cached"],
        uncached_s=seconds["uncached"],
        gain=gain,
        law=law,
        share_of_law=gain / law if law else None,
    )


def make_one(
    name: str,
    groups: int,
    data: LabelledData,
    splits: Splits,
    epochs: int,
    store: ActivationStore | None,
    device: str,
) -> Engine:
    """One gradient phase that trains the head and the last `groups` layer groups, without early stopping."""
    strategy = f"last-{groups}"
    engine = make_engine(
        data, f"timm:{name}", strategy, splits=splits, epochs=epochs, pretrained=False, store=store, device=device
    )
    change_last_phase(engine, patience=epochs)
    engine.plan = engine.plan.model_copy(update={"phases": engine.plan.phases[-1:]})
    return engine


def write_images(folder: Path, count: int, *, seed: int = 0) -> Path:
    """Smooth noise in ten tints, as JPEG files."""
    generator = np.random.default_rng(seed)
    for number in range(count):
        target = folder / f"class{number % 10}"
        target.mkdir(parents=True, exist_ok=True)
        small = generator.integers(0, 256, (12, 16, 3), dtype=np.uint8)
        small[..., number % 3] //= 1 + number % 10
        Image.fromarray(small).resize((500, 375), Image.Resampling.BICUBIC).save(target / f"{number}.jpg", quality=90)
    return folder


if __name__ == "__main__":
    main()
