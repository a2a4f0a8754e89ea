"""The engine: runs a plan's phases in order on one backbone and returns the trained, calibrated model."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, final

import torch
from torch import Tensor, nn

from injerto.activations.cut.savings import LEAST_GAIN
from injerto.activations.reading import compute_crossings, compute_features
from injerto.activations.store.store import ActivationStore
from injerto.activations.views import View
from injerto.artifacts.model import Model, score_features
from injerto.backbones.backbone import AbstractBackbone
from injerto.core.errors import UsageError
from injerto.core.hashing import digest_json
from injerto.core.messages import say
from injerto.core.plan import FreezePlan, Phase, Plan
from injerto.core.progress import Reporter
from injerto.core.seeds import derive_seed, seeded
from injerto.core.survey import Modality, Split
from injerto.core.training_course import EpochRecord
from injerto.data.items import AbstractItem
from injerto.data.labelled import LabelledData, Splits
from injerto.strategies.freezing import Freezing, make_freeze_plan, resolve_freezing
from injerto.strategies.heads.examples import check_one_label
from injerto.strategies.heads.head import AbstractHead
from injerto.strategies.low_rank import insert_low_rank, merge_low_rank
from injerto.tasks.task import AbstractTask
from injerto.training.checkpoints import Checkpoints, Progress
from injerto.training.descent import Descent, load_weights_now
from injerto.training.fresh_heads import make_fresh_head
from injerto.training.making_folds import FoldMaking, SplitExamples, reads_maps
from injerto.training.planned_cut import PlannedCut, find_cut
from injerto.training.scoring import score
from injerto.training.solving import EstimatorLike, solve_head

_CHECKED_EXAMPLES: Final = 3
"""How many examples a cut is checked on before it is trusted."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Trained:
    """A trained model and what happened on the way."""

    model: Model
    history: tuple[EpochRecord, ...]
    freeze_plans: tuple[FreezePlan, ...]
    facts: dict[str, float | int | str]


