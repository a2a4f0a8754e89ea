"""Blocks are alike, groups stay whole, and runs of them are balanced nested subsets."""

import numpy as np
import pytest

from injerto.evidence.learning_curve.blocks import NUM_BLOCKS, Blocks

LABELS = np.repeat([0, 1, 2], [100, 60, 40])


def test_every_run_holds_the_classes_in_proportion() -> None:
    blocks = Blocks.of(LABELS, groups=None, seed=0)
    for start in range(NUM_BLOCKS):
        counts = np.bincount(LABELS[blocks.is_in(start, 4)], minlength=3)
        assert np.abs(counts - [20, 12, 8]).max() <= 1


def test_runs_from_one_start_are_nested_and_the_smallest_are_disjoint() -> None:
    blocks = Blocks.of(LABELS, groups=None, seed=0)
    assert blocks.sizes() == (1, 2, 3, 5, 9, 16)
    for small, large in zip(blocks.sizes(), blocks.sizes()[1:], strict=False):
        assert not (blocks.is_in(7, small) & ~blocks.is_in(7, large)).any()
    assert sum(blocks.is_in(start, 1).astype(int) for start in range(NUM_BLOCKS)).tolist() == [1] * len(LABELS)


def test_every_example_judges_equally_often() -> None:
    blocks = Blocks.of(LABELS, groups=None, seed=1)
    left_out = sum((~blocks.is_in(start, 16)).astype(int) for start in range(NUM_BLOCKS))
    assert set(left_out.tolist()) == {4}


def test_a_group_is_in_a_run_as_a_whole() -> None:
    groups = [f"g{position // 4}" for position in range(len(LABELS))]
    blocks = Blocks.of(LABELS, groups=groups, seed=0)
    for group in set(groups):
        assert len({int(block) for block, of in zip(blocks.block_N, groups, strict=True) if of == group}) == 1


def test_small_subsets_keep_every_class_that_can_be_kept() -> None:
    labels = np.repeat(np.arange(10), 8)
    blocks = Blocks.of(labels, groups=None, seed=0)
    smallest = blocks.sizes()[0]
    assert smallest >= 10 * NUM_BLOCKS / 80
    for start in range(NUM_BLOCKS):
        assert len(np.unique(labels[blocks.is_in(start, smallest)])) == 10


@pytest.mark.parametrize("num", [1, 2, 8, 19])
def test_very_few_examples_have_no_sizes(num: int) -> None:
    assert Blocks.of(np.arange(num) % 2, groups=None, seed=0).sizes() == ()


def test_another_seed_gives_other_blocks_and_the_same_seed_the_same() -> None:
    first, again, other = (Blocks.of(LABELS, groups=None, seed=seed).block_N for seed in (0, 0, 1))
    assert (first == again).all()
    assert (first != other).any()
