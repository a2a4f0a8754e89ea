"""Slices on simulated features, where what was planted is known."""

import numpy as np

from injerto.audits.slices import describe_words, find_slices


def planted(
    number: int, seed: int, *, bad: int = 2
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, list[int]]:
    """Four labels of four kinds each; of `bad` kinds 60 % are answered wrongly, of the others 8 %."""
    generator = np.random.default_rng(seed)
    centres = generator.normal(size=(16, 48)) + np.repeat(generator.normal(size=(4, 48)), 4, axis=0)
    kind = generator.integers(0, 16, number)
    features = centres[kind] + generator.normal(size=(number, 48))
    chosen = generator.permutation(16)[:bad]
    right = generator.random(number) > np.where(np.isin(kind, chosen), 0.6, 0.08)
    return features, right.astype(float), kind // 4, kind, chosen.tolist()


def test_most_planted_slices_are_found_and_nothing_else() -> None:
    found = wanted = foreign = 0
    for seed in range(6):
        features, right, target, kind, chosen = planted(400, seed)
        slices = find_slices(features, right, target, seed=seed)
        purity = [[float((kind[one.positions[:10]] == bad).mean()) for bad in chosen] for one in slices]
        found += sum(any(row[place] >= 0.6 for row in purity) for place in range(len(chosen)))
        wanted += len(chosen)
        foreign += sum(max(row) < 0.3 for row in purity)
    assert found / wanted >= 0.8
    assert foreign <= 1


def test_errors_without_a_pattern_make_no_slice() -> None:
    assert sum(bool(find_slices(*planted(300, seed, bad=0)[:3], seed=seed)) for seed in range(20)) <= 2


def test_too_few_examples_and_no_error_make_no_slice() -> None:
    features, right, target, *_ = planted(50, 0)
    assert find_slices(features, right, target, seed=0) == []
    features, right, target, *_ = planted(200, 0)
    assert find_slices(features, np.ones_like(right), target, seed=0) == []


def test_features_that_are_all_equal_make_no_slice() -> None:
    _, right, target, *_ = planted(200, 0)
    assert find_slices(np.ones((200, 8)), right, target, seed=0) == []


def test_no_example_is_in_two_slices_and_the_gap_is_less_than_these_examples_show() -> None:
    features, right, target, *_ = planted(400, 1)
    slices = find_slices(features, right, target, seed=0)
    positions = np.concatenate([one.positions for one in slices])
    assert len(slices) >= 2
    assert len(set(positions.tolist())) == len(positions)
    for one in slices:
        others = np.delete(right, one.positions).mean()
        assert 0 < one.gap.low <= one.gap.value < others - one.accuracy <= one.gap.high


def test_of_many_examples_a_part_is_looked_at() -> None:
    features, right, target, kind, chosen = planted(2500, 0, bad=1)
    (first, *_) = find_slices(features, right, target, seed=0)
    assert first.positions.max() > 2000
    assert (kind[first.positions[:10]] == chosen[0]).mean() >= 0.6


def test_telling_words_come_first() -> None:
    texts = ["the cup was broken", "a broken cup", "broken again, the lid"]
    others = ["the train was late", "a fine cup of tea", "the lid fits", "all is well"] * 5
    assert describe_words(texts, others)[0] == "broken"
