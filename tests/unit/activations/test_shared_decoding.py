import io

import numpy as np
import pytest
from PIL import Image

from injerto.activations.shared_decoding import SharedDecoding
from injerto.data.items import ImageBytes


def jpeg(seed: int, size: tuple[int, int]) -> ImageBytes:
    pixels = np.random.default_rng(seed).integers(0, 256, (8, 8, 3), dtype=np.uint8)
    stream = io.BytesIO()
    Image.fromarray(pixels).resize(size).save(stream, "JPEG")
    return ImageBytes(stream.getvalue(), f"{seed}.jpg")


@pytest.fixture
def decodings(monkeypatch: pytest.MonkeyPatch) -> list[int | None]:
    """What each real decoding asked for."""
    asked: list[int | None] = []
    decode = ImageBytes.decode

    def counted(self: ImageBytes, *, at_least: int | None = None) -> object:
        asked.append(at_least)
        return decode(self, at_least=at_least)

    monkeypatch.setattr(ImageBytes, "decode", counted)
    return asked


def test_a_small_picture_is_decoded_once_for_all(decodings: list[int | None]) -> None:
    (image,) = SharedDecoding(smallest=100).share([jpeg(0, (160, 120))])
    pictures = [image.decode(at_least=size).image for size in (300, 100, 200)]
    assert decodings == [100]
    assert all(picture.size == (160, 120) for picture in pictures)


def test_a_large_picture_comes_in_the_size_that_each_network_would_get_alone(decodings: list[int | None]) -> None:
    item = jpeg(1, (1600, 1200))
    alone = {size: item.decode(at_least=size) for size in (100, 500, 1000)}
    (image,) = SharedDecoding(smallest=100).share([item])
    for size in (1000, 100, 500, 100, 1000):
        found = image.decode(at_least=size)
        assert found.shrunk == alone[size].shrunk
        assert found.image.tobytes() == alone[size].image.tobytes()
    assert len(decodings) == 2 * len(alone)


def test_what_was_not_seen_for_long_is_let_go(decodings: list[int | None]) -> None:
    shared = SharedDecoding(smallest=100, max_bytes=3 * 160 * 120 * 3)
    images = shared.share([jpeg(seed, (160, 120)) for seed in range(5)])
    for image in images:
        image.decode(at_least=100)
    images[4].decode(at_least=100)
    assert len(decodings) == 5
    images[0].decode(at_least=100)
    assert len(decodings) == 6


def test_every_pixel_where_nobody_says_how_many_are_enough(decodings: list[int | None]) -> None:
    (image,) = SharedDecoding(smallest=10).share([jpeg(2, (1600, 1200))])
    assert image.decode().image.size == (1600, 1200)
    assert image.read().size == image.read_size()
