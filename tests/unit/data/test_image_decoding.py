"""What every kind of sound image becomes, pixel by pixel where the rule is exact."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image, ImageCms, ImageOps

from injerto.core.errors import DataError
from injerto.data.image_decoding import decode_image, image_from_array, image_from_pillow, read_image_size


def _encoded(image: Image.Image, image_format: str = "PNG", **options: Any) -> bytes:
    stream = io.BytesIO()
    image.save(stream, image_format, **options)
    return stream.getvalue()


def _pixels(encoded: bytes) -> npt.NDArray[np.uint8]:
    return np.asarray(decode_image(encoded, where="x").image)


def _picture(mode: str = "RGB") -> Image.Image:
    pixels = np.random.default_rng(0).integers(0, 256, (8, 12, 3), dtype=np.uint8)
    return Image.fromarray(pixels).convert(mode)


@pytest.mark.parametrize("image_format", ["JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF"])
def test_every_format_of_the_allow_list_decodes_without_notes(image_format: str) -> None:
    decoded = decode_image(_encoded(_picture(), image_format), where="x")
    assert (decoded.image.mode, decoded.image.size, decoded.notes) == ("RGB", (12, 8), ())


@pytest.mark.parametrize("mode", ["1", "L", "P"])
def test_grey_one_bit_and_palette_decode_without_loss(mode: str) -> None:
    image = _picture(mode)
    assert np.array_equal(_pixels(_encoded(image)), np.asarray(image.convert("RGB")))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_is_applied_as_viewers_do(orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    encoded = _encoded(_picture(), "PNG", exif=exif)
    expected = ImageOps.exif_transpose(Image.open(io.BytesIO(encoded))).convert("RGB")
    assert np.array_equal(_pixels(encoded), np.asarray(expected))
    assert read_image_size(encoded, where="x") == expected.size
    assert bool(decode_image(encoded, where="x").notes) == (orientation != 1)


@pytest.mark.parametrize(
    "exif", [b"Exif\0\0", b"Exif\0\0II*\0\xff\xff\xff\xff", b"Exif\0\0MM\0*\0\0\0\x08\xff\xff" + bytes(9)]
)
def test_broken_exif_is_ignored(exif: bytes) -> None:
    encoded = _encoded(_picture(), "JPEG")
    segment = b"\xff\xe1" + (len(exif) + 2).to_bytes(2, "big") + exif
    assert decode_image(encoded[:2] + segment + encoded[2:], where="x").image.size == (12, 8)


def test_transparency_is_laid_over_white() -> None:
    image = Image.new("RGBA", (2, 1), (255, 0, 0, 255))
    image.putpixel((1, 0), (255, 0, 0, 0))
    assert _pixels(_encoded(image)).tolist() == [[[255, 0, 0], [255, 255, 255]]]
    grey = Image.new("LA", (1, 1), (0, 0))
    assert _pixels(_encoded(grey)).tolist() == [[[255, 255, 255]]]


def test_transparent_colour_of_a_palette_is_white() -> None:
    image = Image.new("P", (2, 1))
    image.putpalette([10, 20, 30, 40, 50, 60])
    image.putpixel((1, 0), 1)
    assert _pixels(_encoded(image, transparency=0)).tolist() == [[[255, 255, 255], [40, 50, 60]]]


def test_cmyk_without_profile_is_converted_plainly() -> None:
    decoded = decode_image(_encoded(_picture("CMYK"), "TIFF"), where="x")
    assert np.array_equal(np.asarray(decoded.image), np.asarray(_picture("CMYK").convert("RGB")))
    assert decoded.notes == ("CMYK converted to RGB",)


def test_cmyk_with_a_profile_that_does_not_fit_is_converted_plainly() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    decoded = decode_image(_encoded(_picture("CMYK"), "TIFF", icc_profile=profile), where="x")
    assert decoded.notes == ("CMYK converted to RGB",)


@pytest.mark.parametrize("image_format", ["PNG", "TIFF"])
@pytest.mark.parametrize("bits", [16, 12, 10])
def test_deep_grey_is_scaled_by_range_and_never_clipped(bits: int, image_format: str) -> None:
    values = np.linspace(0, (1 << bits) - 1, 10_000).reshape(100, 100).round().astype(np.uint16)
    grey = _pixels(_encoded(Image.fromarray(values), image_format))[..., 0]
    assert np.array_equal(grey, np.rint(values * (255 / ((1 << bits) - 1))))
    assert (grey == 255).mean() < 0.01


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([0.0, 0.5, 1.0], [0, 128, 255]),
        ([-1.0, 0.0, 1.0], [0, 128, 255]),
        ([0.0, 500.0, 1000.0], [0, 128, 255]),
        ([0.0, float("nan"), 1.0], [0, 0, 255]),
        ([7.0, 7.0, 7.0], [0, 0, 0]),
        ([-3.4e38, 0.0, 3.4e38], [0, 128, 255]),
    ],
)
def test_float_tiff_is_scaled_to_bytes(values: list[float], expected: list[int]) -> None:
    image = Image.fromarray(np.array([values], dtype=np.float32))
    assert _pixels(_encoded(image, "TIFF"))[0, :, 0].tolist() == expected


@pytest.mark.parametrize("image_format", ["GIF", "WEBP", "TIFF", "PNG"])
def test_first_frame_of_an_animation_is_used(image_format: str) -> None:
    frames = [Image.new("RGB", (4, 4), colour) for colour in ("#ff0000", "#00ff00")]
    options = {"lossless": True} if image_format == "WEBP" else {}
    decoded = decode_image(
        _encoded(frames[0], image_format, save_all=True, append_images=frames[1:], **options), where="x"
    )
    assert decoded.image.getpixel((0, 0)) == (255, 0, 0)
    assert decoded.notes == ("several frames or pages, the first is used",)


def test_content_decides_not_the_file_name(tmp_path: Path) -> None:
    path = tmp_path / "x.jpg"
    path.write_bytes(_encoded(_picture(), "PNG"))
    decoded = decode_image(path, where="x")
    assert np.array_equal(np.asarray(decoded.image), np.asarray(_picture()))
    assert decoded.notes == ("the file name ending does not match the content",)


@pytest.mark.parametrize("size", [(1, 1), (1, 20_000), (20_000, 1)])
def test_extreme_sizes_decode(size: tuple[int, int]) -> None:
    assert decode_image(_encoded(Image.new("RGB", size)), where="x").image.size == size


def test_array_of_bytes_is_taken_as_it_is() -> None:
    pixels = np.asarray(_picture())
    assert np.array_equal(np.asarray(image_from_array(pixels, where="x").image), pixels)
    assert image_from_array(pixels[:, :, :1], where="x").image.getpixel((3, 2)) == (pixels[2, 3, 0],) * 3
    assert image_from_array(pixels[:, :, 0] > 127, where="x").image.mode == "RGB"


@pytest.mark.parametrize("scale", [1.0, 65535.0])
def test_array_of_floats_or_of_sixteen_bits_is_scaled(scale: float) -> None:
    values = np.linspace(0, scale, 300).reshape(10, 10, 3).astype(np.float32 if scale == 1 else np.uint16)
    assert np.asarray(image_from_array(values, where="x").image).max() == 255


@pytest.mark.parametrize(
    ("pixels", "says"),
    [
        (np.zeros(5), "shape"),
        (np.zeros((2, 2, 5)), "shape"),
        (np.zeros((3, 8, 8)), "shape"),
        (np.zeros((0, 4)), "no pixels"),
        (np.array([["a"]]), "type"),
        (np.zeros((2, 2), dtype=np.complex64), "type"),
    ],
)
def test_array_that_is_no_picture_is_refused(pixels: npt.NDArray[Any], says: str) -> None:
    with pytest.raises(DataError, match=f"example 3 is not a pixel array: .*{says}") as caught:
        image_from_array(pixels, where="example 3")
    assert "height x width" in caught.value.do


def test_array_beyond_the_pixel_limit_is_refused() -> None:
    huge = np.broadcast_to(np.uint8(0), (10_000, 10_000))
    with pytest.raises(DataError, match="100 million pixels"):
        image_from_array(huge, where="x")


def test_pillow_image_that_stands_for_a_damaged_file_is_refused() -> None:
    lazy = Image.open(io.BytesIO(_encoded(_picture().resize((300, 300)), "PNG")[:9000]))
    with pytest.raises(DataError, match="example 1"):
        image_from_pillow(lazy, where="example 1")


def test_pillow_image_is_turned_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    image = Image.open(io.BytesIO(_encoded(_picture(), "PNG", exif=exif)))
    assert image_from_pillow(image, where="x").image.size == (8, 12)


def jpeg(width: int, height: int, **options: object) -> bytes:
    small = np.random.default_rng(0).integers(0, 256, (height // 16 + 1, width // 16 + 1, 3), dtype=np.uint8)
    stream = io.BytesIO()
    Image.fromarray(small).resize((width, height), Image.Resampling.BICUBIC).save(stream, "JPEG", **options)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("width", "height", "at_least", "shrunk"),
    [
        (1600, 1200, None, 1),
        (1600, 1200, 700, 1),
        (1600, 1200, 600, 2),
        (1600, 1200, 160, 4),
        (1600, 1200, 150, 8),
        (1600, 1200, 0, 8),
        (1604, 1202, 160, 2),
        (1601, 1200, 160, 1),
        (1604, 1202, 0, 8),
        (1601, 1200, 0, 8),
        (1, 1, 0, 1),
        (8, 8, 0, 8),
    ],
)
def test_jpeg_is_decoded_smaller_where_that_divides_it(width: int, height: int, at_least: int, shrunk: int) -> None:
    decoded = decode_image(jpeg(width, height), where="x", at_least=at_least)
    assert decoded.shrunk == shrunk
    assert decoded.image.size == (-(-width // shrunk), -(-height // shrunk))


def test_smaller_is_upright_too_and_other_formats_stay_whole() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    turned = decode_image(jpeg(800, 640, exif=exif), where="x", at_least=80)
    assert (turned.shrunk, turned.image.size) == (8, (80, 100))
    stream = io.BytesIO()
    Image.new("RGB", (800, 640)).save(stream, "PNG")
    assert decode_image(stream.getvalue(), where="x", at_least=80).shrunk == 1


def test_what_is_cut_off_is_found_at_every_size() -> None:
    encoded = jpeg(1600, 1200)
    for at_least in (None, 600, 0):
        with pytest.raises(DataError, match="cut off"):
            decode_image(encoded[: len(encoded) * 9 // 10], where="x", at_least=at_least)
