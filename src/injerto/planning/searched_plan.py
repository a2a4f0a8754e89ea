"""A plan by measurement: backbones scored, the best raced, every choice with the numbers that made it."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from injerto.activations.store.store import ActivationStore
from injerto.backbones.backbone import AbstractBackbone
from injerto.core.limits import Limits
from injerto.core.messages import say
from injerto.core.plan import Basis, Plan, Reason
from injerto.core.progress import Reporter
from injerto.core.search import BackboneScore, Probes, Rung, Search
from injerto.data.items import AbstractItem
from injerto.data.labelled import LabelledData, Splits
from injerto.planning.beating import Lead
from injerto.planning.budget import Budget
from injerto.planning.cost_log import CostLog, identify_machine
from injerto.planning.default_plan import make_plan
from injerto.planning.energy import EnergyMeter
from injerto.planning.first_pass import Passing
from injerto.planning.prediction import Foresight
from injerto.planning.race import TUNED, Race, TryPlan
from injerto.planning.selection import ENOUGH_TO_JUDGE, make_selections
from injerto.planning.textbook import FROZEN, explain_textbook
from injerto.planning.timing import measure_arithmetic

_UNJUDGED: Final = "mlp-head"
"""What is taken where too few examples are labelled to tell strategies apart. On fourteen
cases of 10 to 25 labels it lost 1.3 points on average against the best of all strategies, 8.8 at worst (scans that are
black), the next best, `last-1`, 2.3 and 10.5 (`python -m benchmarks.regret`; small networks; these sets chose it)."""


def search_plan(
    *,
    task: str,
    data: LabelledData,
    splits: Splits,
    backbones: Sequence[AbstractBackbone],
    try_plan: TryPlan,
    store: ActivationStore,
    budget: Budget,
    seed: int,
    device: str,
    reporter: Reporter,
    left_out: dict[str, str],
    meter: EnergyMeter | None = None,
    limits: Limits | None = None,
    reference: Sequence[AbstractItem] = (),
) -> Plan:
    """The plan of the best pair of backbone and strategy that was found; reads no test example.

    Args:
        backbones: the candidates, loaded.
        try_plan: trains and judges one plan.
        budget: nothing that is predicted to take longer than what is left is started, and what runs when it ends is
            stopped.
        meter: tells energy; None leaves it out.
        limits: what a candidate may need.
        reference: examples like those that the candidates were trained on, in a random order.
        left_out: names of candidates that are not among `backbones`, and why; noted in the plan.
    """
    start_seconds = budget.spent
    positions = np.sort(np.concatenate([splits.train, splits.tune]))

    def plan_of(backbone: AbstractBackbone, strategy: str, some: Splits) -> Plan:
        return make_plan(
            task=task,
            data=data,
            splits=some,
            backbone=backbone,
            backbone_reason=Reason(field="backbone", choice=backbone.card.name, basis=Basis.MEASUREMENT, because=""),
            strategy=strategy,
            epochs=None,
            seed=seed,
            device=device,
        )

    selections = make_selections(data, splits, seed=seed) if len(positions) >= ENOUGH_TO_JUDGE else (splits,)
    foresight = Foresight(
        log=CostLog(identify_machine(device)),
        operations_per_second=measure_arithmetic(),
        num_classes=len(data.labels),
        meter=meter,
    )
    reporter.note("search.scoring", names=", ".join(one.card.name for one in backbones))
    passing = Passing(
        data=data,
        positions=positions,
        store=store,
        budget=budget,
        foresight=foresight,
        plans_of=lambda one: [plan_of(one, name, selections[0]) for name in (*FROZEN, *TUNED)],
        sizes=(len(selections[0].train), len(selections[0].tune), len(selections[0].test)),
        seed=seed,
        reporter=reporter,
        limits=limits or Limits(),
        reference=reference,
    )
    first = passing.run(backbones)
    scores = first.scores
    by_spec = {backbone.spec: backbone for backbone in backbones}
    kept = [by_spec[score.spec] for score in scores if score.kept]
    rungs: tuple[Rung, ...] = ()
    tuning: tuple[str, Lead] | None = None
    chosen, strategy = kept[0], _UNJUDGED if len(positions) < ENOUGH_TO_JUDGE else FROZEN[0]
    if len(positions) >= ENOUGH_TO_JUDGE:
        race = Race(
            selections=selections,
            try_plan=try_plan,
            make_plan=plan_of,
            budget=budget,
            foresight=foresight,
            timings=first.timings,
            reporter=reporter,
            limits=limits or Limits(),
        )
        reporter.note("search.frozen", number=len(kept))
        race.run_frozen(passing.complete(first, kept))
        reporter.note("search.tuned")
        race.run_tuned([data.examples[i].item for i in positions])
        rungs = tuple(race.rungs)
        if race.best is not None:
            chosen, strategy = race.best.backbone, race.best.strategy
            tuning = race.measure_tuning(chosen)
    score = next(one for one in scores if one.spec == chosen.spec)
    search = Search(
        budget_seconds=budget.seconds,
        seconds=budget.spent,
        start_seconds=start_seconds,
        num_examples=first.time.num_scored,
        scores=scores,
        rungs=rungs,
        costs=first.costs,
        first_pass=first.time,
        probes=_probes(score, tuning) if rungs else None,
        power=None if meter is None else meter.describe(),
        limits=limits,
        left_out=left_out | first.left_out,
    )
    reasons = (
        _backbone_reason(score, scores, rungs),
        _strategy_reason(strategy, rungs),
        explain_textbook(
            gap=score.several_layers - score.accuracy,
            num_train=len(splits.train),
            device=device,
            extracts_features=strategy in FROZEN,
            is_measured=any(rung.accuracy is not None for rung in rungs),
        ),
    )
    return plan_of(chosen, strategy, splits).model_copy(update={"reasons": reasons, "search": search})


def _probes(score: BackboneScore, tuning: tuple[str, Lead] | None) -> Probes:
    layers = score.several_layers - score.accuracy
    if tuning is None:
        return Probes(several_layers=layers)
    strategy, lead = tuning
    return Probes(several_layers=layers, tuning=lead.gain, standard_error=lead.standard_error, tuned_by=strategy)


def _backbone_reason(score: BackboneScore, scores: Sequence[BackboneScore], rungs: Sequence[Rung]) -> Reason:
    if len(scores) == 1:
        because = say("search.only-backbone", accuracy=_percent(score.accuracy))
    else:
        raced = {rung.backbone: rung.accuracy for rung in rungs if rung.strategy == "linear-probe" and rung.accuracy}
        others = [
            f"{one.name} {_percent(raced.get(one.name, one.accuracy))}" for one in scores if one.spec != score.spec
        ]
        own = _percent(raced.get(score.name, score.accuracy))
        because = say("search.backbone", accuracy=own, others=", ".join(others[:3]))
    return Reason(field="backbone", choice=score.name, basis=Basis.MEASUREMENT, because=because)


def _strategy_reason(strategy: str, rungs: Sequence[Rung]) -> Reason:
    if not rungs:
        return Reason(
            field="strategy", choice=strategy, basis=Basis.DATA_QUANTITY, because=say("search.too-few-to-judge")
        )
    own = next((rung for rung in reversed(rungs) if rung.outcome in ("first", "better")), None)
    if own is None:
        return Reason(field="strategy", choice=strategy, basis=Basis.COMPUTE, because=say("search.too-late"))
    tried = dict.fromkeys(rung.strategy for rung in rungs if rung.outcome != "skipped")
    skipped = dict.fromkeys(rung.strategy for rung in rungs if rung.strategy not in tried)
    because = say(
        "search.strategy",
        accuracy=_percent(own.accuracy or 0.0),
        number=own.num_examples,
        reason=own.because,
        others=", ".join(name for name in tried if name != strategy) or "–",
        skipped=", ".join(skipped) or "–",
    )
    return Reason(field="strategy", choice=strategy, basis=Basis.MEASUREMENT, because=because)


def _percent(value: float) -> str:
    return f"{100 * value:.1f} %"
