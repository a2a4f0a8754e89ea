"""One way in which a picture may have become pixels, and the filters and turns that are met in other pipelines."""

from dataclasses import dataclass
from functools import partial
from typing import Final, Literal, final

import numpy as np
import torch
from PIL import Image
from torch.nn import functional as F

from injerto.backbones.image_preparation import Resize, center_view
from injerto.core.provenance import ImageContract


@final
@dataclass(frozen=True, kw_only=True, slots=True)
class ImageReading:
    """What decides the pixels of a picture before they are scaled."""

    interpolation: str
    crop_mode: Literal["center", "squash", "border"]
    crop_fraction: float
    orientation: str = "upright"
    turned_last: bool = False
    """Whether it was turned after it had been cut, and not before: where sides are odd they differ by a pixel."""
    channels_swapped: bool = False


def contract_reading(contract: ImageContract) -> ImageReading:
    """The reading that the contract asks for."""
    return ImageReading(
        interpolation=contract.interpolation, crop_mode=contract.crop_mode, crop_fraction=contract.crop_fraction
    )


def read_view(image: Image.Image, reading: ImageReading, contract: ImageContract, *, shrunk: int) -> Image.Image:
    """The picture as the network would see it, turned before it is cut; channels not yet swapped."""
    if reading.orientation != "upright":
        image = image.transpose(TURNS[reading.orientation])
    geometry = contract.model_copy(update={"crop_mode": reading.crop_mode, "crop_fraction": reading.crop_fraction})
    view = center_view(image, geometry, shrunk=shrunk, resize=FILTERS[reading.interpolation])
    return view.convert("L" if contract.channel_order == "grey" else "RGB")


def _resize_by(resampling: Image.Resampling, image: Image.Image, size: tuple[int, int]) -> Image.Image:
    return image.resize(size, resampling)


def _resize_unsmoothed(mode: str, image: Image.Image, size: tuple[int, int]) -> Image.Image:
    """As OpenCV and torch do by default: shrinking takes single pixels and does not average what lies between."""
    pixels = torch.from_numpy(np.array(image.convert("RGB"))).permute(2, 0, 1)[None].float()
    options = {} if mode == "nearest" else {"align_corners": False}
    resized = F.interpolate(pixels, (size[1], size[0]), mode=mode, **options)
    return Image.fromarray(resized[0].permute(1, 2, 0).round().clamp(0, 255).byte().numpy())


FILTERS: Final[dict[str, Resize]] = {
    "nearest": partial(_resize_by, Image.Resampling.NEAREST),
    "box": partial(_resize_by, Image.Resampling.BOX),
    "bilinear": partial(_resize_by, Image.Resampling.BILINEAR),
    "hamming": partial(_resize_by, Image.Resampling.HAMMING),
    "bicubic": partial(_resize_by, Image.Resampling.BICUBIC),
    "lanczos": partial(_resize_by, Image.Resampling.LANCZOS),
    "nearest, corner of each pixel": partial(_resize_unsmoothed, "nearest"),
    "bilinear without antialiasing": partial(_resize_unsmoothed, "bilinear"),
    "bicubic without antialiasing": partial(_resize_unsmoothed, "bicubic"),
}
"""Ways to resize, by the name in sentences."""

TURNS: Final = {
    "turned by 90 degrees": Image.Transpose.ROTATE_90,
    "turned by 180 degrees": Image.Transpose.ROTATE_180,
    "turned by 270 degrees": Image.Transpose.ROTATE_270,
    "mirrored": Image.Transpose.FLIP_LEFT_RIGHT,
    "upside down and mirrored": Image.Transpose.FLIP_TOP_BOTTOM,
    "turned by 90 degrees and mirrored": Image.Transpose.TRANSPOSE,
    "turned by 270 degrees and mirrored": Image.Transpose.TRANSVERSE,
}
"""The seven ways in which a picture is not upright, by the name in sentences; EXIF has a number for each."""
