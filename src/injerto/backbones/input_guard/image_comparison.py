"""Pictures against the tensor that was made of them: how well a reading explains it, up to gain and offset.

Value range, mean and std are the same for every pixel of a channel, so a reading is compared by the correlation that
they do not change: given = gain * pixel + offset. Gain and offset are read off the best reading afterwards.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, final

import numpy as np
import numpy.typing as npt
from PIL import Image
from torch import Tensor

from injerto.backbones.input_guard.fault import AbstractComparison, Fit
from injerto.backbones.input_guard.image_reading import TURNS, ImageReading, contract_reading, read_view
from injerto.core.provenance import ImageContract
from injerto.data.image_decoding import Decoded

Floats = npt.NDArray[np.float64]

_NUM_PIXELS: Final = 4096
"""Of each picture; enough to tell filters apart, few enough that forty readings take a fraction of a second."""


@final
@dataclass(frozen=True, kw_only=True, slots=True)
class Constants:
    """Gain and offset of each channel of the input over all pictures together, pixels counted from 0 to 1."""

    gains: Floats
    offsets: Floats
    darkest: Floats
    """The least pixel of each channel; constants are known between it and the brightest, and not beyond."""
    brightest: Floats
    misfit: float
    """Grey levels left; more than by each picture's own constants where each was normalised by itself."""
    noise: float
    """Amplitude that is left over the amplitude of the pixels: by so much of itself a gain may be wrong at worst."""


@final
class ImageComparison(AbstractComparison[ImageReading]):
    """Decoded pictures, and the tensor that was given for them."""

    same = 0.01
    foreign = 8.0

    def __init__(self, decoded: Sequence[Decoded], given: Tensor, contract: ImageContract) -> None:
        """`given` has shape (pictures, channels, height, width), its size perhaps not the contract's."""
        self.contract = contract
        height, width = self.given_size = given.shape[2], given.shape[3]
        self.size_is_right = self.given_size == (contract.height, contract.width)
        self.given_range = float(given.min()), float(given.max())
        self._contract = contract.model_copy(update={"height": height, "width": width})
        self._decoded = decoded
        count = min(_NUM_PIXELS, height * width)
        self._where = np.sort(np.random.default_rng(0).choice(height * width, count, replace=False))
        flat = given.detach().cpu().double().numpy().reshape(*given.shape[:2], -1)
        self._given: Floats = flat[:, :, self._where]
        self._views: dict[tuple[int, ImageReading], Image.Image] = {}
        self._samples: dict[tuple[int, ImageReading], Floats | None] = {}

    def start(self) -> tuple[ImageReading, ...]:
        return (contract_reading(self.contract),) * len(self._decoded)

    def fit(self, readings: Sequence[ImageReading]) -> Fit:
        by_item = tuple(self._misfit(i, reading) for i, reading in enumerate(readings))
        return Fit(misfit=float(np.sqrt(np.mean(np.square(by_item)))), by_item=by_item)

    def constants(self, readings: Sequence[ImageReading]) -> Constants:
        """What all pixels were multiplied by and shifted by, under these readings."""
        views = [self._pixels(i, reading) for i, reading in enumerate(readings)]
        pairs = [(view, self._given[i]) for i, view in enumerate(views) if view is not None]
        channels = range(self._given.shape[1])
        gains, offsets, left, variances = [], [], [], []
        darkest, brightest = [], []
        for c in channels:
            x, y = (np.concatenate([pair[side][c] for pair in pairs]) for side in (0, 1))
            gain, offset, unexplained = _regress(x, y)
            gains.append(gain)
            offsets.append(offset)
            left.append(unexplained)
            variances.append(float(x.var()))
            darkest.append(float(x.min()))
            brightest.append(float(x.max()))
        return Constants(
            gains=np.array(gains),
            offsets=np.array(offsets),
            darkest=np.array(darkest),
            brightest=np.array(brightest),
            misfit=float(255 * np.sqrt(np.mean(left))),
            noise=float(np.sqrt(np.mean(left) / max(1e-12, float(np.mean(variances))))),
        )

    def ratio_of_spreads(self) -> float:
        """Spread of what was given over the spread of the contract's pixels from 0 to 1: a gain that needs no match."""
        views = [self._pixels(i, reading) for i, reading in enumerate(self.start())]
        spread = float(np.std(np.stack([view for view in views if view is not None])))
        return float(np.std(self._given) / spread) if spread > 0 else float("nan")

    def _misfit(self, index: int, reading: ImageReading) -> float:
        pixels = self._pixels(index, reading)
        if pixels is None:
            return 255.0
        left = [_regress(x, y)[2] for x, y in zip(pixels, self._given[index], strict=True)]
        return float(255 * np.sqrt(np.mean(left)))

    def _pixels(self, index: int, reading: ImageReading) -> Floats | None:
        """Channels x pixels from 0 to 1; None where a turn gives another shape than that of the input."""
        key = (index, replace(reading, channels_swapped=False))
        if key not in self._samples:
            self._samples[key] = self._sample(self._view(index, reading))
        pixels = self._samples[key]
        # The contract's own order first: a BGR network is given BGR.
        is_bgr = (self._contract.channel_order == "bgr") != reading.channels_swapped
        return pixels[::-1] if is_bgr and pixels is not None else pixels

    def _view(self, index: int, reading: ImageReading) -> Image.Image:
        """What is turned last is resized once for all turns."""
        turned_last = reading.turned_last and reading.orientation != "upright"
        before = replace(reading, orientation="upright") if turned_last else reading
        key = (index, replace(before, channels_swapped=False, turned_last=False))
        if key not in self._views:
            decoded = self._decoded[index]
            self._views[key] = read_view(decoded.image, before, self._contract, shrunk=decoded.shrunk)
        view = self._views[key]
        return view.transpose(TURNS[reading.orientation]) if turned_last else view

    def _sample(self, view: Image.Image) -> Floats | None:
        if view.size != (self._contract.width, self._contract.height):
            return None
        pixels = np.asarray(view).reshape(view.height * view.width, -1)
        sampled: Floats = pixels[self._where].T / 255
        return sampled


def _regress(x: Floats, y: Floats) -> tuple[float, float, float]:
    """Gain and offset of y over x, and the variance of x that y does not have."""
    x_mean, y_mean = x.mean(), y.mean()
    x, y = x - x_mean, y - y_mean
    x_power, y_power, product = x @ x / len(x), y @ y / len(y), x @ y / len(x)
    if x_power < 1e-12 or y_power <= 1e-12 * max(1.0, y_mean**2):
        # A flat picture explains nothing and asks for nothing; a flat input explains nothing of a picture.
        return 0.0, float(y_mean), float(x_power)
    gain = product / x_power
    left = float(x_power * (1 - product**2 / (x_power * y_power)))
    return float(gain), float(y_mean - gain * x_mean), max(0.0, left)
