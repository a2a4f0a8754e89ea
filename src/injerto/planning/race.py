"""The race: strategies in the order of what they cost, each kept only if it beats the best before it by more than
chance."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Final, Literal, final

import numpy as np

from injerto.backbones.backbone import AbstractBackbone
from injerto.core.messages import say
from injerto.core.plan import Plan
from injerto.core.progress import Reporter
from injerto.core.search import Rung
from injerto.data.items import AbstractItem
from injerto.data.labelled import Splits
from injerto.planning.budget import Budget
from injerto.planning.cost import estimate_seconds, measure_step
from injerto.planning.textbook import FROZEN
from injerto.tasks.task import Floats

TUNED: Final = ("norm-bias", "lora", "lp-ft")

TryPlan = Callable[[Plan, Splits], Floats]
"""Trains a plan on `train`, stops it on `tune`, and says which examples of `test` it gets right: 1 or 0 each."""
MakePlan = Callable[[AbstractBackbone, str, Splits], Plan]
"""The plan of one strategy on one backbone."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Best:
    """Who leads: what it got right, example by example, in each selection that it was tried on."""

    backbone: AbstractBackbone
    strategy: str
    parts: Sequence[Floats]


@final
@dataclass(kw_only=True)
class Race:
    """Tries rungs and remembers the best. Ties and what chance could explain go to the cheaper one, tried before."""

    selections: Sequence[Splits]
    try_plan: TryPlan
    make_plan: MakePlan
    budget: Budget
    reporter: Reporter
    rungs: list[Rung] = field(default_factory=list)
    best: Best | None = None

    def run_frozen(self, backbones: Sequence[AbstractBackbone]) -> None:
        """Heads on frozen features of every backbone; they cost what one pass over the data costs."""
        for strategy in FROZEN:
            for backbone in backbones:
                self._try(backbone, strategy, number=len(self.selections), predicted=None)

    def run_tuned(self, items: Sequence[AbstractItem]) -> None:
        """Ways to train the network itself, on the backbone that leads; ends where a rung is no better.

        The cheapest of them changes 0.1 % of the weights and says whether the network wants to be changed: where it
        gains nothing, those that change more are not tried.
        """
        assert self.best is not None
        backbone = self.best.backbone
        step = measure_step(backbone, items)
        stopped_by = None
        for strategy in TUNED:
            plan = self.make_plan(backbone, strategy, self.selections[0])
            once = estimate_seconds(
                plan.phases, step=step, num_train=len(self.selections[0].train), num_tune=len(self.selections[0].tune)
            )
            # As many selections as there is time for: fewer examples judge then, and chance explains more.
            number = int(min(len(self.selections), len(self.best.parts), self.budget.left // once))
            if stopped_by is not None:
                self._skip(backbone, strategy, say("search.stopped", strategy=stopped_by), once)
            elif number == 0:
                because = say("search.no-time", predicted=_minutes(once), left=_minutes(self.budget.left))
                self._skip(backbone, strategy, because, once)
            elif self._try(backbone, strategy, number=number, predicted=number * once) == "not better":
                stopped_by = strategy

    def _try(
        self, backbone: AbstractBackbone, strategy: str, *, number: int, predicted: float | None
    ) -> Literal["first", "better", "not better", "skipped"]:
        if self.best is not None and self.budget.left == 0:
            self._skip(backbone, strategy, say("search.over"), predicted)
            return "skipped"
        start = monotonic()
        parts = [self.try_plan(self.make_plan(backbone, strategy, one), one) for one in self.selections[:number]]
        correct = np.concatenate(parts)
        gain = error = None
        outcome: Literal["first", "better", "not better"] = "first"
        because = say("search.first")
        if self.best is not None:
            difference = correct - np.concatenate(self.best.parts[:number])
            gain = float(difference.mean())
            error = float(difference.std(ddof=1) / math.sqrt(len(difference)))
            outcome = "better" if gain > error else "not better"
            because = say(
                f"search.{outcome.replace(' ', '-')}",
                gain=f"{100 * gain:+.1f}",
                error=f"{100 * error:.1f}",
                best=self.best.strategy if backbone is self.best.backbone else _title(self.best),
            )
        self._note(
            Rung(
                backbone=backbone.card.name,
                strategy=strategy,
                outcome=outcome,
                because=because,
                accuracy=float(correct.mean()),
                gain=gain,
                standard_error=error,
                num_examples=len(correct),
                predicted_seconds=predicted,
                seconds=monotonic() - start,
            )
        )
        if outcome != "not better":
            self.best = Best(backbone=backbone, strategy=strategy, parts=parts)
        return outcome

    def _skip(self, backbone: AbstractBackbone, strategy: str, because: str, predicted: float | None) -> None:
        self._note(
            Rung(
                backbone=backbone.card.name,
                strategy=strategy,
                outcome="skipped",
                because=because,
                predicted_seconds=predicted,
            )
        )

    def _note(self, rung: Rung) -> None:
        self.rungs.append(rung)
        self.reporter.show(rung)


def _title(best: Best) -> str:
    return f"{best.strategy} on {Path(best.backbone.card.name).name}"


def _minutes(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"
