"""How pixels of every kind become 8-bit RGB, one rule for each."""

import io

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageCms

from injerto.core.messages import say

_DEEP_MODES = ("I", "I;16", "I;16L", "I;16B", "I;16N", "F")
_BIT_DEPTHS = (8, 10, 12, 14, 16)


def to_rgb(image: Image.Image) -> tuple[Image.Image, tuple[str, ...]]:
    """The image as 8-bit RGB, and a note for every rule that changed what a viewer would expect.

    - Transparency (RGBA, LA, palette or colour-key) is laid over white.
    - CMYK goes through its embedded colour profile, or the plain inverse where there is none.
    - Grey with more than 8 bits is scaled by range and never clipped; see `scale_to_bytes`.
    - Grey, 1-bit, palette and YCbCr convert without loss.
    """
    if image.mode == "RGB" and "transparency" not in image.info:
        return image, ()
    if image.mode in _DEEP_MODES:
        grey, note = scale_to_bytes(np.asarray(image))
        return Image.fromarray(grey).convert("RGB"), (note,)
    if image.mode == "CMYK":
        return _from_cmyk(image)
    if image.has_transparency_data:
        layer = image.convert("RGBA")
        white = Image.new("RGBA", layer.size, (255, 255, 255, 255))
        return Image.alpha_composite(white, layer).convert("RGB"), (say("data.image.alpha"),)
    return image.convert("RGB"), ()


def scale_to_bytes(values: npt.NDArray[np.generic]) -> tuple[npt.NDArray[np.uint8], str]:
    """Numbers of any depth as bytes, and the note that says so. Never clips.

    Whole numbers from 0 to 65535 are divided by the full scale of the smallest usual depth (8, 10, 12, 14 or 16
    bits) that holds the largest of them: 12-bit scans stored in 16 bits keep their brightness, and zero stays black.
    Fractions in [0, 1] are multiplied by 255. Any other range is stretched from its smallest to its largest value.
    """
    numbers = values.astype(np.float64)
    whole = values.dtype.kind in "iub"
    note = say("data.image.deep-grey") if whole else say("data.image.float")
    finite = np.isfinite(numbers)
    if not finite.all():
        note = say("data.image.not-finite")
        numbers = np.where(finite, numbers, numbers[finite].min() if finite.any() else 0.0)
    low, high = float(numbers.min()), float(numbers.max())
    if whole and low >= 0 and high < 1 << _BIT_DEPTHS[-1]:
        depth = next(bits for bits in _BIT_DEPTHS if high < 1 << bits)
        scaled = numbers * (255.0 / ((1 << depth) - 1))
    elif not whole and low >= 0 and high <= 1:
        scaled = numbers * 255.0
    else:
        # Halved before subtracting: the distance between two large floats may not be representable.
        half_span = high / 2 - low / 2
        scaled = (numbers / 2 - low / 2) * (255.0 / half_span) if half_span > 0 else np.zeros_like(numbers)
    return np.rint(scaled).astype(np.uint8), note


def _from_cmyk(image: Image.Image) -> tuple[Image.Image, tuple[str, ...]]:
    profile = image.info.get("icc_profile")
    if profile:
        try:
            converted = ImageCms.profileToProfile(
                image, io.BytesIO(profile), ImageCms.createProfile("sRGB"), outputMode="RGB"
            )
        except ImageCms.PyCMSError:
            # A profile that does not fit its image is common in old scans; the plain conversion is near enough.
            return image.convert("RGB"), (say("data.image.cmyk"),)
        if converted is not None:
            return converted, (say("data.image.cmyk-profile"),)
    return image.convert("RGB"), (say("data.image.cmyk"),)
