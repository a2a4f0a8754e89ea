"""The user's story in a few calls: inspect, plan, fit, load, evaluate."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, final

from injerto.activations.store.store import ActivationStore
from injerto.artifacts.loading import load_artifact
from injerto.artifacts.model import Model
from injerto.artifacts.saving import save_artifact
from injerto.backbones.backbone import AbstractBackbone
from injerto.backbones.licences import licence_warning
from injerto.backbones.loading import load_backbone
from injerto.core.atomic import check_free
from injerto.core.errors import UsageError
from injerto.core.evidence import Evidence
from injerto.core.outcome import Evaluation, FitOutcome, RuntimeChoice
from injerto.core.plan import FreezePlan, Plan
from injerto.core.progress import Collecting, Reporter, Silent
from injerto.core.record import Record
from injerto.core.survey import Survey
from injerto.data.labelled import LabelledData, Splits
from injerto.data.reading import read_data
from injerto.data.splitting import make_splits
from injerto.data.surveying import make_survey
from injerto.evidence.control import Trial
from injerto.evidence.evaluating import measure_evaluation
from injerto.evidence.judging import measure_evidence
from injerto.evidence.searching import search
from injerto.planning.budget import Budget, parse_budget
from injerto.planning.default_plan import choose_backbone_name, make_plan
from injerto.planning.input_guard.checks import check_backbone_inputs
from injerto.planning.plan_file import read_plan, write_plan
from injerto.tasks.task import AbstractTask, tasks
from injerto.training.checkpoints import EpochRecord
from injerto.training.engine import Engine
from injerto.training.run_folder import forget_run, held_run_folder
from injerto.training.solving import EstimatorLike


class DataOptions(Record):
    """How data are read; every field has the meaning of the command-line option of its name."""

    task: str | None = None
    text_column: str | None = None
    label_column: str | None = None
    image_column: str | None = None
    group_column: str | None = None
    label_separator: str | None = None


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

    @property
    def evidence(self) -> Evidence:
        """Whether the transfer helped, with intervals."""
        return self.outcome.evidence

    def predict(self, inputs: Any) -> Any:
        """See `Model.predict`."""
        return self.model.predict(inputs)

    def save(self, path: str | Path, *, standalone: bool = False, overwrite: bool = False) -> None:
        """Write the artifact: a folder that `injerto.load` opens. It is complete or absent."""
        outcome = self.outcome.model_copy(update={"artifact": str(path)})
        save_artifact(self.model, self.plan, outcome, Path(path), standalone=standalone, overwrite=overwrite)


@final
@dataclass(frozen=True, kw_only=True, slots=True)
class _Ready:
    """Data that were read, split and surveyed."""

    task_name: str
    data: LabelledData
    splits: Splits
    survey: Survey

    def task(self) -> AbstractTask:
        return tasks.get(self.task_name)(many_labels=self.data.multi_label)


def inspect(
    data: Any, *, options: DataOptions | None = None, seed: int = 0, reporter: Reporter | None = None
) -> Survey:
    """Survey a data set: task, classes, sizes, splits, duplicates, leaks, and everything that is wrong with it.

    Args:
        data: a folder or table, a Hugging Face data set, a pandas or polars frame, or a pair (inputs, labels).
        options: columns and task, where they cannot be found by themselves.
        seed: of the split that is surveyed.

    Raises:
        DataError: when nothing can be learnt from the data as they are.
    """
    return _read(data, options or DataOptions(), seed, reporter or Silent()).survey


def plan(
    data: Any,
    *,
    backbone: str | None = None,
    backbones: Sequence[str] = (),
    strategy: str | None = None,
    budget: str | float | None = "10m",
    epochs: int | None = None,
    seed: int = 0,
    device: str = "auto",
    options: DataOptions | None = None,
    arch: str | None = None,
    out: str | Path | None = None,
    overwrite: bool = False,
    reporter: Reporter | None = None,
) -> Plan:
    """Which backbone and which strategy, with the measurements that say so.

    Candidates are scored from one forward pass each; the best three are raced on parts of the training data that a
    trial has not seen, by strategies in the order of their cost. The test split is not read. With a `strategy` nothing
    is searched: the plan of that strategy on `backbone` is made.

    Args:
        data: see `inspect`.
        backbone: the only candidate.
        backbones: the candidates; without any, those of the catalogue that are here: shipped, or in the hub's cache.
        strategy: what is wanted, instead of a search.
        budget: what the search may take: seconds, or `90s`, `10m`, `1h`; None sets no limit. What is predicted to take
            longer than what is left is not started.
        epochs: see `fit`; only with a `strategy`.
        seed: see `fit`.
        device: see `fit`.
        options: see `inspect`.
        arch: see `fit`.
        out: a TOML file for the plan, which `fit` takes.
        overwrite: replace `out` where it exists.

    Raises:
        DataError, UsageError, ModelError, ResourceError, HubError: see each one's `do`.
    """
    if strategy is None and epochs is not None:
        raise UsageError("epochs-without-strategy")
    if backbones and (backbone is not None or strategy is not None):
        raise UsageError("backbones-and-backbone")
    limit = Budget(parse_budget(budget) if isinstance(budget, str) else budget)
    path = Path(out) if out is not None else None
    if path is not None and path.exists() and not overwrite:
        raise UsageError("plan-exists", path=path)
    reporter = reporter or Silent()
    named = () if strategy is not None else (backbone,) if backbone is not None else tuple(backbones)
    # Before the data are read: a misspelt name is said at once.
    loaded = [load_backbone(name, arch=arch, seed=seed) for name in named]
    ready = _read(data, options or DataOptions(), seed, reporter)
    if strategy is not None:
        made, _ = _make_plan(ready, backbone, strategy, epochs, seed, device, arch)
    else:
        made = search(
            ready.task_name,
            ready.data,
            ready.splits,
            loaded,
            budget=limit,
            seed=seed,
            device=choose_device(device),
            arch=arch,
            reporter=reporter,
        )
    if path is not None:
        write_plan(made, path)
    return made


def fit(
    data: Any,
    plan: Plan | str | Path | None = None,
    *,
    backbone: str | None = None,
    strategy: str | None = None,
    epochs: int | None = None,
    seed: int = 0,
    device: str = "auto",
    options: DataOptions | None = None,
    out: str | Path | None = None,
    standalone: bool = False,
    overwrite: bool = False,
    arch: str | None = None,
    head_estimator: EstimatorLike | None = None,
    cache: bool = True,
    reporter: Reporter | None = None,
) -> Run:
    """Train a model and measure whether the transfer helped.

    Args:
        data: see `inspect`.
        plan: from `plan`, or the file that it wrote, perhaps edited; the options that make a plan are then not allowed.
        backbone: catalogue name, `timm:…`, `hf:…`, folder or file; None takes the one that ships for the modality.
        strategy: for instance `linear-probe`, `lp-ft`, `last-4`, `mlp-head:pool=flatten`; None chooses by rule.
        epochs: passes over the training split of each gradient phase; None leaves it to the recipe.
        seed: fixes the split, the initial weights, the order and the resampling.
        device: `auto`, `cpu`, `cuda`, `cuda:1`, `mps`.
        out: where to write the artifact; checked to be free before the work starts. A killed run continues there.
        standalone: include an unchanged backbone in the artifact too.
        arch: architecture of a single weights file.
        head_estimator: a scikit-learn classifier as head, with `strategy="estimator"`.
        cache: keep activations of frozen layers on disk; False computes them again, with the same result.

    Raises:
        DataError, UsageError, ModelError, ResourceError, HubError: see each one's `do`.
    """
    start = time.monotonic()
    reporter = Collecting(reporter or Silent(), RuntimeChoice)
    destination = Path(out) if out is not None else None
    if destination is not None:
        check_free(destination, overwrite=overwrite)
    if plan is not None and any(value is not None for value in (backbone, strategy, epochs)):
        raise UsageError("plan-and-options")
    if plan is not None and not isinstance(plan, Plan):
        plan, fits_still = read_plan(Path(plan))
        if not fits_still:
            # Backbone or strategy were edited: phases are made for what they are now.
            backbone, strategy, seed, device, plan = plan.backbone, plan.strategy, plan.seed, plan.device, None
    ready = _read(data, options or DataOptions(), plan.seed if plan else seed, reporter)
    reporter.show(ready.survey)
    if plan is None:
        strategy = strategy or ("estimator" if head_estimator is not None else None)
        plan, grown = _make_plan(ready, backbone, strategy, epochs, seed, device, arch)
    else:
        grown = load_backbone(plan.backbone, arch=arch)
    reporter.show(plan)
    if not plan.from_scratch:
        _guard(grown, ready, reporter)
    if (warning := licence_warning(grown.card)) is not None:
        reporter.note("run.licence", warning=warning)
    if head_estimator is not None and destination is not None:
        from injerto.strategies.heads.estimators import check_storable

        check_storable(head_estimator)
    store = ActivationStore(run=str(destination) if destination is not None else None) if cache else None
    load = partial(load_backbone, plan.backbone, arch=arch, seed=plan.seed)
    with _held(destination, overwrite=overwrite) as checkpoint_folder:
        trained = Engine(
            plan=plan,
            backbone=load(pretrained=False) if plan.from_scratch else grown,
            task=ready.task(),
            data=ready.data,
            splits=ready.splits,
            reporter=reporter,
            store=store,
            checkpoint_folder=checkpoint_folder,
            estimator=head_estimator,
        ).run()
        trial = _make_trial(ready, plan, load, store, reporter)
        evidence, metrics = measure_evidence(trained.model, trial)
        outcome = FitOutcome(
            task=ready.task_name,
            backbone=plan.backbone,
            strategy=plan.strategy,
            seed=plan.seed,
            labels=ready.data.labels,
            num_train=len(ready.splits.train),
            num_tune=len(ready.splits.tune),
            num_test=len(ready.splits.test),
            metrics=metrics,
            head_facts={name: value for name, value in trained.facts.items() if name != "seconds"},
            runtimes=tuple(reporter.found),
            temperature=trained.model.temperature,
            evidence=evidence,
            notes=ready.survey.notes,
            seconds=time.monotonic() - start,
            artifact=str(destination) if destination is not None else None,
        )
        run = Run(
            model=trained.model,
            plan=plan,
            survey=ready.survey,
            outcome=outcome,
            history=trained.history,
            freeze_plans=trained.freeze_plans,
        )
        if destination is not None:
            run.save(destination, standalone=standalone, overwrite=overwrite)
            forget_run(destination)
    reporter.show(outcome)
    return run


def load(path: str | Path, *, device: str = "auto") -> Model:
    """The trained model of an artifact folder.

    Raises:
        UsageError: there is no such folder.
        ModelError: it is incomplete, was changed after it was written, or its backbone is not what it was.
    """
    return load_artifact(Path(path), device=choose_device(device))


def evaluate(
    path: str | Path,
    data: Any,
    *,
    split: str | None = None,
    options: DataOptions | None = None,
    device: str = "auto",
    seed: int = 0,
    reporter: Reporter | None = None,
) -> Evaluation:
    """Measure an artifact on labelled data, all of it, or the split of that name where the data give splits.

    Unreadable items are never dropped in silence: the score comes with the bounds that they leave open.
    """
    reporter = reporter or Silent()
    model = load(path, device=device)
    asked = (options or DataOptions()).model_copy(update={"task": model.task_name})
    read = read_data(data, reporter=reporter, **asked.model_dump())
    if split is not None:
        read = read.subset([i for i, example in enumerate(read.examples) if example.split == split])
    return measure_evaluation(model, read, path=str(path), seed=seed, reporter=reporter)


def choose_device(asked: str) -> str:
    """`auto` is CUDA where there is one, then Apple's, then the CPU; raises `UsageError` for one that is not there."""
    import torch

    available = ["cpu"]
    if torch.backends.mps.is_available():
        available.insert(0, "mps")
    if torch.cuda.is_available():
        available[0:0] = ["cuda", *(f"cuda:{i}" for i in range(torch.cuda.device_count()))]
    if asked == "auto":
        return available[0]
    if asked not in available:
        raise UsageError("device-missing", device=asked, names=", ".join(available))
    return asked


