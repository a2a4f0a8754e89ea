"""A plan by measurement: backbones scored, the best raced, every choice with the numbers that made it."""

from collections.abc import Sequence

import numpy as np

from injerto.activations.store.store import ActivationStore
from injerto.backbones.backbone import AbstractBackbone
from injerto.core.messages import say
from injerto.core.plan import Basis, Plan, Reason
from injerto.core.progress import Reporter
from injerto.core.search import BackboneScore, Rung, Search
from injerto.data.labelled import LabelledData, Splits
from injerto.planning.budget import Budget
from injerto.planning.default_plan import make_plan
from injerto.planning.race import Race, TryPlan
from injerto.planning.ranking import choose_examples, score_backbones
from injerto.planning.selection import ENOUGH_TO_JUDGE, make_selections
from injerto.planning.textbook import FROZEN, explain_textbook


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
) -> Plan:
    """The plan of the best pair of backbone and strategy that was found; reads no test example.

    Args:
        backbones: the candidates, loaded.
        try_plan: trains and judges one plan.
        budget: nothing that is predicted to take longer than what is left is started.
        left_out: names of candidates that are not among `backbones`, and why; noted in the plan.
    """
    positions = np.sort(np.concatenate([splits.train, splits.tune]))
    reporter.note("search.scoring", names=", ".join(one.card.name for one in backbones))
    scores = score_backbones(backbones, data, positions, store=store, seed=seed, reporter=reporter)
    by_spec = {backbone.spec: backbone for backbone in backbones}
    kept = [by_spec[score.spec] for score in scores if score.kept]

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

    rungs: tuple[Rung, ...] = ()
    chosen, strategy = kept[0], "linear-probe"
    if len(positions) >= ENOUGH_TO_JUDGE:
        race = Race(
            selections=make_selections(data, splits, seed=seed),
            try_plan=try_plan,
            make_plan=plan_of,
            budget=budget,
            reporter=reporter,
        )
        reporter.note("search.frozen", number=len(kept))
        race.run_frozen(kept)
        reporter.note("search.tuned")
        race.run_tuned([data.examples[i].item for i in positions])
        assert race.best is not None
        chosen, strategy, rungs = race.best.backbone, race.best.strategy, tuple(race.rungs)
    score = next(one for one in scores if one.spec == chosen.spec)
    search = Search(
        budget_seconds=budget.seconds,
        seconds=budget.spent,
        num_examples=len(choose_examples(positions, seed=seed)),
        scores=scores,
        rungs=rungs,
        left_out=left_out,
    )
    reasons = (
        _backbone_reason(score, scores, rungs),
        _strategy_reason(strategy, rungs),
        explain_textbook(
            gap=score.several_layers - score.accuracy,
            num_train=len(splits.train),
            device=device,
            extracts_features=strategy in FROZEN,
            is_measured=bool(rungs),
        ),
    )
    return plan_of(chosen, strategy, splits).model_copy(update={"reasons": reasons, "search": search})


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
    own = next(rung for rung in reversed(rungs) if rung.outcome in ("first", "better"))
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
