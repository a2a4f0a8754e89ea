"""From image items to the tensor that the weights were trained on: the contract applied, and augmented views."""

import math
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Final

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image
from torch import Tensor

from injerto.core.provenance import ImageContract
from injerto.data.items import AbstractImageItem
from injerto.data.placement import PLACED, Placement, place_randomly

PREPARATION: Final = 2
"""Counted up where the pixels that a contract asks for change, so that a store never mixes both."""
AUGMENTATIONS: Final = ("none", "crop", "crop-flip", PLACED)

Pixels = npt.NDArray[np.uint8]
"""Grey levels of 0 to 255, channels last."""
Resize = Callable[[Image.Image, tuple[int, int]], Image.Image]
"""An image brought to a width and a height."""

_FILTERS: Final = {
    "nearest": Image.Resampling.NEAREST,
    "bilinear": Image.Resampling.BILINEAR,
    "bicubic": Image.Resampling.BICUBIC,
    "lanczos": Image.Resampling.LANCZOS,
}
# How many times larger than the input a picture stays when a JPEG is decoded smaller. At 2.5 and more the contract's
# resampling still does the last reduction. Of 255 grey levels pixels move by 0.3 to 0.7 on average in pictures with
# grain, 1.2 in pure noise, 4.2 in the worst pattern of hard lines that was tried (benchmarks/decoding.py).
_LEFT_TO_RESIZE: Final = 2.5
_CROP_AREA: Final = (0.7, 1.0)
_CROP_RATIO: Final = (3 / 4, 4 / 3)
_CROP_ATTEMPTS: Final = 10
# A strip of 1 x 60,000 pixels resized by its short side would need gigabytes; only its middle is ever looked at.
_LONGEST_ASPECT: Final = 16
_POOL_FROM: Final = 8
_MOST_THREADS: Final = 16


def prepare_images(
    items: Sequence[AbstractImageItem], contract: ImageContract, *, augment: str = "none", seeds: Sequence[int] = ()
) -> Tensor:
    """Decode and preprocess, shape (items, channels, height, width)."""
    return normalise_pixels(torch.from_numpy(read_pixels(items, contract, augment=augment, seeds=seeds)), contract)


def read_pixels(
    items: Sequence[AbstractImageItem], contract: ImageContract, *, augment: str = "none", seeds: Sequence[int] = ()
) -> Pixels:
    """Decode, resize and crop, shape (items, height, width, channels). Decoding frees the interpreter: threads pay."""

    def prepare(index: int) -> Pixels:
        decoded = items[index].decode(at_least=least_side(contract))
        if augment == "none":
            return _pixels(center_view(decoded.image, contract, shrunk=decoded.shrunk), contract)
        if augment == PLACED:
            full = decoded.image.width * decoded.shrunk, decoded.image.height * decoded.shrunk
            placement = place_randomly(full, (contract.width, contract.height), seed=seeds[index])
            return _pixels(placed_view(decoded.image, contract, placement), contract)
        may_flip = augment == "crop-flip"
        return _pixels(random_view(decoded.image, contract, seed=seeds[index], may_flip=may_flip), contract)

    # A lane has one thread: it decodes alone, and other lanes decode beside it.
    num_threads = min(_MOST_THREADS, torch.get_num_threads())
    if num_threads == 1 or len(items) < _POOL_FROM:
        pixels = [prepare(index) for index in range(len(items))]
    else:
        with ThreadPoolExecutor(max_workers=num_threads) as pool:
            pixels = list(pool.map(prepare, range(len(items))))
    # All together: numbers of one picture in each of many threads are threads of PyTorch's own in each of them.
    return np.stack(pixels)


def least_side(contract: ImageContract) -> int:
    """Pixels of the short side that decoding has to leave, so that the contract's filter does the last reduction."""
    return math.ceil(_LEFT_TO_RESIZE * max(_target_size(contract)))


def center_view(
    image: Image.Image, contract: ImageContract, *, shrunk: int = 1, resize: Resize | None = None
) -> Image.Image:
    """The view of evaluation: resized by the contract's crop mode to size / crop_fraction, then the centre.

    Equal to timm's `create_transform(..., is_training=False)`, rounding of sizes included. Only the centre is computed,
    where timm cuts it out afterwards: by the rounding of coordinates up to 3 % of the pixels of a smooth made-up
    picture come out one or two of 255 grey levels off, and at most 0.04 % of any of 60 photographs, by one. An image
    that was decoded `shrunk` times smaller is resized to what the whole one would be. `resize` takes the place of the
    contract's filter.
    """
    image = _shorten(image)
    full = image.width * shrunk, image.height * shrunk
    width, height = _resized_size(full, contract)
    left, top = round((width - contract.width) / 2), round((height - contract.height) / 2)
    smooth = resize is None and contract.interpolation != "nearest"
    if smooth and contract.crop_mode == "center" and min(left, top) >= 0:
        across, down = image.width / width, image.height / height
        box = left * across, top * down, (left + contract.width) * across, (top + contract.height) * down
        # The last column may end a rounding error beyond the picture.
        box = box[0], box[1], min(box[2], image.width), min(box[3], image.height)
        return image.resize((contract.width, contract.height), _FILTERS[contract.interpolation], box=box)
    resized = (resize or partial(_resize, contract))(image, (width, height))
    if contract.crop_mode == "border":
        resized = _pad(resized, contract)
        left, top = round((resized.width - contract.width) / 2), round((resized.height - contract.height) / 2)
    return resized.crop((left, top, left + contract.width, top + contract.height))


