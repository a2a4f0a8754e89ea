"""The first pass over all candidates: predicted, fitted into its share of the budget, run, and compared with that."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, final

import numpy as np

from injerto.activations.reading import compute_features, compute_features_of_several, store_features
from injerto.activations.store.store import ActivationStore
from injerto.backbones.backbone import AbstractBackbone
from injerto.core.limits import Limits
from injerto.core.messages import say
from injerto.core.plan import Plan
from injerto.core.progress import Reporter
from injerto.core.search import BackboneScore, CandidateCost, PassTime
from injerto.core.seeds import derive_seed
from injerto.core.similarity import Similarity
from injerto.data.items import AbstractItem
from injerto.data.labelled import LabelledData
from injerto.planning.budget import Budget, OutOfTimeError
from injerto.planning.limiting import check_some_left, refuse_latency, refuse_memory
from injerto.planning.prediction import Foresight
from injerto.planning.ranking import choose_examples, rank, score_backbone
from injerto.planning.similarity import NUM_EXAMPLES, NUM_REFERENCE, measure_similarity
from injerto.planning.stopping import Stopping
from injerto.planning.timing import CandidateTiming, scale_timing, time_candidate

_PASS_SHARE: Final = 0.5
"""Of what is left of the budget: the race that follows has to say more than the scores do."""
_PASS_LIMIT: Final = 0.7
"""Of what is left, after which a pass that was predicted wrongly is stopped."""
_TIMING_SHARE: Final = 0.15
"""Of the budget for timing the candidates; those that come after are scaled by their operations."""
_ENOUGH_TO_SCORE: Final = 200
"""Examples that are scored before a candidate is left out to save time."""
_LEAST_TO_SCORE: Final = 24
"""Examples that the last candidate is scored on, however late it is."""
_SIMILARITY_SHARE: Final = 0.03
"""Of what is left of the budget, which a look at how like the data are to a candidate's source may take."""
_PARTS: Final = (4, 2, 1)
"""With a deadline the pass goes over a quarter, a half and all of the examples, so that what is done by then is of the
same examples for every candidate."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FirstPass:
    """What came of it."""

    scores: tuple[BackboneScore, ...]
    costs: tuple[CandidateCost, ...]
    timings: dict[str, CandidateTiming]
    """By spec."""
    time: PassTime
    left_out: dict[str, str]
    """Candidates that there was no time for, and why."""


@final
@dataclass(kw_only=True)
class Passing:
    """Makes the first pass.

    Args:
        plans_of: the plans of a race's trials on a candidate, for what they would cost.
        sizes: train, tune and test of one trial.
    """

    data: LabelledData
    positions: np.ndarray
    store: ActivationStore
    budget: Budget
    foresight: Foresight
    plans_of: Callable[[AbstractBackbone], Sequence[Plan]]
    sizes: tuple[int, int, int]
    seed: int
    reporter: Reporter
    limits: Limits = field(default_factory=Limits)
    reference: Sequence[AbstractItem] = ()
    _left_out: dict[str, str] = field(init=False, default_factory=dict)

    def run(self, backbones: Sequence[AbstractBackbone]) -> FirstPass:
        """Predict, choose examples and candidates that fit, compute and score; raises `UsageError` if no one may."""
        timings = self._keep_to_memory(self._time(self._keep_to_latency(backbones)))
        allowed = _PASS_SHARE * self.budget.left
        kept, number = self._fit(timings, allowed)
        costs = tuple(self.foresight.describe(one, self.plans_of(one.backbone), number, self.sizes) for one in kept)
        predicted = self.foresight.predict_pass(kept, number)
        self.reporter.note(
            "search.first-pass", candidates=len(kept), number=number, seconds=f"{predicted:.0f}", limit=self._limit()
        )
        start = time.monotonic()
        found, scored = self._run(kept, number)
        seconds = time.monotonic() - start
        by_spec = {one.backbone.spec: one for one in kept}
        found = [
            score.model_copy(update={"similarity": self._compare_with_source(by_spec[score.spec])}) for score in found
        ]
        if len(found) == len(kept) and scored == number:
            self.foresight.note_pass(kept, number, predicted=predicted, seconds=seconds)
        return FirstPass(
            scores=rank(found),
            costs=costs,
            timings={one.backbone.spec: one for one in kept},
            time=PassTime(predicted_seconds=predicted, seconds=seconds, num_planned=number, num_scored=scored),
            left_out=self._left_out,
        )

    def complete(self, first: FirstPass, backbones: Sequence[AbstractBackbone]) -> list[AbstractBackbone]:
        """Compute what the pass left out of the best, so that every trial finds its features; those it was done for.

        One for whose features there is no time is left out with its reason.
        """
        done = []
        items = [self.data.examples[i].item for i in self.positions]
        for backbone in backbones:
            number = len(self.positions) - first.time.num_scored
            needed = number * first.timings[backbone.spec].pass_speed.seconds_per_item
            try:
                if needed > _PASS_SHARE * self.budget.left:
                    raise OutOfTimeError
                stopping = Stopping(self.reporter, self.budget)
                taps_ND = compute_features(backbone, items, pool="taps", store=self.store, reporter=stopping)
            except OutOfTimeError:
                first.left_out[backbone.card.name] = say(
                    "search.rest-too-long", predicted=f"{needed:.0f}", left=f"{self.budget.left:.0f}"
                )
                continue
            pooled_ND = taps_ND[:, -backbone.taps["pooled"] :]
            store_features(backbone, items, pooled_ND, pool="pooled", store=self.store)
            done.append(backbone)
        return done

    def _time(self, backbones: Sequence[AbstractBackbone]) -> list[CandidateTiming]:
        """The smallest first: where time runs out, the others are told from it."""
        chosen = choose_examples(self.positions, seed=self.seed)
        shuffled = np.random.default_rng(self.seed).permutation(chosen)
        items = [self.data.examples[i].item for i in shuffled]
        until = self.budget.spent + _TIMING_SHARE * self.budget.left
        timings: list[CandidateTiming] = []
        for backbone in sorted(backbones, key=_size):
            if not timings or self.budget.spent < until:
                known = time_candidate(
                    backbone,
                    items,
                    store=self.store,
                    num_classes=len(self.data.labels),
                    is_first=not timings,
                )
                timings.append(known)
            else:
                timings.append(scale_timing(timings[0], backbone, items))
        return timings

    def _keep_to_latency(self, backbones: Sequence[AbstractBackbone]) -> list[AbstractBackbone]:
        item = self.data.examples[int(self.positions[0])].item
        kept = []
        for backbone in backbones:
            because = refuse_latency(backbone, item, self.limits)
            if because is None:
                kept.append(backbone)
            else:
                self._left_out[backbone.card.name] = because
        check_some_left(len(kept), self._left_out)
        return kept

    def _keep_to_memory(self, timings: Sequence[CandidateTiming]) -> list[CandidateTiming]:
        """Candidates whose first trial, a head, fits."""
        kept = []
        for timing in timings:
            plans = self.plans_of(timing.backbone)
            because = refuse_memory(timing, plans[0], self.sizes[0], self.limits) if plans else None
            if because is None:
                kept.append(timing)
            else:
                self._left_out[timing.backbone.card.name] = because
        check_some_left(len(kept), self._left_out)
        return kept

    def _compare_with_source(self, timing: CandidateTiming) -> Similarity | None:
        """A pass of its own over few examples: the store keeps pooled features, and batch norms see all of a map."""
        number = NUM_EXAMPLES + min(len(self.reference), NUM_REFERENCE)
        if number * timing.read_and_forward > _SIMILARITY_SHARE * self.budget.left:
            return None
        order = np.random.default_rng(derive_seed(self.seed, "similarity")).permutation(self.positions)
        items = [self.data.examples[i].item for i in order]
        return measure_similarity(timing.backbone, items, reference=self.reference, store=self.store)

    def _fit(self, timings: Sequence[CandidateTiming], allowed: float) -> tuple[list[CandidateTiming], int]:
        """Candidates and number of examples; examples go before candidates do, and the quickest always stays."""
        everything = min(len(self.positions), timings[0].num_items)
        kept, number = list(timings), everything
        while self.foresight.predict_pass(kept, number) > allowed:
            least = min(everything, _ENOUGH_TO_SCORE if len(kept) > 1 else _LEAST_TO_SCORE)
            if number > least:
                number = max(least, int(0.8 * number))
            elif len(kept) == 1:
                break
            else:
                slowest = max(kept, key=lambda one: self.foresight.predict_pass([one], number))
                needed = self.foresight.predict_pass([slowest], number)
                kept.remove(slowest)
                self._left_out[slowest.backbone.card.name] = say(
                    "search.pass-too-long", predicted=f"{needed:.0f}", number=number, left=f"{allowed:.0f}"
                )
                number = everything
        return kept, number

    def _run(self, kept: Sequence[CandidateTiming], number: int) -> tuple[list[BackboneScore], int]:
        """Scores, and of how many examples."""
        backbones = [one.backbone for one in kept]
        scored = self._compute(backbones, number)
        if scored == 0:
            # Not even a part was done by the deadline: the quickest on the fewest that say anything.
            backbones, scored = backbones[:1], min(number, _LEAST_TO_SCORE)
            for one in kept[1:]:
                self._left_out[one.backbone.card.name] = say("search.over")
        while (
            self.foresight.predict_scores(kept[: len(backbones)], scored) > self.budget.left
            and scored > _LEAST_TO_SCORE
        ):
            scored = max(_LEAST_TO_SCORE, int(0.8 * scored))
        found: list[BackboneScore] = []
        chosen = choose_examples(self.positions, seed=self.seed, most=scored)
        items = [self.data.examples[i].item for i in chosen]
        for backbone in backbones:
            if found and self.budget.left == 0:
                self._left_out[backbone.card.name] = say("search.over")
                continue
            taps_ND = compute_features(backbone, items, pool="taps", store=self.store)
            found.append(score_backbone(backbone, taps_ND, self.data, chosen, store=self.store, seed=self.seed))
        return found, scored

    def _compute(self, backbones: Sequence[AbstractBackbone], number: int) -> int:
        """Features of every candidate, stored; of how many examples they are complete."""
        done = 0
        limit = Budget(None if self.budget.seconds is None else _PASS_LIMIT * self.budget.left)
        parts = _PARTS if self.budget.seconds is not None else (1,)
        for part in parts:
            chosen = choose_examples(self.positions, seed=self.seed, most=-(-number // part))
            items = [self.data.examples[i].item for i in chosen]
            try:
                compute_features_of_several(
                    backbones, items, pool="taps", store=self.store, reporter=Stopping(self.reporter, limit)
                )
            except OutOfTimeError:
                break
            done = len(items)
        return done

    def _limit(self) -> str:
        return "" if self.budget.seconds is None else say("search.of-left", left=f"{self.budget.left:.0f}")


def _size(backbone: AbstractBackbone) -> int:
    return sum(group.num_parameters for group in backbone.layer_groups)
