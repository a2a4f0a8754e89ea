"""What an ImageNet network sees in generated scenes, computed once and kept in a scratch folder.

The teacher is `mobilenetv2_100.imagenet` (Apache-2.0); neither it nor its features are part of the repository.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import timm
import torch
from numpy.typing import NDArray
from timm.models import EfficientNet
from torch import Tensor
from torch.nn import functional as F

from pretraining.image.model import INPUT_SIDE
from pretraining.image.scenes import SceneMaker

MAP_SIDE = INPUT_SIDE // 16
CHUNK = 64


@dataclass(frozen=True, kw_only=True, slots=True)
class TaughtScenes:
    """Scenes as the student sees them (count, 3, 64, 64) and what the teacher made of them at 96 pixels.

    `maps` is the teacher's stage of stride 16, averaged to the grid of the student's stage of stride 16.
    `classifier` is the teacher's last layer (weight and bias), which turns `pooled` into its opinion.
    """

    pictures: NDArray[np.uint8]
    maps: NDArray[np.float16]
    pooled: NDArray[np.float16]
    classifier: tuple[Tensor, Tensor]


def load_taught_scenes(folder: Path, *, data: Path, teacher: Path, count: int, seed: int) -> TaughtScenes:
    """Read scenes and features from `folder`, computing them first if they are not there (10 ms a scene)."""
    network = timm.create_model(f"local-dir:{teacher}", pretrained=True).eval().to(memory_format=torch.channels_last)
    if not (folder / "pooled.npy").exists():
        folder.mkdir(parents=True, exist_ok=True)
        _compute_scenes(folder, SceneMaker(data, seed=seed), network, count)
    classifier = network.get_classifier()
    return TaughtScenes(
        pictures=np.load(folder / "pictures.npy"),
        maps=np.load(folder / "maps.npy"),
        pooled=np.load(folder / "pooled.npy"),
        classifier=(classifier.weight.detach(), classifier.bias.detach()),
    )


def _compute_scenes(folder: Path, maker: SceneMaker, network: EfficientNet, count: int) -> None:
    pictures: list[NDArray[np.uint8]] = []
    maps: list[NDArray[np.float16]] = []
    pooled: list[NDArray[np.float16]] = []
    for first in range(0, count, CHUNK):
        scenes = np.stack([maker.draw() for _ in range(min(CHUNK, count - first))])
        scene = torch.from_numpy(scenes).permute(0, 3, 1, 2).float() / 127.5 - 1
        with torch.inference_mode():
            last, stages = network.forward_intermediates(scene.to(memory_format=torch.channels_last), indices=[3])
            pooled.append(last.mean(dim=(2, 3)).half().numpy())
            maps.append(F.adaptive_avg_pool2d(stages[0], MAP_SIDE).half().numpy())
        small = F.interpolate(scene, size=INPUT_SIDE, mode="bilinear", antialias=True)
        pictures.append(((small + 1) * 127.5).round().clamp(0, 255).byte().numpy())
        if first // CHUNK % 50 == 0:
            print(f"teacher: {first}/{count} scenes", flush=True)
    np.save(folder / "pictures.npy", np.concatenate(pictures))
    np.save(folder / "maps.npy", np.concatenate(maps))
    np.save(folder / "pooled.npy", np.concatenate(pooled))  # last: its presence means complete
