"""Every image fault is planted and named, alone; what is right is silent, whoever made it."""

import io
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor
from torchvision.transforms import InterpolationMode
from torchvision.transforms import functional as TF

from injerto.backbones.image_preparation import prepare_images
from injerto.backbones.input_guard.checking import check_inputs
from injerto.core.errors import UsageError
from injerto.core.provenance import ImageContract
from injerto.data.items import ImageBytes, ImageObject

CONTRACT = ImageContract(
    height=64,
    width=64,
    crop_fraction=0.875,
    interpolation="bicubic",
    mean=(0.485, 0.456, 0.406),
    std=(0.229, 0.224, 0.225),
)
SEEDS = range(3)


def _pictures(seed: int, number: int = 6, *, grey: bool = False) -> list[Image.Image]:
    """Smooth shapes with grain, each of its own size."""
    generator = np.random.default_rng(seed)
    pictures = []
    for _ in range(number):
        width, height = (int(side) for side in generator.integers(90, 160, 2))
        coarse = generator.integers(0, 256, (7, 9, 3), dtype=np.uint8)
        smooth = Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC)
        noisy = np.asarray(smooth) + generator.normal(0, 8, (height, width, 3))
        image = Image.fromarray(noisy.clip(0, 255).astype(np.uint8))
        pictures.append(image.convert("L").convert("RGB") if grey else image)
    return pictures


@dataclass(frozen=True)
class _Pipeline:
    """Somebody's own, in torchvision; by default what the contract says."""

    resize: Callable[[Image.Image], Image.Image] = lambda image: _cut(image)
    scale: float = 1.0
    mean: tuple[float, ...] = CONTRACT.mean
    std: tuple[float, ...] = CONTRACT.std
    after: Callable[[Tensor], Tensor] = field(default=lambda x: x)

    def __call__(self, pictures: list[Image.Image]) -> Tensor:
        pixels = [TF.to_tensor(self.resize(image)) * self.scale for image in pictures]
        return self.after(torch.stack([TF.normalize(x, self.mean, self.std) for x in pixels]))


def _cut(image: Image.Image, edge: int = 73, mode: InterpolationMode = InterpolationMode.BICUBIC) -> Image.Image:
    return TF.center_crop(TF.resize(image, edge, mode), [64, 64])


def _standardised(x: Tensor) -> Tensor:
    return (x - x.mean((2, 3), keepdim=True)) / x.std((2, 3), keepdim=True)


RIGHT = _Pipeline()
FAULTS: dict[str, tuple[str, _Pipeline]] = {
    "not divided by 255": ("value-range", replace(RIGHT, scale=255.0)),
    "raw bytes": ("value-range", replace(RIGHT, scale=255.0, mean=(0.0,) * 3, std=(1.0,) * 3)),
    "divided twice": ("value-range", replace(RIGHT, scale=1 / 255)),
    "negative": ("value-range", replace(RIGHT, after=lambda x: -x)),
    "not normalised": ("mean-std", replace(RIGHT, mean=(0.0,) * 3, std=(1.0,) * 3)),
    "half": ("mean-std", replace(RIGHT, mean=(0.5,) * 3, std=(0.5,) * 3)),
    "each by its own": ("mean-std", replace(RIGHT, after=lambda x: _standardised(x))),
    "BGR": ("channel-order", replace(RIGHT, after=lambda x: x.flip(1))),
    "channels last": ("channel-order", replace(RIGHT, after=lambda x: x.permute(0, 2, 3, 1))),
    "one channel": ("channel-order", replace(RIGHT, after=lambda x: x.mean(1, keepdim=True))),
    "nearest": ("interpolation", replace(RIGHT, resize=lambda i: _cut(i, mode=InterpolationMode.NEAREST))),
    "bilinear": ("interpolation", replace(RIGHT, resize=lambda i: _cut(i, mode=InterpolationMode.BILINEAR))),
    "no crop": ("crop", replace(RIGHT, resize=lambda i: _cut(i, edge=64))),
    "another crop": ("crop", replace(RIGHT, resize=lambda i: _cut(i, edge=79))),
    "squashed": ("crop", replace(RIGHT, resize=lambda i: TF.resize(i, [64, 64], InterpolationMode.BICUBIC))),
    "another size": ("crop", replace(RIGHT, after=lambda x: x[:, :, 8:56, 8:56])),
    "on its side": ("rotation", replace(RIGHT, after=lambda x: x.rot90(1, (2, 3)))),
    "upside down": ("rotation", replace(RIGHT, after=lambda x: x.rot90(2, (2, 3)))),
    "mirrored": ("rotation", replace(RIGHT, after=lambda x: x.flip(3))),
}


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("what", FAULTS)
def test_planted_fault_is_named_and_nothing_else(what: str, seed: int) -> None:
    name, pipeline = FAULTS[what]
    pictures = _pictures(seed)
    findings = check_inputs(CONTRACT, pictures, pipeline(pictures))
    names = {finding.name for finding in findings}
    assert name in names
    # A cut-out is a size of its own, and no resized picture of that size either.
    assert what in ("another size", "one channel") or names == {name}
    assert all("\n" not in finding.sentence and finding.sentence for finding in findings)


