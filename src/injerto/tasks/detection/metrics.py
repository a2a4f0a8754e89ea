"""Average precision by the rules of COCO, and how sure it is: pictures are resampled, their matches are not redone."""

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, final

import numpy as np

from injerto.core.detection import DetectedBox
from injerto.core.errors import UsageError
from injerto.data.arrays import Floats, Ints
from injerto.data.boxes.box import Box

MOST_BOXES: Final = 100
_FEWEST_DRAWS: Final = 100
_MOST_MATCHES: Final = 20_000_000
SIZES: Final = ("small", "medium", "large")


@final
@dataclass(frozen=True, kw_only=True, slots=True)
class Pictures:
    """Pictures with known boxes: what a detector is held against."""

    boxes: Sequence[Sequence[Box]]
    labels: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.boxes)

    @property
    def num_objects(self) -> int:
        return sum(not box.crowd for some in self.boxes for box in some)


@final
class BoxMatches:
    """The boxes of one detector, matched to the known ones picture by picture by faster-coco-eval."""

    def __init__(self, pictures: Pictures, found: Sequence[Sequence[DetectedBox]]) -> None:
        self.num_classes: Final = len(pictures.labels)
        self._num_pictures = len(pictures)
        self._evaluation = _evaluate(pictures, found)
        self._all_sizes = self._evaluation._evalImgs_cpp
        # Classes x sizes x pictures, the first size being all: draws need no other.
        each = len(pictures) * len(self._evaluation.params.areaRng)
        starts = range(0, self.num_classes * each, each)
        self._matches = [self._all_sizes[start : start + len(pictures)] for start in starts]
        self._quick = copy.copy(self._evaluation)
        self._quick._paramsEval = copy.copy(self._evaluation._paramsEval)
        self._quick._paramsEval.areaRng = self._quick._paramsEval.areaRng[:1]

    def precision(self) -> Floats:
        """AP of shape (overlaps, classes, sizes), sizes being all, small, medium and large; nan without an object."""
        self._evaluation._evalImgs_cpp = self._all_sizes
        return _accumulate(self._evaluation)

    def mean_precision(self, positions: Ints | None = None) -> tuple[float, float]:
        """mAP and AP50 over the classes that the pictures hold.

        Args:
            positions: pictures by position, with repeats; None takes each once.
        """
        precision = self.class_precision(positions)
        if np.isnan(precision).all():
            return 0.0, 0.0
        return float(np.nanmean(precision)), float(np.nanmean(precision[0]))

    def class_precision(self, positions: Ints | None = None) -> Floats:
        """AP of some pictures, shape (overlaps, classes); nan for a class without an object in them."""
        chosen = range(self._num_pictures) if positions is None else [int(one) for one in positions]
        self._quick._evalImgs_cpp = [some[one] for some in self._matches for one in chosen]
        # The library finds a class by how many pictures there are: a part of them is fewer.
        self._quick._paramsEval.imgIds = list(range(1, len(chosen) + 1))
        return _accumulate(self._quick)[:, :, 0]


def resample_classes(matches: BoxMatches, *, num_pictures: int, draws: int, seed: int) -> Floats:
    """AP of each class of resampled pictures, shape (draws, overlaps, classes); they are those of `resample`."""
    draws = _affordable(draws, num_pictures, matches)
    generator = np.random.default_rng(seed)
    drawn = (generator.integers(0, num_pictures, num_pictures) for _ in range(draws))
    return np.array([matches.class_precision(positions) for positions in drawn])


def resample(matches: Sequence[BoxMatches], *, num_pictures: int, draws: int, seed: int) -> Floats:
    """mAP and AP50 of several detectors on the same resampled pictures, shape (draws, detectors, 2).

    Fewer are drawn, a hundred at least, where pictures times classes are so many that a draw takes long.
    """
    draws = _affordable(draws, num_pictures, matches[0])
    generator = np.random.default_rng(seed)
    return np.array(
        [
            [one.mean_precision(positions) for one in matches]
            for positions in (generator.integers(0, num_pictures, num_pictures) for _ in range(draws))
        ]
    )


def _affordable(draws: int, num_pictures: int, matches: BoxMatches) -> int:
    return min(draws, max(_FEWEST_DRAWS, _MOST_MATCHES // max(1, num_pictures * matches.num_classes)))


def _evaluate(pictures: Pictures, found: Sequence[Sequence[DetectedBox]]) -> Any:
    try:
        from faster_coco_eval import COCO, COCOeval_faster
    except ImportError as error:
        raise UsageError(
            "extra-missing", what="object detection", package="faster-coco-eval", extra="detect"
        ) from error
    number_of = {label: number for number, label in enumerate(pictures.labels, 1)}
    known = [(image, box) for image, some in enumerate(pictures.boxes, 1) for box in some]
    truth = COCO()
    truth.dataset = {
        "images": [{"id": number} for number in range(1, len(pictures) + 1)],
        "categories": [{"id": number, "name": label} for label, number in number_of.items()],
        "annotations": [
            {
                "id": number,
                "image_id": image,
                "category_id": number_of[box.label],
                "bbox": [box.left, box.top, box.width, box.height],
                "area": box.width * box.height,
                "iscrowd": int(box.crowd),
            }
            for number, (image, box) in enumerate(known, 1)
        ],
    }
    truth.createIndex()
    boxes = [
        {
            "image_id": image,
            "category_id": number_of[box.label],
            "bbox": [box.left, box.top, box.right - box.left, box.bottom - box.top],
            "score": box.score,
        }
        for image, some in enumerate(found, 1)
        for box in some
    ]
    # It knows no empty list: one box without a chance, on the first picture, changes no precision.
    boxes = boxes or [{"image_id": 1, "category_id": 1, "bbox": [0.0, 0.0, 0.0, 0.0], "score": 0.0}]
    evaluation = COCOeval_faster(
        truth, truth.loadRes(boxes), "bbox", print_function=lambda *_: None, separate_eval=True
    )
    evaluation.params.maxDets = [MOST_BOXES]
    evaluation.evaluate()
    return evaluation


def _accumulate(evaluation: Any) -> Floats:
    evaluation.accumulate()
    precision = np.asarray(evaluation.eval["precision"])[..., -1]  # overlaps, recalls, classes, sizes
    missing = (precision < 0).any(axis=1)
    return np.asarray(np.where(missing, np.nan, precision.mean(axis=1)), dtype=np.float64)
