"""One way into images: every supported file or array becomes an upright 8-bit RGB picture, or a `DataError`."""

import errno
import io
import re
import stat
import threading
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, final

import numpy as np
import numpy.typing as npt
from PIL import Image, UnidentifiedImageError

from injerto.core.errors import DataError
from injerto.core.messages import say
from injerto.data.image_formats import OPENED, SUFFIXES, sniff_format, sniff_page
from injerto.data.image_modes import scale_to_bytes, to_rgb

MAX_PIXELS: Final = 64_000_000
MAX_BYTES: Final = 256_000_000

_HEAD_BYTES: Final = 4096
_MAX_PADDING: Final = 0.1
_ORIENTATION_TAG: Final = 0x0112
_UPRIGHT: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_FILE_KINDS: Final = (
    (stat.S_ISDIR, "folder"),
    (stat.S_ISFIFO, "fifo"),
    (stat.S_ISSOCK, "socket"),
    (stat.S_ISCHR, "device"),
    (stat.S_ISBLK, "device"),
)

# `warnings.catch_warnings` changes the whole process, so only one thread at a time may be inside.
_OPENING: Final = threading.Lock()


@final
@dataclass(frozen=True, kw_only=True, slots=True)
class Decoded:
    """An image as 8-bit RGB, upright, and one sentence for each conversion worth knowing of."""

    image: Image.Image
    notes: tuple[str, ...] = ()
    shrunk: int = 1
    """How many times smaller than the picture each side is: 1, 2, 4 or 8."""


def decode_image(source: Path | bytes, *, where: str, at_least: int | None = None) -> Decoded:
    """Decode an encoded image completely.

    The first frame of an animation or of a multi-page file is used, EXIF orientation is applied, transparency is laid
    over white, and deep grey is scaled by range; see `image_modes.to_rgb`. Formats are recognised by content.

    Args:
        source: a file, or its bytes. A pipe, a device or a folder is refused without being opened.
        where: what messages call it.
        at_least: pixels that the short side has to keep. A JPEG larger than that is decoded at a half, a quarter or an
            eighth of its size, where that divides both sides: two to three times as quick, and quicker to resize.
            None decodes every pixel; 0 is for who looks at none of them.

    Raises:
        DataError: the image is missing, empty, truncated, damaged, not an image, in a format that is not opened, or
            has more than 64 million pixels.
    """
    encoded = source if isinstance(source, bytes) else _read_file(source, where)
    _check_padding(encoded, where)
    notes: list[str] = []
    try:
        image, size = _open(encoded)
        if size[0] * size[1] > MAX_PIXELS:
            raise _too_many_pixels(size[0] * size[1], where)
        with image:
            shrunk = _shrink(image, at_least) if at_least is not None else 1
            if image.format in ("GIF", "WEBP", "PNG", "TIFF") and getattr(image, "is_animated", False):
                image.seek(0)
                notes.append(say("data.image.animated"))
            _load(image)
            orientation = _read_orientation(image)
            rgb, conversions = to_rgb(image)
            notes += conversions
    except DataError:
        raise
    except Exception as error:
        # Damaged files make Pillow raise about ten types, from SyntaxError to struct.error: this is the one place
        # that knows, and a fault of ours here would show in the tests of sound images.
        raise _explain(error, encoded, where) from error
    if orientation is None:
        notes.append(say("data.image.exif-broken"))
    elif orientation in _UPRIGHT:
        rgb = rgb.transpose(_UPRIGHT[orientation])
        notes.append(say("data.image.oriented"))
    if isinstance(source, Path) and SUFFIXES.get(source.suffix.lower(), image.format) != _family(image.format):
        notes.append(say("data.image.extension"))
    return Decoded(image=rgb, notes=tuple(notes), shrunk=shrunk)


def image_from_array(pixels: npt.NDArray[Any], *, where: str) -> Decoded:
    """A pixel array, height x width or height x width x 1, 3 or 4, as 8-bit RGB.

    Bytes are taken as they are; other types are scaled as in `image_modes.scale_to_bytes`, over all channels at once.
    A fourth channel is transparency.
    """
    if pixels.dtype.kind not in "uifb":
        raise DataError("image-array", where=where, reason=f"its type is {pixels.dtype}")
    if pixels.ndim == 3 and pixels.shape[2] == 1:
        pixels = pixels[:, :, 0]
    if pixels.ndim != 2 and not (pixels.ndim == 3 and pixels.shape[2] in (3, 4)):
        raise DataError("image-array", where=where, reason=f"its shape is {pixels.shape}")
    if 0 in pixels.shape:
        raise DataError("image-array", where=where, reason="it has no pixels")
    height, width = pixels.shape[:2]
    if height * width > MAX_PIXELS:
        raise _too_many_pixels(height * width, where)
    notes: tuple[str, ...] = ()
    if pixels.dtype == np.bool_:
        pixels = pixels.astype(np.uint8) * np.uint8(255)
    elif pixels.dtype != np.uint8:
        pixels, note = scale_to_bytes(pixels)
        notes = (note,)
    image, conversions = to_rgb(Image.fromarray(np.ascontiguousarray(pixels)))
    return Decoded(image=image, notes=notes + conversions)


def image_from_pillow(image: Image.Image, *, where: str) -> Decoded:
    """A Pillow image that the user holds, as 8-bit RGB, upright."""
    if image.width * image.height > MAX_PIXELS:
        raise _too_many_pixels(image.width * image.height, where)
    try:
        image.load()
        orientation = _read_orientation(image)
        rgb, notes = to_rgb(image)
    except Exception as error:
        # As in `decode_image`: the object may stand for a file that Pillow reads only now.
        raise _explain(error, b"", where) from error
    return Decoded(image=rgb.transpose(_UPRIGHT[orientation]) if orientation in _UPRIGHT else rgb, notes=notes)