def _read(data: Any, options: DataOptions, seed: int, reporter: Reporter) -> _Ready:
    read = read_data(data, reporter=reporter, **options.model_dump())
    splits = make_splits(read, seed=seed)
    task_name = options.task or f"{read.modality}-classification"
    if tasks.get(task_name).modality is not read.modality:
        raise UsageError("task-modality", task=task_name, modality=read.modality, source=read.source)
    return _Ready(task_name=task_name, data=read, splits=splits, survey=make_survey(read, splits, task=task_name))


def _make_plan(
    ready: _Ready,
    backbone: str | None,
    strategy: str | None,
    epochs: int | None,
    seed: int,
    device: str,
    arch: str | None,
) -> tuple[Plan, AbstractBackbone]:
    name, reason = choose_backbone_name(backbone, ready.data.modality)
    grown = load_backbone(name, arch=arch, seed=seed)
    if grown.modality is not ready.data.modality:
        raise UsageError("backbone-modality", backbone=name, modality=grown.modality, data=ready.data.modality)
    made = make_plan(
        task=ready.task_name,
        data=ready.data,
        splits=ready.splits,
        backbone=grown,
        backbone_reason=reason,
        strategy=strategy,
        epochs=epochs,
        seed=seed,
        device=choose_device(device),
    )
    return made, grown


def _guard(grown: AbstractBackbone, ready: _Ready, reporter: Reporter) -> None:
    """One line for each way in which the weights do not know inputs as their contract makes them."""
    train = ready.splits.train
    items = [ready.data.examples[i].item for i in train]
    for finding in check_backbone_inputs(grown, items, ready.data.targets()[train]):
        reporter.note("run.input", sentence=finding.sentence)


def _make_trial(
    ready: _Ready,
    plan: Plan,
    load_again: Callable[..., AbstractBackbone],
    store: ActivationStore | None,
    reporter: Reporter,
) -> Trial:
    return Trial(
        plan=plan,
        task=ready.task(),
        data=ready.data,
        splits=ready.splits,
        load_backbone=load_again,
        store=store,
        reporter=reporter,
    )


@contextmanager
def _held(destination: Path | None, *, overwrite: bool) -> Iterator[Path | None]:
    """The run folder, held by this run alone, the output still free: another run may have ended there meanwhile."""
    if destination is None:
        yield None
        return
    with held_run_folder(destination) as folder:
        check_free(destination, overwrite=overwrite)
        yield folder
