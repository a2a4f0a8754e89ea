import io

import numpy as np
import pytest
import timm.data
import torch
from PIL import Image

from injerto.backbones.image_preparation import center_view, prepare_images, random_view, to_tensor
from injerto.core.provenance import ImageContract
from injerto.data.image_decoding import decode_image
from injerto.data.items import ImageArray, ImageBytes

MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


def photo(width: int, height: int, seed: int = 0) -> Image.Image:
    """Smooth noise: resizing it wrongly shows everywhere."""
    small = np.random.default_rng(seed).integers(0, 256, (9, 11, 3), dtype=np.uint8)
    return Image.fromarray(small).resize((width, height), Image.Resampling.BICUBIC)


@pytest.mark.parametrize("size", [(224, 224), (192, 256)], ids=str)
@pytest.mark.parametrize("crop_fraction", [0.875, 0.95, 1.0, 0.9])
@pytest.mark.parametrize("interpolation", ["bilinear", "bicubic"])
@pytest.mark.parametrize("shape", [(301, 211), (211, 301), (50, 37), (256, 256), (1000, 70)], ids=str)
def test_center_view_is_timms(
    shape: tuple[int, int], interpolation: str, crop_fraction: float, size: tuple[int, int]
) -> None:
    contract = ImageContract(
        height=size[0], width=size[1], interpolation=interpolation, crop_fraction=crop_fraction, mean=MEAN, std=STD
    )
    reference = timm.data.create_transform(
        (3, *size), interpolation=interpolation, crop_pct=crop_fraction, mean=MEAN, std=STD
    )
    image = photo(*shape)
    off = (
        (to_tensor(center_view(image, contract), contract) - reference(image)) * torch.tensor(STD)[:, None, None] * 255
    )
    assert off.abs().max() < 2.01  # Grey levels: coordinates of the centre are rounded.
    assert (off.abs() > 0.5).float().mean() < 0.03


@pytest.mark.parametrize("mode", ["squash", "border"])
@pytest.mark.parametrize("size", [(224, 224), (192, 256), (65, 64)], ids=str)
@pytest.mark.parametrize("crop_fraction", [0.9, 1.0])
@pytest.mark.parametrize("shape", [(301, 211), (211, 301), (50, 37), (256, 256), (700, 70)], ids=str)
def test_view_of_the_other_crop_modes_is_timms(
    shape: tuple[int, int], crop_fraction: float, size: tuple[int, int], mode: str
) -> None:
    contract = ImageContract(
        height=size[0], width=size[1], crop_mode=mode, crop_fraction=crop_fraction, mean=MEAN, std=STD
    )
    reference = timm.data.create_transform(
        (3, *size), interpolation="bicubic", crop_mode=mode, crop_pct=crop_fraction, mean=MEAN, std=STD
    )
    image = photo(*shape)
    assert torch.equal(to_tensor(center_view(image, contract), contract), reference(image))


def test_borders_are_the_mean_in_grey_and_for_every_kind_of_image() -> None:
    contract = ImageContract(
        height=8, width=8, crop_mode="border", mean=(0.25,), std=(1.0,), channel_order="grey", interpolation="nearest"
    )
    for kind in ("L", "RGB", "RGBA", "P"):
        view = to_tensor(center_view(Image.new("L", (8, 4), 255).convert(kind), contract), contract)
        assert view[0, 0].abs().max() < 0.01
        assert view[0, 4].tolist() == pytest.approx([0.75] * 8)


def test_strip_is_cut_before_it_is_enlarged() -> None:
    contract = ImageContract(height=64, width=64, mean=MEAN, std=STD)
    assert center_view(photo(60000, 1), contract).size == (64, 64)
    assert center_view(photo(1, 60000), contract).size == (64, 64)
    assert random_view(photo(60000, 1), contract, seed=0, may_flip=True).size == (64, 64)


