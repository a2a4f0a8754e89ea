"""Peak memory: what was held for a moment is seen, what was freed before is not counted again."""

import sys
import time

import numpy as np
import pytest

from injerto.evidence.peak_memory import PeakMemory

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


def _hold(megabytes: int) -> None:
    block = np.ones(megabytes * 125_000)
    time.sleep(0.1)
    del block


def test_a_block_that_was_held_for_a_moment_is_seen() -> None:
    with PeakMemory("cpu") as nothing:
        time.sleep(0.05)
    with PeakMemory("cpu") as much:
        _hold(300)
    with PeakMemory("cpu") as after:
        time.sleep(0.05)
    assert nothing.megabytes is not None
    assert much.megabytes is not None
    assert after.megabytes is not None
    assert 250 < much.megabytes - nothing.megabytes < 400
    assert after.megabytes < nothing.megabytes + 50
