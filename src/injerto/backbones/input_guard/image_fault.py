"""What the faults of images share: their kind, and the constants that a contract asks for."""

from typing import ClassVar

import numpy as np

from injerto.backbones.input_guard.fault import AbstractFault, Evidence, Kind
from injerto.backbones.input_guard.image_comparison import Constants, Floats, ImageComparison
from injerto.backbones.input_guard.image_reading import ImageReading
from injerto.core.provenance import ImageContract

ImageEvidence = Evidence[ImageComparison]


class AbstractImageFault(AbstractFault[ImageReading, ImageComparison]):
    """A fault of images."""

    kind: ClassVar[Kind] = "image"


def expected_constants(contract: ImageContract) -> tuple[Floats, Floats]:
    """Gain and offset of each channel by which pixels from 0 to 1 become the contract's input."""
    low, high = contract.value_range
    std = np.array(contract.std)
    return (high - low) / std, (low - np.array(contract.mean)) / std


def are_swapped(constants: Constants, contract: ImageContract) -> bool:
    """Whether gain and offset are those of the contract in the reverse order, and not in its own."""
    gains, offsets = expected_constants(contract)
    return not agree(constants, gains, offsets) and agree(constants, gains[::-1], offsets[::-1])


def agree(constants: Constants, gains: Floats, offsets: Floats) -> bool:
    """Whether both give the same to 1 % of the range of a pixel, and to what the fit leaves open.

    Compared where there are pixels: on pictures that are nearly black, a gain is known to a factor only.
    """
    far = [
        np.abs((constants.gains - gains) * end + constants.offsets - offsets) / np.abs(gains)
        for end in (constants.darkest, constants.brightest)
    ]
    open_ = constants.noise * (constants.brightest - constants.darkest)
    return bool((np.maximum(*far) < 0.01 + open_).all())
