"""Verdicts from gains, and, where there is none yet, what would settle it."""

import math
from collections.abc import Sequence
from typing import Final

from injerto.core.evidence import ControlResult, Interval, Verdict
from injerto.core.messages import say
from injerto.evidence.bootstrap import imagine_discordant
from injerto.tasks.task import Floats

_DEVIATIONS: Final = 1.96 + 0.8416
"""Of a normal distribution: a 95 % interval above zero, in four runs of five."""

BEYOND_LUCK: Final = 0.10
"""Of accuracy: what no network of random, shuffled or foreign weights had over the strongest of five random ones, in 85
planted cases of 100 training examples (`python -m benchmarks.negative_transfer`, which chose it)."""


def judge_gain(gain: Interval, *, minimum_effect: float) -> Verdict:
    """`helped` where the whole interval lies above zero and the gain reaches the minimum effect; `hurt` mirrored."""
    if gain.low > 0 and gain.value >= minimum_effect:
        return Verdict.HELPED
    return Verdict.HURT if gain.high < 0 and gain.value <= -minimum_effect else Verdict.INCONCLUSIVE


def judge_transfer(results: Sequence[ControlResult]) -> Verdict:
    """`hurt` if any control that judges the transfer beats the model, `helped` if the model beats them all."""
    verdicts = {result.verdict for result in results if result.judges_transfer}
    if Verdict.HURT in verdicts:
        return Verdict.HURT
    return Verdict.HELPED if verdicts == {Verdict.HELPED} else Verdict.INCONCLUSIVE


def strongest(results: Sequence[ControlResult]) -> ControlResult:
    """The control that decides what can be claimed: of those that judge, the one whose interval begins lowest."""
    return min((result for result in results if result.judges_transfer), key=lambda result: result.interval[0])


def estimate_to_decide(difference: Floats, *, minimum_effect: float) -> int | None:
    """Examples, about, from which a difference of the size seen would have an interval off zero in 4 runs of 5.

    Where what was seen is smaller than the minimum effect, it is that effect which has to show. From the spread of the
    paired differences: n = ((1.96 + 0.84) s / d)^2, the usual size of a paired comparison.

    Args:
        difference: model minus control on the test examples, each -1, 0 or 1, shape (examples,).
        minimum_effect: of the plan.

    Returns:
        None where nothing differs and any difference counts: no number of examples would show it.
    """
    sought = max(abs(float(difference.mean())), minimum_effect)
    if sought == 0:
        return None
    return math.ceil((_DEVIATIONS * float(imagine_discordant(difference).std()) / sought) ** 2)


def say_what_would_decide(verdict: Verdict, results: Sequence[ControlResult], minimum_effect: float) -> str | None:
    """One sentence where the verdict is open, else None."""
    if verdict is not Verdict.INCONCLUSIVE:
        return None
    closest = strongest(results)
    least = f"{100 * minimum_effect:.1f}"
    low, high = closest.interval
    if max(abs(low), abs(high)) < minimum_effect or (low > 0 or high < 0):
        return say("evidence.decide-small", control=closest.name, least=least)
    if closest.num_to_decide is None:
        return None
    size = max(abs(closest.gain), minimum_effect)
    key = "decide-seen" if abs(closest.gain) >= minimum_effect else "decide-least"
    return say(f"evidence.{key}", number=f"{_rounded(closest.num_to_decide):,}", size=f"{100 * size:.1f}")


def _rounded(number: int) -> int:
    """Two digits: an estimate from a spread that is itself estimated carries no more."""
    return int(float(f"{number:.2g}"))
