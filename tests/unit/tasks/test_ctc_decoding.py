"""Beam search and alignment against brute force over everything that can be said."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from injerto.tasks.ctc_alignment import align
from injerto.tasks.ctc_beam import BeamSearch
from injerto.tasks.word_model import WordModel

LABELS = (" ", "a", "b")
BLANK = len(LABELS)


def random_frames(seed: int, num_frames: int) -> np.ndarray:
    scores = np.random.default_rng(seed).normal(0, 2, (num_frames, BLANK + 1))
    return scores - np.logaddexp.reduce(scores, axis=1, keepdims=True)


def collapse(path: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(c for i, c in enumerate(path) if c != BLANK and (i == 0 or path[i - 1] != c))


def sums(frames: np.ndarray) -> dict[tuple[int, ...], float]:
    """Probability of every transcript, summed over all paths."""
    totals: dict[tuple[int, ...], float] = {}
    for path in itertools.product(range(BLANK + 1), repeat=len(frames)):
        likely = math.exp(sum(frames[i, c] for i, c in enumerate(path)))
        totals[collapse(path)] = totals.get(collapse(path), 0.0) + likely
    return totals


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), num_frames=st.integers(1, 5), with_words=st.booleans())
def test_a_wide_beam_finds_what_brute_force_finds(seed: int, num_frames: int, with_words: bool) -> None:
    frames = random_frames(seed, num_frames)
    words = WordModel.of_texts(["ab a", "a b", "ab ab"], order=2) if with_words else None
    search = BeamSearch(labels=LABELS, width=5000, words=words, weight=0.7, bonus=0.3)

    def value(transcript: tuple[int, ...]) -> float:
        spelt = "".join(LABELS[c] for c in transcript).split()
        prior = 0.3 * len(spelt) + (0.7 * words.score(spelt) if words else 0.0)
        return math.log(totals[transcript]) + prior

    totals = sums(frames)
    found, best = search.search(frames), max(totals, key=value)
    assert value(found) == pytest.approx(value(best), abs=1e-3)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), characters=st.lists(st.integers(0, 2), min_size=1, max_size=3))
def test_the_alignment_is_the_likeliest_path(seed: int, characters: list[int]) -> None:
    frames = random_frames(seed, 6)
    paths = [p for p in itertools.product(range(BLANK + 1), repeat=6) if collapse(p) == tuple(characters)]
    best = max(paths, key=lambda path: sum(frames[i, c] for i, c in enumerate(path)))
    spans, previous = [], BLANK
    for time, c in enumerate(best):
        if c != BLANK and c != previous:
            spans.append([time, time])
        elif c != BLANK:
            spans[-1][1] = time
        previous = c
    assert [(first, last) for first, last, _ in align(frames, characters)] == [tuple(span) for span in spans]


def test_too_few_frames_are_refused() -> None:
    with pytest.raises(ValueError, match="fewer frames"):
        align(random_frames(0, 2), [1, 1])


def test_a_model_of_words_sums_to_one() -> None:
    model = WordModel.of_texts(["a b c", "a b a", "c"], order=3)
    for before in ([], ["a"], ["a", "b"], ["never"]):
        known = sum(math.exp(model.next_word(before, word)) for word in "abc") + math.exp(model.end(before))
        assert 0.5 < known <= 1.0
    assert model.next_word(["a"], "b") > model.next_word(["a"], "c") > model.next_word(["a"], "zebra")


def test_words_that_are_expected_win_over_what_is_a_little_likelier() -> None:
    frames = np.log(np.array([[0.01, 0.52, 0.46, 0.01], [0.01, 0.97, 0.01, 0.01]]))
    assert BeamSearch(labels=LABELS, width=20).search(frames) == (1,)
    words = WordModel.of_texts(["ba"] * 50)
    assert BeamSearch(labels=LABELS, width=20, words=words, weight=1.0).search(frames) == (2, 1)
