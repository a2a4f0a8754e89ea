"""A fit that is quick enough to be disturbed hundreds of times: its pictures, its network, and what it has to give."""

import json
from pathlib import Path

import numpy as np
import timm
from PIL import Image
from safetensors.torch import load_file

from injerto.core.seeds import seeded


def result(path: Path) -> tuple[dict[str, float], dict[str, bytes]]:
    """Figures and bits of weights of an artifact."""
    evidence = json.loads((path / "evidence.json").read_text(encoding="utf-8"))
    weights = load_file(path / "model.safetensors")
    return evidence["metrics"], {name: value.numpy().tobytes() for name, value in weights.items()}


def write_pictures(folder: Path) -> None:
    """Sixty noisy stripes in three directions."""
    generator = np.random.default_rng(0)
    rows, columns = np.mgrid[0:32, 0:32]
    for label, wave in {"across": rows, "down": columns, "slanted": rows + columns}.items():
        (folder / label).mkdir(parents=True)
        for number in range(20):
            stripes = 128 + 90 * np.sin(wave * generator.uniform(0.5, 0.9) + generator.uniform(0, 6))
            noisy = stripes[..., None] + generator.normal(0, 25, (32, 32, 3))
            Image.fromarray(noisy.clip(0, 255).astype(np.uint8)).save(folder / label / f"{number:02d}.png")


def write_network(folder: Path) -> None:
    """A small residual network with random weights, as timm saves it."""
    with seeded(3):
        network = timm.create_model("test_resnet", num_classes=0, pretrained_cfg_overlay={"input_size": (3, 32, 32)})
    timm.models.save_for_hf(network, str(folder), safe_serialization=True)
