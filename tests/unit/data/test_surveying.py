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


def test_nearly_equal_texts_tell_of_wrong_labels() -> None:
    """Forty sentences twice, the second time in capitals; every tenth pair disagrees."""
    texts = [f"the film number {i} was long" for i in range(40)]
    labels = ["good" if i % 2 else "bad" for i in range(40)]
    others = [("bad" if label == "good" else "good") if i % 10 == 0 else label for i, label in enumerate(labels)]
    data = read_data(([*texts, *(f"{text.upper()}!" for text in texts)], [*labels, *others]))
    survey = make_survey(data, make_splits(data, seed=0), task="text-classification")
    assert (survey.num_alike, survey.num_alike_conflicts, survey.num_duplicates) == (40, 4, 0)
    assert survey.label_noise == pytest.approx(0.05)
    assert [problem.code for problem in survey.problems].count("alike") == 4


def test_few_pairs_say_nothing_of_noise() -> None:
    assert _survey().label_noise is None


def test_pictures_that_show_nothing_are_one_problem_with_their_names() -> None:
    pixels = [np.full((20, 20, 3), 200 if i % 2 else 1, dtype=np.uint8) for i in range(4)]
    noise = np.random.default_rng(0).integers(0, 256, (12, 20, 20, 3), dtype=np.uint8)
    data = read_data(([*pixels, *noise], ["a", "b"] * 8))
    survey = make_survey(data, make_splits(data, seed=0), task="image-classification")
    assert (len(survey.near_black), len(survey.near_constant)) == (2, 2)
    problem = next(problem for problem in survey.problems if problem.code == "near-black")
    assert all(name in problem.where for name in survey.near_black)


def test_test_pictures_are_looked_at_only_where_that_is_asked_for() -> None:
    pixels = np.full((20, 20, 20, 3), 1, dtype=np.uint8) + np.arange(20, dtype=np.uint8)[:, None, None, None] % 5
    data = read_data((list(pixels), ["a", "b"] * 10))
    splits = make_splits(data, seed=0)
    surveys = [make_survey(data, splits, task="image-classification", with_test=asked) for asked in (True, False)]
    assert [survey.num_looked_at for survey in surveys] == [20, 20 - len(splits.test)]
