"""The race: strategies in the order of what they cost, each kept only if it beats the best before it by more than
chance."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Final, Literal, final

from injerto.backbones.backbone import AbstractBackbone
from injerto.core.limits import Limits
from injerto.core.messages import say
from injerto.core.plan import Plan
from injerto.core.progress import Reporter
from injerto.core.search import Rung
from injerto.data.items import AbstractItem
from injerto.data.labelled import Splits
from injerto.planning.beating import Judged, Lead, measure_lead
from injerto.planning.budget import Budget, OutOfTimeError
from injerto.planning.limiting import refuse_memory
from injerto.planning.prediction import Foreseen, Foresight
from injerto.planning.textbook import DESCENDING, FROZEN
from injerto.planning.timing import CandidateTiming, time_training

TUNED: Final = ("norm-bias", "lora", "lp-ft")
"""Ways to train the network itself, by how much of it they change: the order on large networks."""
_SMALL_NETWORK: Final = 10_000_000
"""Parameters below which everything is trained first: there it costs no more than training 0.1 % of it, and lost 0.3
points against the best of all strategies where the other order lost 0.7 (`python -m benchmarks.regret --trials`, twelve
data sets with 10 labels a class, which chose the order). Where that was better than a head, `lora` after it was not
better in any of seven races, which took a seventh of all searches' time (the same benchmark, 37 searches of 20 labels
a class and more)."""
_RATES: Final = (1 / 3, 3.0)
"""Factors on the recipe's peak rate at which the way to train that won is tried again. On twenty-one cases of 20 and 50
labels a class `lp-ft` got 64.0 % right at a third of its rate, 63.0 at its own and 60.2 at three times that; where it
had won with 400 labels (four sets), the last was better once, by 2.5 points."""
_ENOUGH_FOR_RATES: Final = 200
"""Judging examples below which rates are not told apart: with 30 to 150 none was better in six races, in three of which
the search took 1.7 to 1.9 times as long."""
_WORTH_GAINING: Final = 0.01
"""Where a head on frozen features errs in fewer of the judged examples, training the network cannot gain a point."""

Outcome = Literal["first", "better", "not better", "skipped"]
TryPlan = Callable[[Plan, Splits], Judged]
"""Trains a plan on `train`, stops it on `tune`, and says what it makes of each example of `test`.

Raises `OutOfTimeError` when the budget ends while it trains."""
MakePlan = Callable[[AbstractBackbone, str, Splits], Plan]
"""The plan of one strategy on one backbone."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Best:
    """Who leads: what it made of each example, in each selection that it was tried on."""

    backbone: AbstractBackbone
    strategy: str
    parts: Sequence[Judged]


