"""Average precision equals that of pycocotools, the reference; mistakes are counted as they were planted."""

import contextlib
import io

import numpy as np
import pytest

from injerto.core.detection import DetectedBox
from injerto.data.boxes.box import Box
from injerto.evidence.detection.measuring import measure_boxes, measure_gains
from injerto.tasks.detection.errors import choose_threshold, count_errors
from injerto.tasks.detection.metrics import BoxMatches, Pictures

LABELS = ("a", "b", "c")


def _simulate(seed: int, num_pictures: int = 12) -> tuple[Pictures, list[tuple[DetectedBox, ...]]]:
    """Boxes of all sizes, some crowds, and detections near, far, doubled and of a wrong class."""
    generator = np.random.default_rng(seed)
    boxes, found = [], []
    for _ in range(num_pictures):
        known, seen = [], []
        for _ in range(int(generator.integers(0, 6))):
            side = float(generator.choice([20, 60, 150]))
            left, top = generator.uniform(0, 300, 2)
            label = str(generator.choice(LABELS))
            known.append(Box(label, left, top, left + side, top + side, crowd=generator.random() < 0.1))
            for _ in range(int(generator.integers(0, 3))):
                shift = generator.normal(0, side / 8, 4)
                corners = np.array([left, top, left + side, top + side]) + shift
                name = label if generator.random() < 0.8 else str(generator.choice(LABELS))
                seen.append(_box(name, float(generator.random()), corners))
        for _ in range(int(generator.integers(0, 3))):
            corners = np.concatenate([low := generator.uniform(0, 300, 2), low + 40])
            seen.append(_box(str(generator.choice(LABELS)), float(generator.random()), corners))
        boxes.append(known)
        found.append(tuple(seen))
    return Pictures(boxes=boxes, labels=LABELS), found


def _box(label: str, score: float, corners: np.ndarray) -> DetectedBox:
    left, top, right, bottom = map(float, corners)
    return DetectedBox(label=label, score=score, left=left, top=top, right=right, bottom=bottom)


def _reference(pictures: Pictures, found: list[tuple[DetectedBox, ...]]) -> np.ndarray:
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

    with contextlib.redirect_stdout(io.StringIO()):
        truth = COCO()
        known = [(image, box) for image, some in enumerate(pictures.boxes, 1) for box in some]
        truth.dataset = {
            "images": [{"id": i} for i in range(1, len(pictures) + 1)],
            "categories": [{"id": i, "name": label} for i, label in enumerate(LABELS, 1)],
            "annotations": [
                {
                    "id": number,
                    "image_id": image,
                    "category_id": LABELS.index(box.label) + 1,
                    "bbox": [box.left, box.top, box.width, box.height],
                    "area": box.width * box.height,
                    "iscrowd": int(box.crowd),
                }
                for number, (image, box) in enumerate(known, 1)
            ],
        }
        truth.createIndex()
        results = [
            {
                "image_id": image,
                "category_id": LABELS.index(box.label) + 1,
                "bbox": [box.left, box.top, box.right - box.left, box.bottom - box.top],
                "score": box.score,
            }
            for image, some in enumerate(found, 1)
            for box in some
        ]
        evaluation = COCOeval(truth, truth.loadRes(results), "bbox")
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    return np.asarray(evaluation.stats)


@pytest.mark.parametrize("seed", range(6))
def test_precision_equals_pycocotools(seed: int) -> None:
    pictures, found = _simulate(seed)
    stats = _reference(pictures, found)
    measured = measure_boxes(pictures, found, threshold=0.5, seed=0)
    assert measured.mean_precision.value == pytest.approx(stats[0], abs=1e-6)
    assert measured.precision_50.value == pytest.approx(stats[1], abs=1e-6)
    assert measured.precision_75 == pytest.approx(stats[2], abs=1e-6)
    for one, expected in zip(measured.sizes, stats[3:6], strict=True):
        assert (one.precision if one.precision is not None else -1) == pytest.approx(expected, abs=1e-6)


def test_resampling_each_picture_once_changes_nothing() -> None:
    pictures, found = _simulate(1)
    matches = BoxMatches(pictures, found)
    generator = np.random.default_rng(0)
    shuffled = generator.permutation(len(pictures))
    assert matches.mean_precision(shuffled) == pytest.approx(matches.mean_precision())


def test_perfect_boxes_are_perfect_and_none_are_nothing() -> None:
    pictures, _ = _simulate(2)
    perfect = [tuple(_box(b.label, 0.9, np.array(b.corners)) for b in some if not b.crowd) for some in pictures.boxes]
    assert measure_boxes(pictures, perfect, threshold=0.5, seed=0).mean_precision.value == pytest.approx(1.0)
    nothing = [() for _ in pictures.boxes]
    assert measure_boxes(pictures, nothing, threshold=0.5, seed=0).mean_precision.value == 0.0
    gain = measure_gains(BoxMatches(pictures, perfect), [BoxMatches(pictures, nothing)], num_pictures=12, seed=0)[0]
    assert gain.value == pytest.approx(1.0)
    assert gain.low > 0.9


def test_mistakes_are_named_as_planted() -> None:
    known = [
        Box("a", 0, 0, 100, 100),
        Box("b", 200, 0, 300, 100),
        Box("a", 400, 0, 500, 100),
        Box("c", 600, 0, 700, 100),
        Box("c", 800, 0, 900, 100, crowd=True),
    ]
    found = (
        _box("a", 0.9, np.array([0, 0, 100, 98])),  # right
        _box("a", 0.8, np.array([0, 2, 100, 100])),  # doubled
        _box("a", 0.8, np.array([200, 0, 300, 100])),  # wrong class
        _box("a", 0.7, np.array([470, 0, 570, 100])),  # badly placed
        _box("b", 0.7, np.array([0, 400, 50, 450])),  # where nothing is
        _box("c", 0.7, np.array([800, 0, 900, 100])),  # on a crowd: nothing
        _box("c", 0.2, np.array([600, 0, 700, 100])),  # below the threshold, so it is missed
    )
    errors = count_errors(Pictures(boxes=[known], labels=LABELS), [found], threshold=0.5)
    counts = errors.model_dump(exclude={"confusion"})
    assert counts == {
        "right": 1, "missed": 1, "wrong_class": 1, "badly_placed": 1, "doubled": 1, "background": 1
    }  # fmt: skip
    assert errors.confusion["b"]["a"] == 1
    assert errors.confusion["c"]["-"] == 1


def test_the_threshold_is_where_f1_is_best() -> None:
    known = [Box("a", 0, 0, 100, 100), Box("a", 200, 0, 300, 100)]
    found = (
        _box("a", 0.9, np.array([0, 0, 100, 100])),
        _box("a", 0.6, np.array([200, 0, 300, 100])),
        _box("a", 0.4, np.array([500, 0, 600, 100])),
    )
    assert choose_threshold(Pictures(boxes=[known], labels=LABELS), [found]) == pytest.approx(0.5)
    assert choose_threshold(Pictures(boxes=[[]], labels=LABELS), [()]) == 0.5