@final
@dataclass(kw_only=True)
class Engine:
    """Trains by one plan on one split of the data.

    Args:
        store: where frozen activations are kept; None computes them again in every epoch, with the same result.
        checkpoint_folder: where a killed run continues from; None keeps no checkpoints.
        estimator: a scikit-learn classifier for a phase whose solver is `estimator`; None takes the plan's.
        before_batch: called before each batch of training and of the tune split; what it raises ends the run.
        may_say_nothing: whether a recogniser that learns to say nothing is a result, as of a control, and no failure.
    """

    plan: Plan
    backbone: AbstractBackbone
    task: AbstractTask
    data: LabelledData
    splits: Splits
    reporter: Reporter
    store: ActivationStore | None = None
    checkpoint_folder: Path | None = None
    estimator: EstimatorLike | None = None
    before_batch: Callable[[], None] | None = None
    may_say_nothing: bool = False
    _history: tuple[EpochRecord, ...] = field(init=False, default=())
    _freeze_plans: list[FreezePlan] = field(init=False, default_factory=list)
    _facts: dict[str, float | int | str] = field(init=False, default_factory=dict)
    _head: AbstractHead | None = field(init=False, default=None)
    _known: dict[Split, Tensor] = field(init=False, default_factory=dict)
    """Features of the backbone as it is now."""

    def run(self) -> Trained:
        """Run every phase; raises `ModelError` when the loss stops being a number."""
        self.backbone.to(self.plan.device)
        checkpoints = self._open_checkpoints()
        resume = checkpoints.load() if checkpoints else None
        changed = False
        for index, phase in enumerate(self.plan.phases):
            changed = changed or (phase.solver == "gradient" and phase.trains != "head")
            if resume and index < resume[0].phase_index:
                continue
            if phase.trains == "head" and not reads_maps(self.plan):
                self._know_features()
            if phase.solver == "gradient":
                self._descend(index, phase, checkpoints, resume if resume and resume[0].phase_index == index else None)
            else:
                self._solve(phase)
            if phase.trains != "head":
                self._known.clear()  # They were of another backbone.
        assert self._head is not None
        return Trained(
            model=self._calibrated(changed=changed),
            history=self._history,
            freeze_plans=tuple(self._freeze_plans),
            facts=self._facts,
        )

    @property
    def _examples(self) -> SplitExamples:
        return SplitExamples(plan=self.plan, backbone=self.backbone, task=self.task, data=self.data, splits=self.splits)

    def _open_checkpoints(self) -> Checkpoints | None:
        if self.checkpoint_folder is None or all(phase.solver != "gradient" for phase in self.plan.phases):
            return None
        run = digest_json(
            [self.plan.model_dump(mode="json", exclude={"search", "reasons"}), self.data.digest(), self.backbone.digest]
        )
        return Checkpoints(self.checkpoint_folder, run=run)

    def _solve(self, phase: Phase) -> None:
        self._show_freeze_plan(phase, cut=say("freeze.cut-head"))
        fitted = solve_head(
            self.plan,
            phase,
            self._features("train"),
            self._examples.targets("train"),
            num_classes=len(self.data.labels),
            many_labels=self.data.multi_label,
            estimator=self.estimator,
            taps=self.backbone.taps if self.plan.pool == "taps" else {},
            groups=self._examples.groups("train"),
        )
        self._facts |= fitted.facts
        losses = {
            name.removesuffix("_log_loss"): value
            for name, value in fitted.facts.items()
            if name.endswith("_log_loss") and not name.startswith(("loo", "validation"))
        }
        if losses:
            shown = ", ".join(f"{float(loss):.3f} ({name})" for name, loss in losses.items())
            self.reporter.note("run.linear-head", solver=fitted.facts["solver"], losses=shown)
        if "taps" in fitted.facts:
            self.reporter.note("run.taps", taps=fitted.facts["taps"], steps=fitted.facts["tap_steps"])
        self._head = fitted.head.to(self.plan.device)

    def _descend(
        self,
        index: int,
        phase: Phase,
        checkpoints: Checkpoints | None,
        resume: tuple[Progress, dict[str, Tensor]] | None,
    ) -> None:
        if phase.mixup and phase.trains != "head" and self.backbone.modality is Modality.TEXT:
            raise UsageError("mixup-tokens", phase=phase.name)
        if phase.objective == "pairs":
            check_one_label(self.data.multi_label, "contrastive")
        elif self._head is None:
            self._head = self._fresh_head()
        if phase.objective == "groups":
            check_one_label(self.data.multi_label, "group-dro")
        head = self._head_in(phase)
        if phase.trains == "lora":
            with seeded(derive_seed(self.plan.seed, "lora", index)):
                insert_low_rank(self.backbone, rank=self.plan.lora_rank, num_groups=phase.num_groups)
        if resume:
            load_weights_now(resume[1], network=self.backbone.network, head=head)
            self.reporter.note("run.resumed", phase=phase.name, epoch=resume[0].epoch)
        freezing = resolve_freezing(self.backbone, phase)
        self.backbone.eval()
        planned = self._find_cut(phase, freezing)
        making = FoldMaking(
            examples=self._examples,
            phase=phase,
            head=head,
            store=self.store,
            reporter=self.reporter,
            features=self._features,
            features_of=self._features_of,
        )
        train, tune, where_cut = making.make(freezing.first_group, planned, self._facts)
        self._show_freeze_plan(phase, cut=where_cut)
        num_before = len(self._history)
        self._history = Descent(
            phase=phase,
            phase_index=index,
            backbone=self.backbone,
            head=head,
            freezing=freezing,
            train=train,
            tune=tune,
            seed=self.plan.seed,
            run=checkpoints.run if checkpoints else "",
            reporter=self.reporter,
            checkpoints=checkpoints,
            history=self._history,
            before_batch=self.before_batch,
            exact=self.plan.arithmetic == "exact",
            stops_where_nothing_is_said=not self.may_say_nothing and index == len(self.plan.phases) - 1,
        ).execute(resume)
        if planned is not None:
            self._say_reached(planned, self._history[num_before:])
        if phase.trains == "lora":
            merge_low_rank(self.backbone)
        self.backbone.eval()

    def _fresh_head(self) -> AbstractHead:
        head = make_fresh_head(
            self.plan, self.backbone, labels=self.data.labels, features=lambda: self._features("train")
        )
        return head.to(self.plan.device)

    def _find_cut(self, phase: Phase, freezing: Freezing) -> PlannedCut | None:
        """A checked cut with what reaches it, where storing that is possible and pays."""
        inside = 0 < freezing.first_group < len(self.backbone.layer_groups)
        if self.store is None or not inside or (phase.augment != "none" and not phase.views):
            return None
        items = self._examples.items("train")[:_CHECKED_EXAMPLES]
        found = find_cut(self.backbone, freezing.first_group, items, phase, pool=self.plan.pool)
        if found is None:
            group = self.backbone.layer_groups[freezing.first_group].name
            self.reporter.note("freeze.cut-refused", group=group, backbone=self.backbone.card.name)
            return None
        cut, savings = found
        if savings.predicted < LEAST_GAIN:
            return None
        seen = [view for views_of_all in self._examples.views(phase) for view in views_of_all]
        both = [*(seen or self._examples.items("train")), *self._examples.items("tune")]
        crossings = compute_crossings(
            cut,
            both,
            group_index=freezing.first_group,
            store=self.store,
            precision=self.plan.activation_precision,
            reporter=self.reporter,
        )
        return PlannedCut(cut=cut, savings=savings, crossings=crossings)

    def _say_reached(self, planned: PlannedCut, epochs: Sequence[EpochRecord]) -> None:
        if (gains := planned.gains(epochs)) is None:
            return
        predicted, reached = gains
        self._facts |= {"cut_gain_predicted": predicted, "cut_gain_reached": reached}
        self.reporter.note(
            "freeze.cut-gain", epochs=len(epochs), predicted=f"{predicted:.1f}", reached=f"{reached:.1f}"
        )

    def _head_in(self, phase: Phase) -> nn.Module:
        """What a gradient phase puts on the features; nothing where these themselves are learnt from pairs."""
        if phase.objective == "pairs":
            return nn.Identity()
        assert self._head is not None
        return self._head

    def _calibrated(self, *, changed: bool) -> Model:
        """The model with its temperature, chosen on the tune split, which trained no weight."""
        assert self._head is not None
        model = Model(
            task_name=self.plan.task,
            task=self.task,
            backbone=self.backbone,
            head=self._head.eval(),
            labels=self.data.labels,
            multi_label=self.data.multi_label,
            pool=self.plan.pool,
            backbone_changed=changed or self.plan.from_scratch,
            arithmetic=self.plan.arithmetic,
        )
        if reads_maps(self.plan):
            return model  # A detector has a threshold, which whoever judges it chooses on the tune split.
        if "tune" in self._known:
            scores = score_features(model.head, self._known["tune"])
        else:
            scores = score(model, self._examples.items("tune"), store=self.store, reporter=self.reporter)
        targets = self._examples.targets("tune")
        if not self.data.multi_label and not self.data.transcribed:
            # A label that train does not hold has no score to calibrate; it would drown all others.
            known = torch.isin(targets, self._examples.targets("train"))
            scores, targets = scores[known], targets[known]
        model.temperature = self.task.fit_temperature(scores, targets) if len(targets) else 1.0
        return model

    def _show_freeze_plan(self, phase: Phase, *, cut: str) -> None:
        plan = make_freeze_plan(self.backbone, phase, cut=cut)
        self._freeze_plans.append(plan)
        self.reporter.show(plan)

    def _know_features(self) -> None:
        """Train and tune in one job of the frozen layers: a quicker runtime is prepared once, and pays sooner.

        Where the backbone never changes and there is a store, the test split goes along, for the evidence to find it
        there: its features, which no label has touched, and which nothing here looks at.
        """
        if self.plan.pool == "frames":
            return  # They are read from the disk as they are needed.
        train, tune = self._examples.items("train"), self._examples.items("tune")
        stays_frozen = all(phase.trains == "head" for phase in self.plan.phases)
        test = self._examples.items("test") if self.store is not None and stays_frozen else ()
        found = self._features_of([*train, *tune, *test])
        self._known = {"train": found[: len(train)], "tune": found[len(train) : len(train) + len(tune)]}

    def _features(self, split: Split) -> Tensor:
        return self._known[split] if split in self._known else self._features_of(self._examples.items(split))

    def _features_of(self, items: Sequence[AbstractItem | View]) -> Tensor:
        return compute_features(self.backbone, items, pool=self.plan.pool, store=self.store, reporter=self.reporter)
