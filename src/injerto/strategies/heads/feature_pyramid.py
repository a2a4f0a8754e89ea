"""A detection head on the maps of a classification network: a feature pyramid and two small towers on every level."""

# B images, C channels, H rows, W columns of a map, P points of all levels, N classes.

import math
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Annotated, Final, Self, final

import torch
from pydantic import Field, model_validator
from torch import Tensor, nn

from injerto.strategies.heads.head import AbstractHead, HeadSettings, heads
from injerto.tasks.detection.layout import join_proposals

_RARE: Final = 0.01
"""Share of points that hold an object before anything is learnt (Lin et al. 2017, arXiv 1708.02002)."""
_FIRST_REACH: Final = 1.5
"""Half the side of a first box, in distances between points."""
_LARGEST_LOG: Final = 5.0


class FeaturePyramidSettings(HeadSettings):
    """Settings of the head."""

    maps: Annotated[
        str,
        Field(
            pattern=r"^\d{1,5}x\d{1,4}x\d{1,4}(,\d{1,5}x\d{1,4}x\d{1,4}){0,5}$", description="channels x rows x columns"
        ),
    ]
    width: Annotated[int, Field(ge=8, le=1024, multiple_of=8, description="channels of the pyramid and the towers")] = (
        64
    )
    depth: Annotated[int, Field(ge=1, le=8, description="convolutions of a tower")] = 1

    @model_validator(mode="after")
    def _maps_are_the_features(self) -> Self:
        sizes = [math.prod(shape) for shape in parse_maps(self.maps)]
        if min(sizes) < 1 or sum(sizes) != self.num_features:
            raise ValueError(f"maps hold {sum(sizes)} values and not num_features = {self.num_features}")
        return self


@heads.register
@final
class FeaturePyramidHead(AbstractHead):
    """Features are the maps side by side, flattened, shape (batch, features); scores are laid out by `layout`.

    The pyramid is torchvision's (Lin et al. 2017, arXiv 1612.03144); the towers are shared by its levels and predict,
    without anchors, distances to the four sides (Tian et al. 2019, FCOS, arXiv 1904.01355). A network with one map
    only, such as a ViT, gets a level above and one below it (Li et al. 2022, ViTDet, arXiv 2203.16527).
    """

    def __init__(self, options: FeaturePyramidSettings) -> None:
        from torchvision.ops import FeaturePyramidNetwork  # Only detectors need it.

        super().__init__(options)
        self.shapes: Final = parse_maps(options.maps)
        width = options.width
        channels = [channel for channel, _, _ in self.shapes]
        self.enlarge = nn.ConvTranspose2d(channels[0], width, 2, stride=2) if len(channels) == 1 else None
        self.pyramid = FeaturePyramidNetwork(channels if self.enlarge is None else [width, *channels], width)
        self.num_levels: Final = len(channels) if self.enlarge is None else 3
        self.class_tower = _tower(width, options.depth)
        self.box_tower = _tower(width, options.depth)
        self.classes = nn.Conv2d(width, options.num_classes, 3, padding=1)
        self.sides = nn.Conv2d(width, 4, 3, padding=1)
        self.scales = nn.Parameter(torch.ones(self.num_levels))
        for convolution, start in (
            (self.classes, -math.log((1 - _RARE) / _RARE)),
            (self.sides, math.log(_FIRST_REACH)),
        ):
            nn.init.normal_(convolution.weight, std=0.01)
            assert convolution.bias is not None
            nn.init.constant_(convolution.bias, start)

    @classmethod
    def from_settings(cls, settings: Mapping[str, object]) -> Self:
        return cls(FeaturePyramidSettings.model_validate(settings))

    def forward(self, features: Tensor) -> Tensor:
        """Scores, shape (batch, points, classes + 7)."""
        logits, boxes, places = [], [], []
        for level, map_BCHW in enumerate(self._levels(self._unflatten(features))):
            rows, columns = map_BCHW.shape[-2:]
            place_P3 = _points(rows, columns, map_BCHW)
            logit_BNHW = self.classes(self.class_tower(map_BCHW))
            raw_B4HW = self.sides(self.box_tower(map_BCHW)) * self.scales[level]
            # Distances in steps between points, which are not as wide as high where the input is no square.
            side_BP4 = raw_B4HW.clamp(max=_LARGEST_LOG).exp().flatten(2).transpose(1, 2)
            step = side_BP4.new_tensor([1 / columns, 1 / rows])
            low = place_P3[:, :2] - side_BP4[..., :2] * step
            high = place_P3[:, :2] + side_BP4[..., 2:] * step
            logits.append(logit_BNHW.flatten(2).transpose(1, 2))
            boxes.append(torch.cat([low, high], dim=2))
            places.append(place_P3)
        return join_proposals(torch.cat(logits, 1), torch.cat(boxes, 1), torch.cat(places))

    def _unflatten(self, features: Tensor) -> list[Tensor]:
        sizes = [channels * rows * columns for channels, rows, columns in self.shapes]
        parts = torch.split(features, sizes, dim=1)
        return [part.reshape(-1, *shape) for part, shape in zip(parts, self.shapes, strict=True)]

    def _levels(self, maps: list[Tensor]) -> list[Tensor]:
        if self.enlarge is not None:
            maps = [self.enlarge(maps[0]), maps[0]]
        named = OrderedDict((str(number), value) for number, value in enumerate(maps))
        levels = list(self.pyramid(named).values())
        if self.enlarge is not None:
            levels.append(nn.functional.max_pool2d(levels[-1], 2, ceil_mode=True))
        return levels


def parse_maps(text: str) -> tuple[tuple[int, int, int], ...]:
    """Channels, rows and columns of each map.

    >>> parse_maps("32x28x28,96x14x14")
    ((32, 28, 28), (96, 14, 14))
    """
    found = []
    for part in text.split(","):
        channels, rows, columns = map(int, part.split("x"))
        found.append((channels, rows, columns))
    return tuple(found)


def write_maps(shapes: Sequence[tuple[int, int, int]]) -> str:
    """What `parse_maps` reads."""
    return ",".join("x".join(map(str, shape)) for shape in shapes)


def _tower(width: int, depth: int) -> nn.Sequential:
    layers: list[nn.Module] = []
    for _ in range(depth):
        layers += [nn.Conv2d(width, width, 3, padding=1, bias=False), nn.GroupNorm(8, width), nn.SiLU(inplace=True)]
    return nn.Sequential(*layers)


def _points(rows: int, columns: int, like: Tensor) -> Tensor:
    """Middle of every cell and the larger distance between two, as fractions of the input, shape (points, 3)."""
    y, x = torch.meshgrid(
        (torch.arange(rows, device=like.device) + 0.5) / rows,
        (torch.arange(columns, device=like.device) + 0.5) / columns,
        indexing="ij",
    )
    reach = torch.full_like(x, max(1 / rows, 1 / columns))
    return torch.stack([x, y, reach], dim=-1).flatten(0, 1)