HEALTHY: dict[str, Callable[[list[Image.Image]], Any]] = {
    "torchvision": RIGHT,
    "half precision": lambda pictures: RIGHT(pictures).half(),
    "bfloat16": lambda pictures: RIGHT(pictures).bfloat16(),
    "an array": lambda pictures: RIGHT(pictures).numpy().astype(np.float64),
    "prepared inputs": lambda pictures: {"x": prepare_images([ImageObject(p, "") for p in pictures], CONTRACT)},
    "resized as tensors": lambda pictures: torch.stack([_by_tensor(picture) for picture in pictures]),
    "compressed once more": lambda pictures: RIGHT([_jpeg(picture) for picture in pictures]),
}


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("how", HEALTHY)
def test_right_input_is_silent(how: str, seed: int) -> None:
    pictures = _pictures(seed)
    assert check_inputs(CONTRACT, pictures, HEALTHY[how](pictures)) == ()


def _by_tensor(picture: Image.Image) -> Tensor:
    pixels = TF.resize(TF.pil_to_tensor(picture), 73, InterpolationMode.BICUBIC, antialias=True)
    return TF.normalize(TF.center_crop(pixels, [64, 64]).float() / 255, CONTRACT.mean, CONTRACT.std)


def _jpeg(picture: Image.Image) -> Image.Image:
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=92)
    return Image.open(buffer)


@pytest.mark.parametrize("seed", SEEDS)
def test_two_faults_are_both_named(seed: int) -> None:
    pictures = _pictures(seed)
    given = replace(RIGHT, scale=255.0, after=lambda x: x.flip(1).rot90(1, (2, 3)))(pictures)
    names = {finding.name for finding in check_inputs(CONTRACT, pictures, given)}
    assert names == {"value-range", "channel-order", "rotation"}


def test_swapped_channels_of_grey_pictures_are_no_fault_but_swapped_constants_are() -> None:
    pictures = _pictures(0, grey=True)
    before = replace(RIGHT, mean=CONTRACT.mean)([Image.merge("RGB", p.split()[::-1]) for p in pictures])
    assert check_inputs(CONTRACT, pictures, before) == ()
    after = RIGHT(pictures).flip(1)
    assert [finding.name for finding in check_inputs(CONTRACT, pictures, after)] == ["channel-order"]


def test_orientation_that_some_files_carry_and_a_pipeline_ignores() -> None:
    pictures = _pictures(1, 12)
    exif = Image.Exif()
    exif[0x0112] = 6
    encoded = []
    for number, picture in enumerate(pictures):
        buffer = io.BytesIO()
        picture.save(buffer, "PNG", **({"exif": exif} if number in (2, 7) else {}))
        encoded.append(ImageBytes(buffer.getvalue(), f"{number}"))
    (finding,) = check_inputs(CONTRACT, encoded, RIGHT(pictures))
    assert finding.name == "rotation"
    assert finding.measured["turned"] == 2


def test_other_pictures_are_unexplained() -> None:
    pictures = _pictures(0)
    (finding,) = check_inputs(CONTRACT, pictures, RIGHT(pictures[1:] + pictures[:1]))
    assert finding.name == "unexplained"


def test_values_that_are_no_numbers_are_told() -> None:
    pictures = _pictures(0)
    given = RIGHT(pictures)
    given[0, 0, 0, 0] = torch.nan
    assert [finding.name for finding in check_inputs(CONTRACT, pictures, given)] == ["value-range"]


def test_contract_of_one_channel() -> None:
    contract = ImageContract(height=64, width=64, mean=(0.5,), std=(0.5,), channel_order="grey")
    pictures = _pictures(0)
    right = prepare_images([ImageObject(p, "") for p in pictures], contract)
    assert check_inputs(contract, pictures, right) == ()
    assert [finding.name for finding in check_inputs(contract, pictures, right + 1)] == ["mean-std"]


def test_flat_pictures_say_nothing() -> None:
    pictures = [Image.new("RGB", (80, 80), (n, n, n)) for n in (0, 0, 0)]
    assert check_inputs(CONTRACT, pictures, torch.zeros(3, 3, 64, 64)) == ()


def test_nothing_given_for_nothing() -> None:
    assert check_inputs(CONTRACT, [], torch.zeros(0, 3, 64, 64)) == ()


def test_mismatched_lengths_and_shapes_are_refused() -> None:
    pictures = _pictures(0)
    with pytest.raises(UsageError, match=r"U330.*6 examples, and 5"):
        check_inputs(CONTRACT, pictures, RIGHT(pictures)[:5])
    with pytest.raises(UsageError, match=r"U331.*channels, height, width"):
        check_inputs(CONTRACT, pictures, np.zeros((6, 10)))


def test_measured_constants_are_those_that_were_used() -> None:
    pictures = _pictures(0)
    (finding,) = check_inputs(CONTRACT, pictures, FAULTS["half"][1](pictures))
    assert finding.measured["mean_0"] == pytest.approx(0.5, abs=0.01)
    assert finding.measured["std_2"] == pytest.approx(0.5, abs=0.01)
