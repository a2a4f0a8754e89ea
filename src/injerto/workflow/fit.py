"""`fit`: a trained model and its evidence."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, final

from injerto.activations.store.store import ActivationStore
from injerto.artifacts.model import Model
from injerto.artifacts.saving import save_artifact
from injerto.backbones.backbone import AbstractBackbone
from injerto.backbones.licences import licence_warning
from injerto.backbones.loading import load_backbone
from injerto.core.answers_on_test import AnswersOnTest, SumsOnTest
from injerto.core.arithmetic import Arithmetic
from injerto.core.atomic import check_free
from injerto.core.data_facts import DataFacts
from injerto.core.errors import UsageError
from injerto.core.evidence import Evidence
from injerto.core.input_finding import InputFinding
from injerto.core.limits import LIMIT_OPTIONS, Limits
from injerto.core.outcome import FitOutcome, RuntimeChoice
from injerto.core.plan import FreezePlan, Plan
from injerto.core.progress import Collecting, Reporter, Silent
from injerto.core.record import Record
from injerto.core.sequences import SequenceOptions
from injerto.core.survey import Survey
from injerto.core.training_course import EpochRecord, TrainingCourse
from injerto.evidence.control import Trial
from injerto.evidence.detection.judging import choose_model_threshold
from injerto.evidence.fallback import keep_better
from injerto.evidence.familiarity import measure_familiarity
from injerto.evidence.leaderboard import make_leaderboard, make_plots
from injerto.evidence.readings import read_test, say_readings
from injerto.planning.budget import Budget, parse_budget
from injerto.planning.input_guard.checks import check_backbone_inputs
from injerto.planning.plan_file import read_plan
from injerto.strategies.strategy import parse_strategy
from injerto.training.engine import Engine
from injerto.training.run_folder import forget_run, held_or_none
from injerto.training.solving import EstimatorLike
from injerto.workflow.accounting import Account, estimate_finetuning, work_out_licence
from injerto.workflow.alignable import drop_too_short
from injerto.workflow.comparing_detectors import search_detectors
from injerto.workflow.detection import judge_detector, make_loader
from injerto.workflow.judgement import Judgement
from injerto.workflow.ready import DataOptions, Ready, read_ready
from injerto.workflow.rule import plan_by_rule
from injerto.workflow.search import find_or_search, search_ready
from injerto.workflow.sequences.routing import refuse_idle, sequence_task

if TYPE_CHECKING:
    from injerto.workflow.sequences.fit import SequenceRun

_CONTROLS: Final = ("affordable", "all")


@final
@dataclass(frozen=True, kw_only=True, slots=True)
class Run:
    """A finished `fit`: the model, what was planned, and what was measured."""

    model: Model
    plan: Plan
    survey: Survey
    outcome: FitOutcome
    history: tuple[EpochRecord, ...]
    freeze_plans: tuple[FreezePlan, ...]
    kept: AnswersOnTest | SumsOnTest | None
    """What the artifact keeps of the answers on the test split."""
    reading: DataOptions

    @property
    def evidence(self) -> Evidence:
        """Whether the transfer helped, with intervals."""
        return self.outcome.evidence

    def predict(self, inputs: Any) -> Any:
        """See `Model.predict`."""
        return self.model.predict(inputs)

    def save(self, path: str | Path, *, standalone: bool = False, overwrite: bool = False) -> None:
        """Write the artifact: a folder that `injerto.load` opens. It is complete or absent."""
        outcome = self.outcome.model_copy(update={"artifact": Path(path).name})
        source = self.survey.source
        documents: dict[str, Record] = {
            "leaderboard": make_leaderboard(self.plan, outcome),
            "plots": make_plots(outcome, self.history),
            "training": TrainingCourse(freeze_plans=self.freeze_plans, epochs=self.history),
            "data": DataFacts.of(self.survey, reading=self.reading.given()),
        }
        if self.kept is not None:
            documents["answers" if isinstance(self.kept, AnswersOnTest) else "sums"] = self.kept
        save_artifact(
            self.model,
            self.plan,
            outcome,
            Path(path),
            documents=documents,
            names={source: Path(source).name} if Path(source).is_absolute() else {},
            standalone=standalone,
            overwrite=overwrite,
        )


def fit(
    data: Any,
    plan: Plan | str | Path | None = None,
    *,
    backbone: str | None = None,
    strategy: str | None = None,
    backbones: Sequence[str] = (),
    budget: str | float | None = None,
    epochs: int | None = None,
    seed: int = 0,
    device: str = "auto",
    options: DataOptions | None = None,
    out: str | Path | None = None,
    standalone: bool = False,
    overwrite: bool = False,
    arch: str | None = None,
    size: int | None = None,
    head_estimator: EstimatorLike | None = None,
    controls: Literal["affordable", "all"] = "affordable",
    fallback: bool = True,
    cache: bool = True,
    arithmetic: Arithmetic | None = None,
    texts: SequenceOptions | None = None,
    data_license: str | None = None,
    watts: float | None = None,
    limits: Limits | None = None,
    reporter: Reporter | None = None,
) -> "Run | SequenceRun":
    """Train a model and measure whether the transfer helped.

    Args:
        data: see `inspect`.
        plan: from `plan`, or the file that it wrote, perhaps edited; the options that make a plan are then not allowed.
        backbone: catalogue name, `timm:…`, `hf:…`, folder or file; None takes the one that ships for the modality.
        strategy: for instance `linear-probe`, `lp-ft`, `last-4`, `mlp-head:pool=flatten`; None chooses by rule.
        backbones: with a `budget`, the candidates of the search; see `plan`.
        budget: search first, as `plan` does, and train what it chose; reading and search get half of this time, and
            nothing stops training and evidence where they take more than the rest. A killed run finds the plan again.
            None takes `strategy`, or the rule.
        epochs: passes over the training split of each gradient phase; None leaves it to the recipe.
        seed: fixes the split, the initial weights, the order and the resampling.
        device: `auto`, `cpu`, `cuda`, `cuda:1`, `mps`.
        out: where to write the artifact; checked to be free before the work starts. A killed run continues there.
        standalone: include an unchanged backbone in the artifact too.
        arch: architecture of a single weights file.
        size: for detection, pixels of the longer side in which whole pictures are read; None is 320 on a CPU, else 640.
        head_estimator: a scikit-learn classifier as head, with `strategy="estimator"`.
        controls: `affordable`, or `all`: also those that take longer than the training of the model.
        fallback: where the head on the frozen backbone beats a fine-tuned model on tune, keep that head's model.
        cache: keep activations of frozen layers on disk; False computes them again, in float32.
        arithmetic: how coarsely frozen layers may be computed, `exact` (float32, and so is training), `close` (half
            precision too where it is nearly equal), or `int8` (integers of eight bits too, their error being measured
            and at most a twentieth); None takes the plan's, or `close`.
        texts: for a task whose answer is a text, how texts or pairs of texts are read.
        data_license: SPDX name of the licence of the data, such as `cc-by-4.0`: what binds the model is worked out.
        watts: what the machine draws under load, for an estimate of energy where nothing counts it.
        limits: with a `budget`, what a candidate may need; see `plan`.

    Returns:
        A `SequenceRun` where `options.task` is `text-generation` or `translation`.

    Raises:
        DataError, UsageError, ModelError, ResourceError, HubError: see each one's `do`.
    """
    if plan is not None and any(value is not None for value in (backbone, strategy, epochs, budget)):
        raise UsageError("plan-and-options")
    if budget is not None and (strategy is not None or epochs is not None or head_estimator is not None):
        raise UsageError("budget-and-strategy")
    if limits is not None and budget is None:
        raise UsageError("limits-without-search")
    if sequence_task(task := named_task(options, plan)) is not None:
        options = (options or DataOptions()).model_copy(update={"task": task})
        idle = {
            "--backbones": backbones,
            "--arch": arch,
            "head_estimator": head_estimator,
            LIMIT_OPTIONS: limits,
        }
        refuse_idle(str(task), idle | options.idle_for_texts())
        from injerto.workflow.sequences.fit import fit_sequences  # Seconds, for transformers.

        return fit_sequences(
            data,
            task=str(task),
            options=options.with_text_column(texts),
            backbone=backbone,
            strategy=strategy,
            plan=plan,
            budget=budget,
            epochs=epochs,
            seed=seed,
            device=device,
            out=out,
            standalone=standalone,
            overwrite=overwrite,
            controls=controls,
            cache=cache,
            arithmetic=arithmetic,
            data_license=data_license,
            watts=watts,
            reporter=reporter,
        )
    start, account = time.monotonic(), Account(watts)
    reporter = Collecting(reporter or Silent(), RuntimeChoice)
    if controls not in _CONTROLS:
        raise UsageError("unknown-name", kind="choice of controls", name=controls, near="", names=", ".join(_CONTROLS))
    destination = Path(out) if out is not None else None
    if destination is not None:
        check_free(destination, overwrite=overwrite)
    if backbones and backbone is not None:
        raise UsageError("backbones-and-backbone")
    if backbones and budget is None:
        raise UsageError("backbones-without-budget")
    seconds = parse_budget(budget) if isinstance(budget, str) else budget
    half = Budget(None if seconds is None else seconds / 2)
    if plan is not None and not isinstance(plan, Plan):
        plan, fits_still = read_plan(Path(plan))
        if not fits_still:
            # Backbone or strategy were edited: phases are made for what they are now.
            backbone, strategy, seed, device, plan = plan.backbone, plan.strategy, plan.seed, plan.device, None
    names = () if seconds is None else (backbone,) if backbone is not None else tuple(backbones)
    # Before the data are read: a misspelt name is said at once.
    loaded = [load_backbone(name, arch=arch, seed=seed) for name in names]
    options = _with_groups(options or DataOptions(), plan, strategy)
    ready = read_ready(data, options, plan.seed if plan else seed, reporter)
    reporter.show(ready.survey)
    for name, value in {"--backbones": backbones, LIMIT_OPTIONS: limits}.items():
        if ready.finds_boxes and value:
            raise UsageError("task-no-option", option=name, task=ready.task_name)
    with held_or_none(destination, overwrite=overwrite) as run_folder:
        if seconds is not None:
            search = partial(search_ready, ready, loaded, half, seed, device, arch, reporter, limits=limits)
            if ready.finds_boxes:
                search = partial(
                    search_detectors,
                    ready,
                    backbone,
                    budget=half,
                    size=size,
                    seed=seed,
                    device=device,
                    arch=arch,
                    reporter=reporter,
                )
            asked = [ready.data.digest(), *names, arch, seconds, seed, device, *([size] if size else [])]
            asked += [limits.model_dump_json()] if limits is not None else []
            plan = find_or_search(run_folder, asked, search)
        if plan is None:
            strategy = strategy or ("estimator" if head_estimator is not None else None)
            plan, grown = plan_by_rule(ready, backbone, strategy, epochs, seed, device, arch, size)
        else:
            grown = make_loader(plan, arch)()
        ready = drop_too_short(ready, grown, reporter)
        if arithmetic is not None:
            plan = plan.model_copy(update={"arithmetic": arithmetic})
        reporter.show(plan)
        findings = () if plan.from_scratch or ready.finds_boxes else _guard(grown, ready, reporter)
        if (warning := licence_warning(grown.card)) is not None:
            reporter.note("run.licence", warning=warning)
        licence = work_out_licence(grown.card, data_license, from_scratch=plan.from_scratch, reporter=reporter)
        if head_estimator is not None and destination is not None:
            from injerto.strategies.heads.estimators import check_storable

            check_storable(head_estimator)
        run_name = str(destination) if destination is not None else None
        store = ActivationStore(run=run_name, arithmetic=plan.arithmetic) if cache else None
        load = make_loader(plan, arch)
        trained = Engine(
            plan=plan,
            backbone=load(pretrained=False) if plan.from_scratch else grown,
            task=ready.task(),
            data=ready.data,
            splits=ready.splits,
            reporter=reporter,
            store=store,
            checkpoint_folder=run_folder,
            estimator=head_estimator,
        ).run()
        tuned = {phase.name for phase in plan.phases if phase.trains != "head"}
        trial = Trial(
            plan=plan,
            task=ready.task(),
            data=ready.data,
            splits=ready.splits,
            load_backbone=load,
            store=store,
            reporter=reporter,
            findings=findings,
            num_epochs=sum(record.phase in tuned for record in trained.history),
            all_controls=controls == "all",
        )
        history, freeze_plans = trained.history, trained.freeze_plans
        fell_back = None
        if ready.finds_boxes:
            trained.model.threshold = choose_model_threshold(trained.model, trial)
        elif fallback:
            trained, plan, fell_back = keep_better(trained, trial)
            trial = replace(trial, plan=plan)
        trained.model.familiarity = measure_familiarity(trained.model, trial)
        before = read_test(trial, destination)
        judged = (judge_detector if ready.finds_boxes else Judgement.of_labels)(trained.model, trial)
        first = ready.data.examples[int(ready.splits.train[0])].item
        flop = estimate_finetuning(plan, history, trained.model.backbone, first, len(ready.splits.train))
        seconds = time.monotonic() - start
        outcome = FitOutcome(
            task=ready.task_name,
            backbone=plan.backbone,
            strategy=plan.strategy,
            seed=plan.seed,
            labels=ready.data.labels,
            num_train=len(ready.splits.train),
            num_tune=len(ready.splits.tune),
            num_test=len(ready.splits.test),
            metrics=judged.metrics,
            head_facts={name: value for name, value in trained.facts.items() if name != "seconds"},
            runtimes=tuple(reporter.found),
            temperature=trained.model.temperature,
            detection=judged.detection,
            label_efficiency=judged.label_efficiency,
            evidence=judged.evidence,
            fallback=fell_back,
            earlier_readings=before or (),
            readings_sentence=say_readings(before, num_examples=len(ready.splits.test)),
            notes=ready.survey.notes,
            spent=account.close(grown.card, finetuning_flop=flop, seconds=seconds, from_scratch=plan.from_scratch),
            licence=licence,
            seconds=seconds,
            artifact=str(destination) if destination is not None else None,
        )
        run = Run(
            model=trained.model,
            plan=plan,
            survey=ready.survey,
            outcome=outcome,
            history=history,
            freeze_plans=freeze_plans,
            kept=judged.kept,
            reading=options,
        )
        if destination is not None:
            run.save(destination, standalone=standalone, overwrite=overwrite)
            forget_run(destination)
    reporter.show(outcome)
    return run


def named_task(options: DataOptions | None, plan: Plan | str | Path | None) -> str | None:
    """The task that was asked for, by its name or by a plan of it."""
    if plan is None or (options is not None and options.task is not None):
        return None if options is None else options.task
    return (plan if isinstance(plan, Plan) else read_plan(Path(plan))[0]).task


def _with_groups(options: DataOptions, plan: Plan | None, strategy: str | None) -> DataOptions:
    """The column of groups is read too where a strategy balances them."""
    if plan is not None:
        by = plan.head_options.get("by")
    else:
        by = parse_strategy(strategy).head_options().get("by") if strategy is not None else None
    return options.model_copy(update={"attribute_columns": (str(by),)}) if by else options


def _guard(grown: AbstractBackbone, ready: Ready, reporter: Reporter) -> tuple[InputFinding, ...]:
    """One line for each way in which the weights do not know inputs as their contract makes them."""
    train = ready.splits.train
    items = [ready.data.examples[i].item for i in train]
    findings = check_backbone_inputs(grown, items, ready.data.targets()[train])
    for finding in findings:
        reporter.note("run.input", sentence=finding.sentence)
    return findings
