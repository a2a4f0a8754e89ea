"""The labelled sets that no backbone here was pretrained on, as tensors ready for it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from sklearn.datasets import load_digits
from torch import Tensor

from pretraining.image.model import INPUT_SIDE

UNSEEN_ALPHABETS = ("Balinese", "Early_Aramaic", "Korean")


@dataclass(frozen=True, kw_only=True, slots=True)
class LabelledSet:
    """Pictures in [-1, 1], labels, and how many per class a split may train on.

    With `drawers`, a split separates people instead of pictures.
    """

    name: str
    pictures: Tensor
    labels: NDArray[np.int64]
    train_per_class: int
    max_test: int
    drawers: NDArray[np.int64] | None = None

    def split(self, seed: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Rows to train and to test on."""
        rng = np.random.default_rng(seed)
        if self.drawers is not None:
            names = rng.permutation(np.unique(self.drawers))
            is_train = np.isin(self.drawers, names[: self.train_per_class])
        else:
            order = rng.permutation(len(self.labels))
            is_train = np.zeros(len(self.labels), dtype=bool)
            for label in np.unique(self.labels):
                is_train[order[self.labels[order] == label][: self.train_per_class]] = True
        test = rng.permutation(np.flatnonzero(~is_train))[: self.max_test]
        return np.flatnonzero(is_train), np.sort(test)


def load_unseen_sets(data: Path) -> dict[str, LabelledSet]:
    """Digits from scikit-learn, the rest from the folder of development data."""
    omniglot = sorted((data / "omniglot_small").glob("*/*/*.png"))
    return {
        "digits": _load_digits(),
        "omniglot_small": _load_drawn("omniglot_small", omniglot),
        "omniglot_small, unprinted alphabets": _load_drawn(
            "omniglot_small, unprinted alphabets",
            [path for path in omniglot if path.parent.parent.name in UNSEEN_ALPHABETS],
        ),
        "flowers128": _load_photos("flowers128", sorted((data / "flowers128").glob("*/*.jpg")), 36, 1000),
        "hymenoptera": _load_photos("hymenoptera", sorted((data / "hymenoptera").glob("*/*/*.jpg")), 100, 1000),
        "brain_mri": _load_photos("brain_mri", _find_scans(data / "brain_mri"), 50, 1000),
    }


def _find_scans(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("*/*") if path.suffix.lower() in {".jpg", ".jpeg", ".png"})


def _load_digits() -> LabelledSet:
    digits = load_digits()
    pictures = [Image.fromarray((image / 16 * 255).astype(np.uint8)) for image in digits.images]
    labels = digits.target.astype(np.int64)
    return LabelledSet(name="digits", pictures=_stack(pictures), labels=labels, train_per_class=10, max_test=2000)


def _load_drawn(name: str, paths: list[Path]) -> LabelledSet:
    return LabelledSet(
        name=name,
        pictures=_stack([Image.open(path) for path in paths]),
        labels=_number(paths, lambda path: f"{path.parent.parent.name}/{path.parent.name}"),
        train_per_class=10,
        max_test=2000,
        drawers=np.array([int(path.stem.split("_")[-1]) for path in paths]),
    )


def _load_photos(name: str, paths: list[Path], train_per_class: int, max_test: int) -> LabelledSet:
    return LabelledSet(
        name=name,
        pictures=_stack([Image.open(path) for path in paths]),
        labels=_number(paths, lambda path: path.parent.name),
        train_per_class=train_per_class,
        max_test=max_test,
    )


def _number(paths: list[Path], name_of: Callable[[Path], str]) -> NDArray[np.int64]:
    names = [name_of(path) for path in paths]
    labels: NDArray[np.int64] = np.unique(names, return_inverse=True)[1].astype(np.int64)
    return labels


def _stack(pictures: list[Image.Image]) -> Tensor:
    """Short side to 64 (bicubic), centre crop, RGB: what timm makes of the backbone's own configuration."""
    stacked = np.empty((len(pictures), INPUT_SIDE, INPUT_SIDE, 3), dtype=np.uint8)
    for row, picture in enumerate(pictures):
        rgb = picture.convert("RGB")
        scale = INPUT_SIDE / min(rgb.size)
        width, height = round(rgb.width * scale), round(rgb.height * scale)
        left, top = (width - INPUT_SIDE) // 2, (height - INPUT_SIDE) // 2
        resized = rgb.resize((width, height), Image.Resampling.BICUBIC)
        stacked[row] = np.asarray(resized.crop((left, top, left + INPUT_SIDE, top + INPUT_SIDE)))
    return torch.from_numpy(stacked).permute(0, 3, 1, 2).float() / 127.5 - 1
