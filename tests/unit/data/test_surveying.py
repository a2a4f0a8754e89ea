"""The survey counts what is there."""

import numpy as np
import pytest

from injerto.core.survey import Survey
from injerto.data.reading import read_data
from injerto.data.splitting import make_splits
from injerto.data.surveying import make_survey


def _survey() -> Survey:
    texts = [f"sentence number {i}" for i in range(30)] + ["same again", "same again", "twice told", "twice told"]
    labels = ["a"] * 20 + ["b"] * 10 + ["a", "a", "a", "b"]
    data = read_data((texts, labels))
    return make_survey(data, make_splits(data, seed=0), task="text-classification")


def test_counts_add_up() -> None:
    survey = _survey()
    assert survey.num_examples == 34 == sum(survey.splits.values())
    assert [(count.label, count.total) for count in survey.classes] == [("a", 23), ("b", 11)]
    assert survey.imbalance == pytest.approx(survey.classes[0].train / survey.classes[1].train)


def test_duplicates_and_conflicts_are_counted() -> None:
    survey = _survey()
    assert (survey.num_duplicates, survey.num_conflicts, survey.num_leaks) == (2, 1, 0)
    assert [problem.code for problem in survey.problems] == ["conflict"]


def test_text_sizes_are_words_and_characters() -> None:
    sizes = _survey().sizes
    assert (sizes["words"].smallest, sizes["words"].median, sizes["words"].largest) == (2, 3, 3)
    assert sizes["characters"].largest == len("sentence number 29")


def test_image_sizes_are_width_and_height() -> None:
    pixels = [np.full((10 + i, 20, 3), i, dtype=np.uint8) for i in range(12)]
    data = read_data((pixels, ["a", "b"] * 6))
    sizes = make_survey(data, make_splits(data, seed=0), task="image-classification").sizes
    assert (sizes["width"].smallest, sizes["width"].largest) == (20, 20)
    assert (sizes["height"].smallest, sizes["height"].largest) == (10, 21)


def test_survey_travels_as_json() -> None:
    survey = _survey()
    assert Survey.from_json(survey.to_json()) == survey
