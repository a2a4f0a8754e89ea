"""`compare`, and the search of `plan` and `fit --budget`, for detectors: one network, several ways to train it."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from injerto.core.detector_comparison import DetectorComparison
from injerto.core.errors import DataError
from injerto.core.plan import Basis, Plan, Reason
from injerto.core.progress import Reporter
from injerto.evidence.detection.comparing import DEFAULT_DETECTION_STRATEGIES, ComparingDetectors
from injerto.planning.budget import Budget
from injerto.planning.default_plan import make_plan
from injerto.planning.selection import ENOUGH_TO_JUDGE, make_selections
from injerto.workflow.detection import load_sized
from injerto.workflow.ready import Ready
from injerto.workflow.rule import plan_by_rule


def compare_detectors(
    ready: Ready,
    backbone: str | None,
    strategies: Sequence[str] | None,
    *,
    budget: Budget,
    epochs: int | None,
    size: int | None,
    seed: int,
    device: str,
    arch: str | None,
    reporter: Reporter,
) -> DetectorComparison:
    """See `compare`. Raises `DataError` where there are too few pictures to tell strategies apart."""
    number = len(ready.splits.train) + len(ready.splits.tune)
    if number < ENOUGH_TO_JUDGE:
        raise DataError("compare-few", source=ready.data.source, number=number, least=ENOUGH_TO_JUDGE)
    part = make_selections(ready.data, ready.splits, seed=seed)[0]
    plan, grown = plan_by_rule(replace(ready, splits=part), backbone, None, epochs, seed, device, arch, size)
    assert plan.input_size is not None  # Of every detector.

    def plan_of(strategy: str) -> Plan:
        made = make_plan(
            task=ready.task_name,
            data=ready.data,
            splits=part,
            backbone=grown,
            backbone_reason=plan.reasons[0],
            strategy=strategy,
            epochs=epochs,
            seed=seed,
            device=plan.device,
        )
        return made.model_copy(update={"input_size": plan.input_size})

    return ComparingDetectors(
        data=ready.data,
        part=part,
        backbone=grown,
        make_plan=plan_of,
        load_backbone=partial(load_sized, plan.backbone, size=plan.input_size, arch=arch, seed=seed),
        strategies=strategies or DEFAULT_DETECTION_STRATEGIES,
        budget=budget,
        reporter=reporter,
    ).run()


def search_detectors(
    ready: Ready,
    backbone: str | None,
    *,
    budget: Budget,
    size: int | None,
    seed: int,
    device: str,
    arch: str | None,
    reporter: Reporter,
) -> Plan:
    """The plan of the strategy that a comparison recommends, with its words as the reason."""
    made = compare_detectors(
        ready,
        backbone,
        None,
        budget=budget,
        epochs=None,
        size=size,
        seed=seed,
        device=device,
        arch=arch,
        reporter=reporter,
    )
    reporter.show(made)
    plan, _ = plan_by_rule(ready, backbone, made.recommended, None, seed, device, arch, size)
    measured = Reason(field="strategy", choice=made.recommended, basis=Basis.MEASUREMENT, because=made.because)
    others = [reason for reason in plan.reasons if reason.field != "strategy"]
    return plan.model_copy(update={"reasons": (*others, measured)})