@final
@dataclass(kw_only=True)
class Race:
    """Tries rungs and remembers the best. Ties and what chance could explain go to the cheaper one, tried before."""

    selections: Sequence[Splits]
    try_plan: TryPlan
    make_plan: MakePlan
    budget: Budget
    foresight: Foresight
    timings: Mapping[str, CandidateTiming]
    """Of the candidates, by spec."""
    reporter: Reporter
    limits: Limits = field(default_factory=Limits)
    rungs: list[Rung] = field(default_factory=list)
    best: Best | None = None
    tried: dict[tuple[str, str], Sequence[Judged]] = field(default_factory=dict)
    """What each strategy on each backbone, by spec, made of the selections that it was tried on."""

    def run_frozen(self, backbones: Sequence[AbstractBackbone]) -> None:
        """Heads on frozen features: those in closed form on every backbone, which takes less than a second each, and
        the one that descends on the leader's."""
        for strategy in FROZEN:
            leader = [self.best.backbone] if self.best is not None else backbones
            for backbone in leader if strategy in DESCENDING else backbones:
                self._try_if_time(backbone, strategy, self._foresee(backbone, strategy))

    def run_tuned(self, items: Sequence[AbstractItem]) -> None:
        """Ways to train the network itself, on the backbone that leads; ends where a rung is no better.

        The first of them says whether the network wants to be changed: where it gains nothing, the others are not
        tried, and neither where it changed everything already at no greater cost. Nothing is done where no head could
        be tried before.
        """
        if self.best is None:
            return
        backbone = self.best.backbone
        is_small = sum(group.num_parameters for group in backbone.layer_groups) < _SMALL_NETWORK
        errors = 1 - float(Judged.joined(self.best.parts).right.mean())
        enough = say("search.enough", errors=f"{100 * errors:.1f}") if errors < _WORTH_GAINING else None
        for strategy in TUNED[::-1] if is_small else TUNED:
            if enough is not None:
                self._skip(backbone, strategy, enough, self._foresee(backbone, strategy))
                continue
            outcome = self._try_if_time(backbone, strategy, self._foresee(backbone, strategy, items))
            if outcome == "not better":
                enough = say("search.stopped", strategy=strategy)
            elif outcome == "better" and is_small:
                enough = say("search.all-trained", strategy=strategy)
        if self.best.strategy in TUNED and len(Judged.joined(self.best.parts).right) >= _ENOUGH_FOR_RATES:
            self._try_rates(self.best, items)

    def _try_rates(self, winner: Best, items: Sequence[AbstractItem]) -> None:
        """The winner at other peak rates, until one is better."""
        phases = self.make_plan(winner.backbone, winner.strategy, self.selections[0]).phases
        for factor in _RATES:
            strategy = f"{winner.strategy}:rate={factor * phases[-1].backbone_rate:.2g}"
            foreseen = self._foresee(winner.backbone, strategy, items)
            if self._try_if_time(winner.backbone, strategy, foreseen) == "better":
                return

    def measure_tuning(self, backbone: AbstractBackbone) -> tuple[str, Lead] | None:
        """The first way to train the network itself that was tried, and its lead over a head alone; None without."""
        head = self.tried.get((FROZEN[0], backbone.spec), ())
        for (strategy, spec), tuned in self.tried.items():
            number = min(len(tuned), len(head))
            if strategy in TUNED and spec == backbone.spec and number:
                return strategy, measure_lead(Judged.joined(tuned[:number]), Judged.joined(head[:number]))
        return None

    def _foresee(
        self, backbone: AbstractBackbone, strategy: str, items: Sequence[AbstractItem] | None = None
    ) -> Foreseen:
        """What one selection takes; with items a training step is timed, where there is time for that."""
        one = self.selections[0]
        timing = self.timings[backbone.spec]
        plan = self.make_plan(backbone, strategy, one)
        sizes = (len(one.train), len(one.tune), len(one.test))
        rough = self.foresight.predict_trial(plan, timing, sizes)
        if items is None or rough.expected > 2 * self.budget.left:
            return rough
        return self.foresight.predict_trial(plan, timing, sizes, time_training(backbone, plan, items))

    def _try_if_time(self, backbone: AbstractBackbone, strategy: str, once: Foreseen) -> Outcome:
        """Try it on as many selections as there is time for: with fewer, fewer examples judge and chance explains more.

        The first of all runs as long as anything is left: a race without it says nothing.
        """
        one, timing = self.selections[0], self.timings[backbone.spec]
        plan = self.make_plan(backbone, strategy, one)
        if (because := refuse_memory(timing, plan, len(one.train), self.limits)) is not None:
            self._skip(backbone, strategy, because, once)
            return "skipped"
        left = self.budget.left
        number = int(min(len(self.selections), left // once.expected))
        number = max(number, int(left > 0)) if self.best is None else min(number, len(self.best.parts))
        if left == 0:
            self._skip(backbone, strategy, say("search.over"), once)
        elif number == 0:
            because = say("search.no-time", predicted=_minutes(once.expected), left=_minutes(left))
            self._skip(backbone, strategy, because, once)
        else:
            return self._try(backbone, strategy, number, once)
        return "skipped"

    def _try(self, backbone: AbstractBackbone, strategy: str, number: int, once: Foreseen) -> Outcome:
        start = monotonic()
        parts: list[Judged] = []
        try:
            for one in self.selections[:number]:
                began, plan = monotonic(), self.make_plan(backbone, strategy, one)
                parts.append(self.try_plan(plan, one))
                self.foresight.note_trial(plan, once, num_train=len(one.train), seconds=monotonic() - began)
                if self._ends_here(strategy, parts):
                    break
        except OutOfTimeError:
            # Selections that were done before the end judge; one that was not, does not.
            if not parts:
                spent = _minutes(monotonic() - start)
                self._skip(backbone, strategy, say("search.cut-off", seconds=spent), once, seconds=monotonic() - start)
                return "skipped"
        self.tried[strategy, backbone.spec] = parts
        number = len(parts)
        correct = Judged.joined(parts).right
        lead = None
        outcome: Outcome = "first"
        because = say("search.first")
        if self.best is not None:
            lead = self._lead(parts)
            outcome = "better" if lead.beats else "not better"
            because = say(
                f"search.{outcome.replace(' ', '-')}",
                gain=f"{100 * lead.gain:+.1f}",
                error=f"{100 * lead.standard_error:.1f}",
                loss=f"{-lead.loss_gain:+.3f}",
                loss_error=f"{lead.loss_standard_error:.3f}",
                best=self.best.strategy if backbone is self.best.backbone else _title(self.best),
            )
        self._note(
            Rung(
                backbone=backbone.card.name,
                strategy=strategy,
                outcome=outcome,
                because=because,
                accuracy=float(correct.mean()),
                gain=None if lead is None else lead.gain,
                standard_error=None if lead is None else lead.standard_error,
                loss_gain=None if lead is None else lead.loss_gain,
                loss_standard_error=None if lead is None else lead.loss_standard_error,
                num_examples=len(correct),
                predicted_seconds=number * once.expected,
                most_seconds=number * once.most,
                seconds=monotonic() - start,
            )
        )
        if outcome != "not better":
            self.best = Best(backbone=backbone, strategy=strategy, parts=parts)
        return outcome

    def _ends_here(self, strategy: str, parts: Sequence[Judged]) -> bool:
        """Whether further selections are not worth their trainings: a head's cost nothing, and the recipe's own rate is
        seldom the wrong one, so that another has to lead clearly from the first."""
        if strategy in FROZEN:
            return False
        lead = self._lead(parts)
        return lead.is_hopeless if strategy in TUNED else not lead.beats

    def _lead(self, parts: Sequence[Judged]) -> Lead:
        """Over the best, on the selections that these are of."""
        assert self.best is not None
        return measure_lead(Judged.joined(parts), Judged.joined(self.best.parts[: len(parts)]))

    def _skip(
        self,
        backbone: AbstractBackbone,
        strategy: str,
        because: str,
        once: Foreseen,
        *,
        seconds: float | None = None,
    ) -> None:
        self._note(
            Rung(
                backbone=backbone.card.name,
                strategy=strategy,
                outcome="skipped",
                because=because,
                predicted_seconds=once.expected,
                most_seconds=once.most,
                seconds=seconds,
            )
        )

    def _note(self, rung: Rung) -> None:
        self.rungs.append(rung)
        self.reporter.show(rung)


def _title(best: Best) -> str:
    return f"{best.strategy} on {Path(best.backbone.card.name).name}"


def _minutes(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"