def test_channel_order_and_value_range() -> None:
    pixels = Image.new("RGB", (2, 2), (255, 0, 51))

    def first_pixel(**settings: object) -> list[float]:
        contract = ImageContract.model_validate({"height": 2, "width": 2, **settings})
        return to_tensor(pixels, contract)[:, 0, 0].tolist()

    plain = {"mean": (0.0, 0.0, 0.0), "std": (1.0, 1.0, 1.0)}
    assert first_pixel(**plain) == pytest.approx([1.0, 0.0, 0.2])
    assert first_pixel(**plain, channel_order="bgr") == pytest.approx([0.2, 0.0, 1.0])
    assert first_pixel(**plain, value_range=(-1.0, 1.0)) == pytest.approx([1.0, -1.0, -0.6])
    assert first_pixel(mean=(0.0,), std=(1.0,), channel_order="grey", value_range=(0.0, 255.0)) == [82.0]


def test_views_follow_their_seeds() -> None:
    contract = ImageContract(height=32, width=32, mean=MEAN, std=STD)
    items = [ImageArray(np.asarray(photo(60, 50, seed)), where=str(seed)) for seed in range(9)]
    seeds = list(range(9))
    views = prepare_images(items, contract, augment="crop-flip", seeds=seeds)
    assert views.shape == (9, 3, 32, 32)
    assert torch.equal(views, prepare_images(items, contract, augment="crop-flip", seeds=seeds))
    assert torch.equal(views[4:5], prepare_images(items[4:5], contract, augment="crop-flip", seeds=seeds[4:5]))
    assert not torch.equal(views[4:5], prepare_images(items[4:5], contract, augment="crop-flip", seeds=[77]))
    assert not torch.equal(views, prepare_images(items, contract))


def test_crops_keep_most_of_the_picture_and_only_crop_flip_mirrors() -> None:
    # The red channel rises to the right: its order tells mirrored views, its span the width of the crop.
    ramp = np.zeros((120, 120, 3), np.uint8)
    ramp[:, :, 0] = np.arange(120) * 2
    image = Image.fromarray(ramp)
    contract = ImageContract(height=64, width=64, interpolation="bilinear", mean=MEAN, std=STD)

    def reds(may_flip: bool) -> np.ndarray:
        views = [random_view(image, contract, seed=seed, may_flip=may_flip) for seed in range(60)]
        return np.array([np.asarray(view)[32, [0, -1], 0] for view in views], dtype=int)

    plain, flipped = reds(False), reds(True)
    assert (plain[:, 1] > plain[:, 0]).all()
    mirrored = flipped[:, 0] > flipped[:, 1]
    assert 15 < mirrored.sum() < 45
    widths = (plain[:, 1] - plain[:, 0]) / 2 / 120
    # The least width: 70 % of the area at the ratio 3/4.
    assert widths.min() > (0.7 * 0.75) ** 0.5 - 0.03
    assert widths.std() > 0.01


@pytest.mark.parametrize("crop_mode", ["center", "squash", "border"])
@pytest.mark.parametrize("size", [(1600, 1200), (1208, 1608)])
def test_large_jpeg_is_decoded_smaller_and_the_view_stays(crop_mode: str, size: tuple[int, int]) -> None:
    small = np.random.default_rng(0).integers(0, 256, (12, 16, 3), dtype=np.uint8)
    stream = io.BytesIO()
    Image.fromarray(small).resize(size, Image.Resampling.BICUBIC).save(stream, "JPEG", quality=95)
    contract = ImageContract(
        height=64, width=64, crop_fraction=0.9, crop_mode=crop_mode, mean=(0.0,) * 3, std=(1 / 255,) * 3
    )
    whole = decode_image(stream.getvalue(), where="x")
    shrunk = decode_image(stream.getvalue(), where="x", at_least=178)
    assert (whole.shrunk, shrunk.shrunk) == (1, 4)
    views = [np.asarray(center_view(d.image, contract, shrunk=d.shrunk), float) for d in (whole, shrunk)]
    assert views[0].shape == views[1].shape == (64, 64, 3)
    assert np.abs(views[0] - views[1]).mean() < 1
    prepared = prepare_images([ImageBytes(stream.getvalue(), where="x")], contract)[0].permute(1, 2, 0).numpy()
    np.testing.assert_allclose(prepared, views[1], atol=1e-3)