def read_image_size(source: Path | bytes, *, where: str) -> tuple[int, int]:
    """Upright width and height from the header alone; raises `DataError` as `decode_image` does."""
    encoded = source if isinstance(source, bytes) else _read_file(source, where)
    try:
        image, size = _open(encoded)
        with image:
            orientation = _read_orientation(image)
    except Exception as error:
        # See `decode_image`.
        raise _explain(error, encoded, where) from error
    return (size[1], size[0]) if orientation in (5, 6, 7, 8) else size


def _read_file(path: Path, where: str) -> bytes:
    try:
        facts = path.stat()
        if not stat.S_ISREG(facts.st_mode):
            # Checked before opening: a pipe without a writer would block for ever.
            kind = next((name for is_kind, name in _FILE_KINDS if is_kind(facts.st_mode)), "special")
            raise DataError("image-not-file", where=where, kind=say(f"data.kind.{kind}"))
        if facts.st_size > MAX_BYTES:
            raise DataError(
                "image-too-many-bytes", where=where, num_megabytes=facts.st_size // 10**6, limit=MAX_BYTES // 10**6
            )
        return path.read_bytes()
    except PermissionError as error:
        raise DataError("image-permission", where=where) from error
    except OSError as error:
        if error.errno in (errno.ENOENT, errno.ENOTDIR, errno.ELOOP):
            raise DataError("image-missing", where=where) from error
        raise DataError("path-unreadable", path=where, reason=error.strerror or type(error).__name__) from error


def _open(encoded: bytes) -> tuple[Image.Image, tuple[int, int]]:
    with _OPENING, warnings.catch_warnings():
        # Pillow warns of odd metadata and of large images; the first is harmless and the second has our own limit.
        warnings.simplefilter("ignore")
        image = Image.open(io.BytesIO(encoded), formats=OPENED)
        return image, image.size


def _shrink(image: Image.Image, at_least: int) -> int:
    """Let a JPEG be decoded smaller, from fewer coefficients of its blocks; how many times smaller each side is."""
    width, height = image.size
    if image.format not in ("JPEG", "MPO"):
        return 1
    for times in (8, 4, 2):
        # A size that does not divide would have to be guessed back; nobody asks for it where any size will do.
        divides = at_least == 0 or (width % times == 0 and height % times == 0)
        if divides and min(width, height) // times >= max(1, at_least):
            image.draft(None, (width // times, height // times))
            return times
    return 1


def _load(image: Image.Image) -> None:
    if image.format != "TIFF":
        image.load()
        return
    with _OPENING, warnings.catch_warnings():
        # TIFF tags are parsed, and warned about, while the pixels are read.
        warnings.simplefilter("ignore")
        image.load()


def _read_orientation(image: Image.Image) -> int | None:
    """The EXIF orientation, 1 where there is none, None where the EXIF data are broken."""
    with _OPENING, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            value = image.getexif().get(_ORIENTATION_TAG, 1)
        except Exception:
            # Broken metadata raise anything, and say nothing about the pixels.
            return None
    return value if isinstance(value, int) else None


def _check_padding(encoded: bytes, where: str) -> None:
    """Refuse a JPEG whose last part was lost to zero bytes: decoders fill it with grey and say nothing."""
    if not encoded.startswith(b"\xff\xd8") or not encoded.endswith(bytes(64)):
        return
    content = encoded.rstrip(b"\0")
    padding = 1 - len(content) / len(encoded)
    if not content.endswith(b"\xff\xd9") and padding > _MAX_PADDING:
        reason = say("data.problem.image-padded", percent=f"{100 * padding:.0f}")
        raise DataError("image-broken", where=where, format="JPEG", reason=reason)


def _explain(error: Exception, encoded: bytes, where: str) -> DataError:
    """What a failure to decode means for the user; never the library's own text of memory addresses."""
    head = encoded[:_HEAD_BYTES]
    known = sniff_format(head)
    if isinstance(error, Image.DecompressionBombError):
        # Pillow's own limit, met before its header parser returns a size: "Image size (N pixels) exceeds …".
        return _too_many_pixels(int(re.findall(r"\d+", str(error))[0]), where)
    if isinstance(error, MemoryError):
        return DataError("image-memory", where=where)
    if not encoded and isinstance(error, UnidentifiedImageError):
        return DataError("image-empty", where=where)
    if known is not None and known not in OPENED:
        return DataError("image-format", where=where, format=known)
    if known is None and (page := sniff_page(head)) is not None:
        return DataError("image-is-page", where=where, kind=say(f"data.kind.{page}"))
    text = str(error)
    if known is not None and (isinstance(error, EOFError) or re.search(r"truncated|end of (file|data)", text, re.I)):
        return DataError("image-truncated", where=where)
    if isinstance(error, UnidentifiedImageError):
        if known is None:
            return DataError("image-unknown", where=where)
        return DataError("image-broken", where=where, format=known, reason="its header cannot be read")
    reason = re.sub(r"\s*<[^>]*>", "", text) or type(error).__name__
    return DataError("image-broken", where=where, format=known or "Pillow", reason=reason)


def _too_many_pixels(num_pixels: int, where: str) -> DataError:
    return DataError(
        "image-too-many-pixels", where=where, num_millions=f"{num_pixels / 1e6:,.0f}", limit=MAX_PIXELS // 10**6
    )


def _family(image_format: str | None) -> str | None:
    # Phones write several pictures into one JPEG; Pillow calls that MPO.
    return "JPEG" if image_format == "MPO" else image_format
