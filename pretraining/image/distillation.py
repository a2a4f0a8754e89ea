"""The objective that copies a teacher: its opinion, its last features and its middle maps."""

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from pretraining.image.model import NUM_FEATURES
from pretraining.image.objectives import AbstractObjective, Batch
from pretraining.image.teacher import TaughtScenes

MAP_CHANNELS = 128
TEMPERATURE = 2.0


class SceneDistillation(AbstractObjective):
    """Say what the teacher says about a scene, from a quarter of its pixels.

    The loss is the divergence of softened class opinions, plus the squared error of the standardised pooled features
    and of the standardised middle maps. Standardised, so that the few strong channels do not decide everything.
    """

    def __init__(self, scenes: TaughtScenes, *, share: int) -> None:
        super().__init__()
        self.share = share
        self.pictures = torch.from_numpy(scenes.pictures)
        self.teacher_maps = torch.from_numpy(scenes.maps)
        self.teacher_pooled = torch.from_numpy(scenes.pooled)
        self.classifier = scenes.classifier
        sample = np.random.default_rng(0).permutation(len(scenes.pooled))[:5000]
        self.pooled_scale = _measure_scale(self.teacher_pooled[sample].float())
        self.map_scale = _measure_scale(self.teacher_maps[sample].float().movedim(1, -1).flatten(0, 2))
        self.opinion = nn.Linear(NUM_FEATURES, len(scenes.classifier[1]))
        self.features = nn.Linear(NUM_FEATURES, self.teacher_pooled.shape[1])
        self.middle = nn.Conv2d(MAP_CHANNELS, self.teacher_maps.shape[1], 1)

    def draw(self, generator: torch.Generator) -> Batch:
        """Scenes, half of them mirrored; the sign of the target says which."""
        rows = torch.randint(0, len(self.pictures), (self.share,), generator=generator)
        mirrored = torch.rand(self.share, generator=generator) < 0.5
        pictures = self.pictures[rows].float() / 127.5 - 1
        pictures = torch.where(mirrored[:, None, None, None], pictures.flip(-1), pictures)
        return Batch(pictures=pictures, target=torch.where(mirrored, -rows - 1, rows))

    def measure_loss(self, maps: list[Tensor], target: Tensor) -> tuple[Tensor, Tensor]:
        mirrored = target < 0
        rows = torch.where(mirrored, -target - 1, target)
        teacher_pooled = self.teacher_pooled[rows].float()
        wanted = F.linear(teacher_pooled, *self.classifier)
        pooled = maps[-1].mean(dim=(2, 3))
        said = self.opinion(pooled)
        opinion = F.kl_div(
            F.log_softmax(said / TEMPERATURE, dim=1),
            F.log_softmax(wanted / TEMPERATURE, dim=1),
            reduction="batchmean",
            log_target=True,
        )
        mean, scale = self.pooled_scale
        features = F.mse_loss(self.features(pooled), (teacher_pooled - mean) / scale)
        mean, scale = (part[:, None, None] for part in self.map_scale)
        teacher_maps = self.teacher_maps[rows].float()
        teacher_maps = torch.where(mirrored[:, None, None, None], teacher_maps.flip(-1), teacher_maps)
        middle = F.mse_loss(self.middle(maps[0]), (teacher_maps - mean) / scale)
        agreement = (said.argmax(dim=1) == wanted.argmax(dim=1)).float().mean()
        return opinion * TEMPERATURE + features + middle, agreement


def _measure_scale(values: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and standard deviation of every channel of (rows, channels)."""
    return values.mean(dim=0), values.std(dim=0) + 1e-3
