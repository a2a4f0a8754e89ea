"""Boxes and pixels of a placed picture move alike, and boxes come back."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from injerto.backbones.image_preparation import placed_view
from injerto.core.provenance import ImageContract
from injerto.data.placement import place_randomly, place_whole

SIZES = st.tuples(st.integers(20, 400), st.integers(20, 400))


@settings(max_examples=40, deadline=None)
@given(SIZES, SIZES, st.integers(0, 1000) | st.none())
def test_boxes_come_back(size: tuple[int, int], input_size: tuple[int, int], seed: int | None) -> None:
    placement = place_whole(size, input_size) if seed is None else place_randomly(size, input_size, seed=seed)
    corners = np.array([[2.0, 3.0, size[0] / 2, size[1] / 2], [0, 0, *size]])
    assert np.allclose(placement.to_picture(placement.to_input(corners)), corners, atol=1e-6)


def test_the_picture_moves_with_its_box() -> None:
    image = Image.new("RGB", (200, 100))
    image.paste((255, 255, 255), (120, 20, 180, 60))
    contract = ImageContract(
        height=96, width=160, crop_mode="border", mean=(0.5,) * 3, std=(0.5,) * 3, interpolation="bilinear"
    )
    for seed in range(6):
        placement = place_randomly(image.size, (160, 96), seed=seed)
        view = np.asarray(placed_view(image, contract, placement))[..., 0] > 200
        left, top, right, bottom = placement.to_input(np.array([[120.0, 20, 180, 60]]))[0] * [160, 96, 160, 96]
        rows, columns = np.nonzero(view)
        found = [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
        expected = np.clip([left, top, right, bottom], 0, [160, 96, 160, 96])
        assert np.abs(np.array(found) - expected).max() <= 1.5
