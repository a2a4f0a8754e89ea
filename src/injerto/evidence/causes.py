"""Why a transfer did not help, from what was measured anyway, and the command that may mend it."""

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from injerto.core.evidence import Cause, ControlResult, Diagnosis, Verdict
from injerto.core.input_finding import InputFinding
from injerto.core.learning_curve import LearningCurve
from injerto.core.messages import say
from injerto.core.plan import Plan
from injerto.core.seeds import derive_seed
from injerto.evidence.bootstrap import measure_gain
from injerto.evidence.deciding import BEYOND_LUCK, strongest
from injerto.tasks.task import Floats

_MOST_NAMED: Final = 3
_WITHOUT_SOURCE: Final = ("nearest-centroid", "from-scratch")
"""Controls that learn from the target data alone: as good as one of them, a transfer brought nothing."""


def find_cause(
    verdict: Verdict,
    results: Sequence[ControlResult],
    right: Mapping[str, Floats],
    *,
    findings: Sequence[InputFinding],
    curve: LearningCurve | None,
    plan: Plan,
    source: str,
) -> Diagnosis | None:
    """The likeliest cause, looked for in the order in which one hides the next; None where nothing calls for one.

    Looked for where a control that judges the transfer beats the model, where the frozen backbone beats it, and, while
    the verdict is open, where the model is not a minimum effect above the strongest control or the frozen features are
    not told from random ones: neither above them by their interval nor by more than luck gives. A cause is a reading of
    the measurements, not a proof: wrong preprocessing also makes a source look narrow, hence it comes first.

    Args:
        verdict: on the transfer.
        results: of every control that ran.
        right: 1 or 0 for each test example of the `model` and of every control, each of shape (examples,).
        findings: of the input guard on the training split.
        curve: of a head on the frozen backbone, judged by training examples left out: far more than there are in test.
        plan: of the model that is kept.
        source: of the data.
    """
    by_name = {result.name: result for result in results}
    frozen = by_name["frozen-backbone"]
    closest = strongest(results)
    is_open = verdict is Verdict.INCONCLUSIVE
    nothing_seen = is_open and closest.gain < plan.minimum_effect
    over_random = measure_gain(
        right["frozen-backbone"], right["random-backbone"], seed=derive_seed(plan.seed, "cause", "source")
    )
    like_random = is_open and over_random.low <= 0 and over_random.value < BEYOND_LUCK
    failed = verdict is Verdict.HURT or frozen.verdict is Verdict.HURT or nothing_seen or like_random
    if plan.from_scratch or not failed:
        return None
    rivals = [result for result in results if result.judges_transfer and result.verdict is Verdict.HURT]
    if not rivals and nothing_seen and closest.name in _WITHOUT_SOURCE:
        rivals = [closest]
    data = shlex.quote(source) if Path(source).exists() else "DATA"
    where = {
        "data": data,
        "backbone": shlex.quote(plan.backbone.removeprefix("shipped:")),
        "strategy": plan.strategy,
        "others": _others(plan),
    }

    def beats(one: str, other: str) -> bool:
        return measure_gain(right[one], right[other], seed=derive_seed(plan.seed, "cause", one, other)).low > 0

    if findings:
        return _diagnose(Cause.PREPROCESSING, where, finding=findings[0].name)
    if not _labels_say_something(curve, by_name["majority"]) and not any(
        beats(name, "majority") for name in right if name != "majority"
    ):
        return _diagnose(Cause.LABELS, where)
    if frozen.verdict is Verdict.HURT:
        return _diagnose(Cause.TUNING, where)
    if over_random.low <= 0:
        low, high = (f"{100 * bound:+.1f}" for bound in (over_random.low, over_random.high))
        return _diagnose(Cause.SOURCE, where, low=low, high=high)
    if rivals:
        best = max(rivals, key=lambda result: result.accuracy)
        cause = Cause.SCRATCH if best.name == "from-scratch" else Cause.SIMPLER
        return _diagnose(cause, where, control=best.name)
    return None


def _others(plan: Plan) -> str:
    """Networks that the search could not try, since they are not here: the same search again would choose the same."""
    absent = [] if plan.search is None else plan.search.left_out.items()
    names = [name for name, because in absent if because == say("search.not-here")]
    return f" --backbones {','.join(names[:_MOST_NAMED])}" if names else ""


def _labels_say_something(curve: LearningCurve | None, majority: ControlResult) -> bool:
    return curve is not None and curve.now is not None and curve.now.high < 1 - majority.accuracy


def _diagnose(cause: Cause, where: Mapping[str, str], **values: str) -> Diagnosis:
    return Diagnosis(
        cause=cause,
        sentence=say(f"evidence.cause.{cause}", **where, **values),
        remedy=say(f"evidence.remedy.{cause}", **where, **values),
    )
