"""JPEG files of phone size: seconds and pixel error of decoding them smaller before the contract's resampling.

    python -m benchmarks.decoding [--out decoding.json]

Generated pictures (smooth shapes with grain, noise, hard lines), 4000 x 3000 and 2048 x 1536, for inputs of 224 pixels
of which 0.875 is kept. Errors in grey levels of 255, against decoding every pixel.
"""

import argparse
import io
import math
import time
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks.reporting import Report, middle
from injerto.backbones import image_preparation
from injerto.backbones.image_preparation import center_view
from injerto.core.provenance import ImageContract
from injerto.data.image_decoding import decode_image

SIZES = ((4000, 3000), (2048, 1536))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path)
    columns = ("pictures", "size", "left", "whole_ms", "shrunk_ms", "ratio", "error", "worst_error", "error_999")
    report = Report("decoding", columns, parser.parse_args().out)
    for size in SIZES:
        for kind in ("grain", "noise", "lines"):
            pictures = [encode(kind, size, seed) for seed in range(5)]
            for left in (1.25, image_preparation._LEFT_TO_RESIZE, 5.0):
                measure(kind, size, pictures, left, report)


def measure(kind: str, size: tuple[int, int], pictures: list[bytes], left: float, report: Report) -> None:
    """One row."""
    contract = ImageContract(
        height=224, width=224, crop_fraction=0.875, interpolation="bicubic", mean=(0.5,) * 3, std=(0.5,) * 3
    )
    taken: dict[str, list[float]] = {"whole": [], "shrunk": []}
    errors, tails = [], []
    for picture in pictures:
        views = {}
        for way, at_least in (("whole", None), ("shrunk", math.ceil(left * 256))):
            start = time.perf_counter()
            decoded = decode_image(picture, where="picture", at_least=at_least)
            views[way] = np.asarray(center_view(decoded.image, contract, shrunk=decoded.shrunk), float)
            taken[way].append(time.perf_counter() - start)
        difference = np.abs(views["whole"] - views["shrunk"])
        errors.append(float(difference.mean()))
        tails.append(float(np.quantile(difference, 0.999)))
    report.add(
        pictures=kind,
        size=f"{size[0]}x{size[1]}",
        left=left,
        whole_ms=1000 * middle(taken["whole"]),
        shrunk_ms=1000 * middle(taken["shrunk"]),
        ratio=middle([a / b for a, b in zip(taken["whole"], taken["shrunk"], strict=True)]),
        error=sum(errors) / len(errors),
        worst_error=max(errors),
        error_999=max(tails),
    )


def encode(kind: str, size: tuple[int, int], seed: int) -> bytes:
    """A JPEG of quality 90."""
    generator = np.random.default_rng(seed)
    width, height = size
    if kind == "noise":
        pixels = generator.integers(0, 256, (height, width, 3), dtype=np.uint8)
    elif kind == "lines":
        rows, columns = np.indices((height, width))
        stripes = ((rows + columns * (seed + 1)) // (3 + 2 * seed)) % 2 * 255
        pixels = np.repeat(stripes[..., None], 3, 2).astype(np.uint8)
    else:
        small = Image.fromarray(generator.integers(0, 256, (120, 160, 3), dtype=np.uint8))
        smooth = np.asarray(small.resize(size, Image.Resampling.BICUBIC), float)
        pixels = (smooth + generator.normal(0, 6, (height, width, 1))).clip(0, 255).astype(np.uint8)
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "JPEG", quality=90)
    return stream.getvalue()


if __name__ == "__main__":
    main()
