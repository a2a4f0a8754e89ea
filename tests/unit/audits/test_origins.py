import numpy as np
import pytest

from injerto.audits.origins import find_origin
from injerto.core.detection import DetectedBox
from injerto.core.finding import Origin
from injerto.data.boxes.box import Box
from injerto.evidence.answered import Answered, Ints
from injerto.evidence.scored import Scored
from injerto.tasks.detection.metrics import BoxMatches, Pictures

NUMBER = 400
COLUMN = tuple(np.where(np.arange(NUMBER) < NUMBER // 2, "many", "few"))
TARGET = np.arange(NUMBER) % 4


def told(many: float, few: float, seed: int) -> Ints:
    """Answers that are right in these shares of the two groups."""
    share = np.where(np.array(COLUMN) == "many", many, few)
    right = np.random.default_rng(seed).random(NUMBER) < share
    return np.where(right, TARGET, (TARGET + 1) % 4)


def origin_of(answers: Ints, controls: dict[str, Ints]) -> Origin:
    """Where the gap of the group `few` comes from."""
    answered = Answered(target=TARGET, predicted=answers, confidence=np.ones(NUMBER), num_labels=4)
    scored = Scored.of_labels(answered, controls)
    return find_origin(scored.quantities[0], scored.controls, COLUMN, "few", seed=0)


@pytest.mark.parametrize(
    ("model", "frozen", "without", "origin"),
    [
        ((0.95, 0.6), (0.9, 0.55), (0.7, 0.35), Origin.DATA),
        ((0.95, 0.6), (0.9, 0.55), (0.6, 0.6), Origin.INHERITED),
        ((0.95, 0.6), (0.85, 0.85), (0.6, 0.6), Origin.ACQUIRED),
        ((0.95, 0.6), (0.9, 0.55), (0.26, 0.25), Origin.UNCLEAR),  # a control that knows nothing has no gap to show
    ],
)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_origin_of_a_planted_gap_is_named(
    model: tuple[float, float], frozen: tuple[float, float], without: tuple[float, float], origin: Origin, seed: int
) -> None:
    controls = {"frozen-backbone": told(*frozen, seed + 100), "random-backbone": told(*without, seed + 200)}
    assert origin_of(told(*model, seed), controls) is origin


def test_training_from_scratch_is_asked_before_random_features() -> None:
    controls = {
        "frozen-backbone": told(0.9, 0.55, 2),
        "random-backbone": told(0.6, 0.6, 3),
        "from-scratch": told(0.9, 0.5, 4),
    }
    assert origin_of(told(0.95, 0.6, 1), controls) is Origin.DATA


def test_without_controls_it_stays_unclear() -> None:
    assert origin_of(told(0.95, 0.6, 1), {}) is Origin.UNCLEAR


@pytest.mark.parametrize(("frozen", "origin"), [((0.9, 0.3), Origin.INHERITED), ((0.9, 0.9), Origin.ACQUIRED)])
def test_the_origin_of_a_gap_in_what_is_found_is_named(frozen: tuple[float, float], origin: Origin) -> None:
    """Boxes are found in these shares of the pictures of two groups; without transfer in as many of both."""
    pytest.importorskip("faster_coco_eval")
    column = (*["many"] * 40, *["few"] * 40)
    known = [[Box("cell", 10, 10, 30, 30)] for _ in column]
    pictures = Pictures(boxes=known, labels=("cell",))
    hit = DetectedBox(label="cell", score=0.9, left=10, top=10, right=30, bottom=30)

    def matches(many: float, few: float) -> BoxMatches:
        share = np.where(np.array(column) == "many", many, few)
        return BoxMatches(pictures, [(hit,) if place % 40 < 40 * one else () for place, one in enumerate(share)])

    controls = {"frozen-backbone": matches(*frozen), "random-backbone": matches(0.5, 0.5)}
    scored = Scored.of_boxes(matches(0.9, 0.3), 80, controls)
    assert find_origin(scored.quantities[0], scored.controls, column, "few", seed=0) is origin
