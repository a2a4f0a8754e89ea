"""Ways in which pixels become inputs of image networks, as gain and offset of each channel."""

from dataclasses import dataclass
from typing import Final, final

import numpy as np
import numpy.typing as npt

from injerto.core.provenance import ImageContract

Floats = npt.NDArray[np.float64]

_IMAGENET_MEAN: Final = (0.485, 0.456, 0.406)
_IMAGENET_STD: Final = (0.229, 0.224, 0.225)


@final
@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class Normalisation:
    """input = gain * pixel + offset, pixels from 0 to 1, channels in the order of the contract."""

    name: str
    gains: Floats
    offsets: Floats

    def pixels(self, inputs: Floats) -> Floats:
        """The pixels that become these inputs, channels last."""
        pixels: Floats = (inputs - self.offsets) / self.gains
        return pixels

    def inputs(self, pixels: Floats) -> Floats:
        """What pixels become, channels last."""
        inputs: Floats = pixels * self.gains + self.offsets
        return inputs


def declared(contract: ImageContract) -> Normalisation:
    """The contract's own."""
    low, high = contract.value_range
    mean, std = np.array(contract.mean), np.array(contract.std)
    return Normalisation(name="contract", gains=(high - low) / std, offsets=(low - mean) / std)


def alternatives(contract: ImageContract) -> list[Normalisation]:
    """What other weights are trained on. ImageNet's constants and CLIP's lie too close together to be told apart."""
    mean, std = np.array(_IMAGENET_MEAN), np.array(_IMAGENET_STD)
    if contract.channel_order == "bgr":
        mean, std = mean[::-1], std[::-1]
    if contract.channel_order == "grey":
        mean, std = mean.mean(keepdims=True), std.mean(keepdims=True)
    one, zero = np.ones_like(mean), np.zeros_like(mean)
    return [
        Normalisation(name="[-1, 1] (mean 0.5, std 0.5)", gains=2 * one, offsets=-one),
        Normalisation(name="ImageNet's mean and std", gains=1 / std, offsets=-mean / std),
        Normalisation(name="[0, 1] (mean 0, std 1)", gains=one, offsets=zero),
        Normalisation(name="0 to 255", gains=255 * one, offsets=zero),
        Normalisation(name="0 to 255 minus ImageNet's mean", gains=255 * one, offsets=-255 * mean),
    ]
