"""Fifteen data sets, each with a backbone that is small enough to be trained many times on a CPU."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
import torch
from PIL import Image
from scipy.io import wavfile
from sklearn.datasets import load_digits

from injerto.data.labelled import LabelledData
from injerto.data.reading import read_data

SHARED: Final = Path(__file__).resolve().parents[2].parent / "shared"
DATA: Final = SHARED / "data"
PHOTOGRAPHS: Final = str(SHARED / "weights" / "mobilenet_v1_0.25_128.imagenet")
TEXTS: Final = "injerto-minitext-en-es"
SYMBOLS: Final = "injerto-mix-r10"
MOST_TEST: Final = 1000


def _folder(name: str) -> Callable[[Path], LabelledData]:
    return lambda _: read_data(DATA / name)


def _blood_cells(work: Path) -> LabelledData:
    """Crops of the boxes: three kinds of cells, unlike any photograph that the network knows."""
    out = work / "blood_cells"
    for split in ("train", "val", "test"):
        content = json.loads((DATA / "blood_cells_det" / f"annotations_{split}.json").read_text())
        names = {kind["id"]: kind["name"] for kind in content["categories"]}
        files = {image["id"]: image["file_name"] for image in content["images"]}
        for box in content["annotations"]:
            left, top, width, height = box["bbox"]
            if min(width, height) < 16:
                continue
            target = out / names[box["category_id"]] / f"{split}-{box['id']}.png"
            target.parent.mkdir(parents=True, exist_ok=True)
            with Image.open(DATA / "blood_cells_det" / "images" / files[box["image_id"]]) as image:
                image.convert("RGB").crop((left, top, left + width, top + height)).save(target)
    return read_data(out)


def _spectrograms(work: Path) -> LabelledData:
    """Spoken digits as pictures of their spectrograms."""
    out = work / "spectrograms"
    for file in sorted((DATA / "spoken_digits" / "wav").glob("*.wav")):
        _, samples = wavfile.read(file)
        wave = torch.from_numpy(np.asarray(samples, dtype=np.float32) / 32768)
        power = torch.stft(wave, 256, 64, window=torch.hann_window(256), return_complex=True).abs().square()
        level = ((power + 1e-8).log10().clamp(-6, 2) + 6) / 8
        target = out / file.name[0] / f"{file.stem}.png"
        target.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray((255 * level.flip(0)).byte().numpy()).resize((128, 128)).save(target)
    return read_data(out)


def _digits(work: Path) -> LabelledData:
    content = load_digits()
    for number, (pixels, label) in enumerate(zip(content.images, content.target, strict=True)):
        target = work / "digits" / str(label) / f"{number}.png"
        target.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray((pixels * 15.9).astype(np.uint8)).save(target)
    return read_data(work / "digits")


def _alphabets(work: Path) -> LabelledData:
    """Which of five alphabets a character is from."""
    for file in sorted((DATA / "omniglot_small").rglob("*.png")):
        alphabet, character = file.relative_to(DATA / "omniglot_small").parts[-3:-1]
        target = work / "alphabets" / alphabet / f"{character}-{file.name}"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(file.read_bytes())
    return read_data(work / "alphabets")


def _topics(_: Path) -> LabelledData:
    return read_data(DATA / "ag_news", text_column="title,description", label_column="label")


CASES: Final[dict[str, tuple[str, Callable[[Path], LabelledData]]]] = {
    "hymenoptera": (PHOTOGRAPHS, _folder("hymenoptera")),
    "sst2": (TEXTS, _folder("sst2")),
    "digits": (SYMBOLS, _digits),
    "blood_cells": (PHOTOGRAPHS, _blood_cells),
    "spanish": (TEXTS, _folder("tweet_sentiment/spanish")),
    "alphabets": (SYMBOLS, _alphabets),
    "flowers128": (PHOTOGRAPHS, _folder("flowers128")),
    "ag_news": (TEXTS, _topics),
    "spectrograms": (PHOTOGRAPHS, _spectrograms),
    "english": (TEXTS, _folder("tweet_sentiment/english")),
    "brain_mri": (PHOTOGRAPHS, _folder("brain_mri")),
    "banking77": (TEXTS, _folder("banking77")),
    "german": (TEXTS, _folder("tweet_sentiment/german")),
    "omniglot": (SYMBOLS, _folder("omniglot_small")),
    "french": (TEXTS, _folder("tweet_sentiment/french")),
}
"""Name -> backbone and reader, near and far tasks mixed, so that a run that is cut off has some of each."""


def few_labels(data: LabelledData, each: int | None, *, most: int, seed: int) -> LabelledData | None:
    """`each` labels a class (None: all), at most `most` together, as train; up to 1,000 of the others as test.

    None where the data have too few, or where so many labels are what `most` leaves of all of them anyway.
    """
    data = replace(data, examples=tuple(replace(one, split=None, group=None) for one in data.examples))
    generator = np.random.default_rng(seed)
    order = generator.permutation(len(data))
    targets = data.targets()
    num_test = min(MOST_TEST, int(0.4 * len(data)))
    test, rest = order[:num_test], order[num_test:]
    if each is None:
        train = rest[:most]
    else:
        by_class = [rest[targets[rest] == label] for label in range(len(data.labels))]
        if each * len(data.labels) > most or np.median([len(one) for one in by_class]) < each:
            return None
        train = np.concatenate([one[:each] for one in by_class])
    chosen = data.subset(np.concatenate([train, test]))
    examples = tuple(
        replace(one, split="train" if number < len(train) else "test") for number, one in enumerate(chosen.examples)
    )
    return replace(chosen, examples=examples)
