"""Generated JPEG files in folders, and random weights as timm saves them."""

import time
from pathlib import Path

import timm
import torch
from PIL import Image
from torch.utils.flop_counter import FlopCounterMode

from benchmarks.caching import write_images
from benchmarks.peers._job import FLOPS, Job
from injerto.core.seeds import seeded


def write_splits(folder: Path, images: int, _source: str) -> Path:
    """Pictures in `train` and `test`."""
    for seed, (split, count) in enumerate((("train", images - images // 5), ("test", images // 5))):
        # Another seed: injerto takes pictures out of train that are in test, and would have less to do.
        write_images(folder / "pictures" / split, count, seed=seed)
    return folder / "pictures"


def write_weights(folder: Path, network: str) -> Path:
    """Random weights as timm saves them."""
    with seeded(0):
        model = timm.create_model(network, num_classes=0)
    timm.models.save_for_hf(model, str(folder), safe_serialization=True)
    return folder


def find_limit(weights: Path, pictures: Path) -> float:
    """Seconds of one forward pass over all pictures at the peak, and of decoding them."""
    files = sorted(pictures.rglob("*.jpg"))
    model = timm.create_model(f"local-dir:{weights}", num_classes=0).eval()
    counter = FlopCounterMode(display=False)
    with counter, torch.no_grad():
        model(torch.zeros(1, 3, 224, 224))
    start = time.perf_counter()
    for file in files[:100]:
        Image.open(file).convert("RGB").resize((298, 224))
    decoding = (time.perf_counter() - start) / min(100, len(files))
    return len(files) * (counter.get_total_flops() / FLOPS + decoding)


JOB = Job(
    peers=("injerto_engine", "injerto_fit", "sklearn_features", "hf_trainer", "keras_recipe", "fastai_learner"),
    networks=("resnet18", "mobilenetv3_large_100"),
    write_data=write_splits,
    write_weights=write_weights,
    find_limit=find_limit,
    takes=lambda peer, network: peer != "keras_recipe" or "mobilenetv3" in network,
)
