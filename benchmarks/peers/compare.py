"""injerto beside other libraries: seconds from the first line to the accuracy on the test split, and peak memory.

    python -m benchmarks.peers.compare [--images 1000] [--epochs 10] [--rounds 3] [--core 0] [--out peers.json]

1,000 generated JPEG files of 500 x 375 in ten classes, a fifth of them the test split, random weights that all
libraries share where they have the architecture. `limit` is one prefix pass over all pictures at 75 GFLOP/s a core plus
their decoding by Pillow: nothing that looks at every picture can be quicker without other arithmetic.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import timm
import torch
from PIL import Image
from torch.utils.flop_counter import FlopCounterMode

from benchmarks.caching import write_images
from benchmarks.reporting import Report, middle
from injerto.core.seeds import seeded

HERE = Path(__file__).resolve().parent
PACKAGES = {"keras_recipe": "keras torch pillow", "fastai_learner": "fastai timm"}
"""Peers that need another environment than injerto's."""
PEERS = ("injerto_engine", "injerto_fit", "sklearn_features", "hf_trainer", "keras_recipe", "fastai_learner")
FLOPS = 75e9


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, default=1000)
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--networks", default="resnet18,mobilenetv3_large_100")
    parser.add_argument("--peers", default=",".join(PEERS))
    parser.add_argument("--strategy", default="linear-probe")
    parser.add_argument("--core", type=int, help="pin everything to one core; both cores otherwise")
    parser.add_argument("--envs", type=Path, default=Path(tempfile.gettempdir()) / "injerto-peers")
    parser.add_argument("--out", type=Path)
    chosen = parser.parse_args()
    if chosen.core is not None:
        os.sched_setaffinity(0, {chosen.core})
    columns = ("network", "peer", "import_s", "work_s", "ratio_to_injerto", "limit_s", "peak_mb", "accuracy")
    report = Report("peers", columns, chosen.out)
    with tempfile.TemporaryDirectory() as folder:
        pictures = write_splits(Path(folder), chosen.images)
        for network in chosen.networks.split(","):
            weights = write_weights(Path(folder) / network, network)
            limit = find_limit(network, pictures)
            compare(network, weights, pictures, limit, chosen, report, Path(folder))


def compare(
    network: str,
    weights: Path,
    pictures: Path,
    limit: float,
    chosen: argparse.Namespace,
    report: Report,
    folder: Path,
) -> None:
    """A row for each peer."""
    peers = [name for name in chosen.peers.split(",") if "mobilenetv3" in network or name != "keras_recipe"]
    found: dict[str, list[dict[str, float]]] = {name: [] for name in peers}
    for turn in range(chosen.rounds):
        for name in peers:
            arguments = [str(pictures), str(weights), str(chosen.epochs), chosen.strategy]
            # A store of its own each time: everything is computed anew.
            home = folder / f"home-{network}-{name}-{turn}"
            found[name].append(run(name, arguments, home, chosen.envs))
    for name, turns in found.items():
        ratios = [
            theirs["work_seconds"] / ours["work_seconds"] for theirs, ours in zip(turns, found[peers[0]], strict=True)
        ]
        report.add(
            network=network,
            peer=name,
            import_s=middle([turn["import_seconds"] for turn in turns]),
            work_s=middle([turn["work_seconds"] for turn in turns]),
            ratio_to_injerto=middle(ratios),
            limit_s=limit,
            peak_mb=max(turn["peak_mb"] for turn in turns),
            accuracy=middle([turn["accuracy"] for turn in turns]),
        )


def run(name: str, arguments: list[str], home: Path, envs: Path) -> dict[str, float]:
    """One peer, once."""
    python = environment(name, envs) if name in PACKAGES else Path(sys.executable)
    home.mkdir()
    done = subprocess.run(
        [python, HERE / f"{name}.py", *arguments],
        cwd=home,
        env=os.environ | {"INJERTO_HOME": str(home / "injerto")},
        capture_output=True,
        text=True,
    )
    lines = [line for line in done.stdout.splitlines() if line.startswith("RESULT ")]
    if not lines:
        raise SystemExit(f"{name} failed:\n{done.stderr[-3000:]}")
    result: dict[str, float] = json.loads(lines[-1].removeprefix("RESULT "))
    return result


def environment(name: str, envs: Path) -> Path:
    """Python of the peer's own environment, which is made where it is not there."""
    folder = envs / name
    if not (folder / "ready").is_file():
        subprocess.run(["uv", "venv", "-q", "--clear", folder], check=True)
        python = folder / "bin" / "python"
        subprocess.run(["uv", "pip", "install", "-q", "--python", python, *PACKAGES[name].split()], check=True)
        (folder / "ready").touch()
    return folder / "bin" / "python"


def write_splits(folder: Path, images: int) -> Path:
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


def find_limit(network: str, pictures: Path) -> float:
    """Seconds of one forward pass over all pictures at the peak, and of decoding them, on the cores there are."""
    files = sorted(pictures.rglob("*.jpg"))
    model = timm.create_model(network, num_classes=0).eval()
    counter = FlopCounterMode(display=False)
    with counter, torch.no_grad():
        model(torch.zeros(1, 3, 224, 224))
    start = time.perf_counter()
    for file in files[:100]:
        Image.open(file).convert("RGB").resize((298, 224))
    decoding = (time.perf_counter() - start) / min(100, len(files))
    return len(files) * (counter.get_total_flops() / FLOPS + decoding) / len(os.sched_getaffinity(0))


if __name__ == "__main__":
    main()