def _resize(contract: ImageContract, image: Image.Image, size: tuple[int, int]) -> Image.Image:
    return image.resize(size, _FILTERS[contract.interpolation])


def random_view(image: Image.Image, contract: ImageContract, *, seed: int, may_flip: bool) -> Image.Image:
    """A random resized crop of 70 to 100 % of the area, perhaps mirrored; the same seed gives the same view."""
    generator = np.random.default_rng(seed)
    image = _shorten(image)
    view = image.crop(_random_box(image.size, generator))
    view = view.resize((contract.width, contract.height), _FILTERS[contract.interpolation])
    if may_flip and generator.random() < 0.5:
        view = view.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    return view


def placed_view(image: Image.Image, contract: ImageContract, placement: Placement) -> Image.Image:
    """The picture as it is placed, on a ground of the mean colour."""
    resized = image.resize(placement.scaled, _FILTERS[contract.interpolation])
    if placement.flipped:
        resized = resized.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    ground = _ground((contract.width, contract.height), contract)
    ground.paste(resized.convert(ground.mode), (placement.left, placement.top))
    return ground


def to_tensor(image: Image.Image, contract: ImageContract) -> Tensor:
    """Pixels as float32, shape (channels, height, width): channel order, value range, mean and std of the contract."""
    return normalise_pixels(torch.from_numpy(_pixels(image, contract)[None]), contract)[0]


def _pixels(image: Image.Image, contract: ImageContract) -> Pixels:
    """Shape (height, width, channels)."""
    return np.array(image.convert("L" if contract.channel_order == "grey" else "RGB")).reshape(*image.size[::-1], -1)


def normalise_pixels(pixels: Tensor, contract: ImageContract) -> Tensor:
    """Grey levels of many images, shape (items, height, width, channels), as the network wants them."""
    tensor = pixels.permute(0, 3, 1, 2).contiguous().float().div_(255)
    if contract.channel_order == "bgr":
        tensor = tensor.flip(1)
    low, high = contract.value_range
    if (low, high) != (0.0, 1.0):
        tensor.mul_(high - low).add_(low)
    mean = torch.tensor(contract.mean).view(-1, 1, 1)
    std = torch.tensor(contract.std).view(-1, 1, 1)
    return tensor.sub_(mean).div_(std)


def _target_size(contract: ImageContract) -> tuple[int, int]:
    """Width and height that the contract asks for before it crops."""
    return math.floor(contract.width / contract.crop_fraction), math.floor(contract.height / contract.crop_fraction)


def _resized_size(size: tuple[int, int], contract: ImageContract) -> tuple[int, int]:
    width, height = size
    target_width, target_height = _target_size(contract)
    if contract.crop_mode == "squash":
        return target_width, target_height
    if contract.crop_mode == "border":
        ratio = max(height / target_height, width / target_width)
        return max(1, round(width / ratio)), max(1, round(height / ratio))
    if target_width == target_height:
        # torchvision's Resize: the long side is cut off, not rounded.
        edge = target_width
        return (edge, int(edge * height / width)) if width <= height else (int(edge * width / height), edge)
    # timm's ResizeKeepRatio: rounded.
    ratio = min(height / target_height, width / target_width)
    return round(width / ratio), round(height / ratio)


def _pad(image: Image.Image, contract: ImageContract) -> Image.Image:
    """Borders of the mean colour where the image is smaller than the input, an odd pixel at the right and below."""
    size = max(image.width, contract.width), max(image.height, contract.height)
    if image.size == size:
        return image
    padded = _ground(size, contract)
    padded.paste(image.convert(padded.mode), ((size[0] - image.width) // 2, (size[1] - image.height) // 2))
    return padded


def _ground(size: tuple[int, int], contract: ImageContract) -> Image.Image:
    """An empty picture of the mean colour."""
    colour = tuple(round(255 * value) for value in contract.mean)
    return Image.new("L", size, colour[0]) if contract.channel_order == "grey" else Image.new("RGB", size, colour)


def _random_box(size: tuple[int, int], generator: np.random.Generator) -> tuple[int, int, int, int]:
    """The box of torchvision's RandomResizedCrop: its draws, its ten attempts, its central fallback."""
    width, height = size
    for _ in range(_CROP_ATTEMPTS):
        area = width * height * generator.uniform(*_CROP_AREA)
        ratio = math.exp(generator.uniform(math.log(_CROP_RATIO[0]), math.log(_CROP_RATIO[1])))
        crop_width, crop_height = round(math.sqrt(area * ratio)), round(math.sqrt(area / ratio))
        if 0 < crop_width <= width and 0 < crop_height <= height:
            left = int(generator.integers(0, width - crop_width + 1))
            top = int(generator.integers(0, height - crop_height + 1))
            return left, top, left + crop_width, top + crop_height
    crop_width = min(width, max(1, round(height * _CROP_RATIO[1])))
    crop_height = min(height, max(1, round(width / _CROP_RATIO[0])))
    left, top = (width - crop_width) // 2, (height - crop_height) // 2
    return left, top, left + crop_width, top + crop_height


def _shorten(image: Image.Image) -> Image.Image:
    width, height = image.size
    longest = _LONGEST_ASPECT * min(width, height)
    if max(width, height) <= longest:
        return image
    left, top = max(0, (width - longest) // 2), max(0, (height - longest) // 2)
    return image.crop((left, top, min(width, left + longest), min(height, top + longest)))
