"""`fit` for tasks whose answer is a text: a trained model and its evidence."""

import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Literal, final

from injerto.activations.store.store import ActivationStore
from injerto.artifacts.sequence_model import SequenceModel
from injerto.artifacts.sequence_saving import save_sequence_artifact
from injerto.backbones.sequences.plain import is_plain
from injerto.core.answers_on_test import SumsOnTest
from injerto.core.arithmetic import Arithmetic
from injerto.core.atomic import check_free
from injerto.core.data_facts import DataFacts
from injerto.core.messages import say
from injerto.core.plan import FreezePlan, Plan
from injerto.core.progress import Reporter, Silent
from injerto.core.sequences import LengthFacts, SequenceEvidence, SequenceOptions, SequenceOutcome
from injerto.core.survey import Survey
from injerto.core.training_course import EpochRecord, TrainingCourse
from injerto.evidence.readings import digest_test, record_reading, say_readings
from injerto.evidence.sequences.control import SequenceTrial
from injerto.evidence.sequences.judging import measure_sequence_evidence
from injerto.planning.budget import Budget, parse_budget
from injerto.training.run_folder import forget_run, held_or_none
from injerto.training.sequence_engine import SequenceEngine
from injerto.workflow.accounting import Account, estimate_of_texts, work_out_licence
from injerto.workflow.device import choose_device
from injerto.workflow.search import find_or_search
from injerto.workflow.sequences.plan import check_plain, plan_ready, read_sequence_plan
from injerto.workflow.sequences.ready import (
    choose_sequence_backbone,
    count_lengths,
    make_rows,
    read_ready_sequences,
    say_inherited,
)


@final
@dataclass(frozen=True, kw_only=True, slots=True)
class SequenceRun:
    """A finished `fit`: the model, what was planned, and what was measured."""

    model: SequenceModel
    plan: Plan
    survey: Survey
    outcome: SequenceOutcome
    history: tuple[EpochRecord, ...]
    freeze_plans: tuple[FreezePlan, ...]
    sums: SumsOnTest
    reading: SequenceOptions

    @property
    def evidence(self) -> SequenceEvidence:
        """Whether the transfer helped, with intervals."""
        return self.outcome.evidence

    def save(self, path: str | Path, *, standalone: bool = False, overwrite: bool = False) -> None:
        """Write the artifact: a folder that `injerto.load` opens. It is complete or absent."""
        source = self.survey.source
        save_sequence_artifact(
            self.model,
            self.plan,
            self.outcome.model_copy(update={"artifact": Path(path).name}),
            Path(path),
            documents={
                "training": TrainingCourse(freeze_plans=self.freeze_plans, epochs=self.history),
                "data": DataFacts.of(self.survey, reading=self.reading.given(), second=self.reading.target_file),
                "sums": self.sums,
            },
            names={source: Path(source).name} if Path(source).is_absolute() else {},
            standalone=standalone,
            overwrite=overwrite,
        )


def fit_sequences(
    data: Any,
    *,
    task: str,
    options: SequenceOptions,
    backbone: str | None = None,
    strategy: str | None = None,
    plan: Plan | str | Path | None = None,
    budget: str | float | None = None,
    epochs: int | None = None,
    seed: int = 0,
    device: str = "auto",
    out: str | Path | None = None,
    standalone: bool = False,
    overwrite: bool = False,
    controls: Literal["affordable", "all"] = "affordable",
    cache: bool = True,
    arithmetic: Arithmetic | None = None,
    data_license: str | None = None,
    watts: float | None = None,
    reporter: Reporter | None = None,
) -> SequenceRun:
    """Train a network that writes texts, and measure whether the transfer helped; the arguments are those of `fit`."""
    start, account, reporter = time.monotonic(), Account(watts), reporter or Silent()
    destination = Path(out) if out is not None else None
    if destination is not None:
        check_free(destination, overwrite=overwrite)
    seconds = parse_budget(budget) if isinstance(budget, str) else budget
    half = None if seconds is None else Budget(seconds / 2)
    made: Plan | None = None
    if plan is not None:
        made, fits_still = read_sequence_plan(plan, task)
        backbone, seed, device = made.backbone, made.seed, made.device
        if not fits_still:
            strategy, made = made.strategy, None
    check_plain(backbone, strategy)
    ready = read_ready_sequences(data, task, options, seed)
    reporter.show(ready.survey)
    load, reason = choose_sequence_backbone(backbone, ready, seed)
    with held_or_none(destination, overwrite=overwrite) as run_folder:
        grown = load(pretrained=True)
        settings = grown.resolve_settings(ready.options, prompts=ready.has_prompts)
        say_inherited(grown, reporter)
        rows = make_rows(grown, ready, settings)
        if made is None:
            search = partial(
                plan_ready,
                ready,
                load,
                grown,
                reason,
                rows=rows,
                strategy=strategy,
                limit=half,
                epochs=epochs,
                seed=seed,
                device=choose_device(device),
                reporter=reporter,
            )
            asked = [ready.data.digest(), grown.digest, seconds, seed, device, epochs]
            made = search() if half is None else find_or_search(run_folder, asked, search)
        plan = made if arithmetic is None else made.model_copy(update={"arithmetic": arithmetic})
        reporter.show(plan)
        licence = work_out_licence(grown.card, data_license, from_scratch=plan.from_scratch, reporter=reporter)
        store = (
            ActivationStore(run=str(destination) if destination else None, arithmetic=plan.arithmetic)
            if cache
            else None
        )
        network = load(pretrained=False) if plan.from_scratch and not is_plain(backbone) else grown
        trained = SequenceEngine(
            plan=plan,
            backbone=network,
            train=rows.train,
            tune=rows.tune,
            train_where=rows.train_where,
            tune_where=rows.tune_where,
            reporter=reporter,
            store=store,
            checkpoint_folder=run_folder,
            data_digest=ready.data.digest(),
        ).run()
        lengths = count_lengths(rows, trained.num_padding)
        say_lengths(lengths, reporter)
        trial = SequenceTrial(
            plan=plan,
            task=ready.task,
            settings=settings,
            load_backbone=load,
            train=rows.train,
            tune=rows.tune,
            train_where=rows.train_where,
            tune_where=rows.tune_where,
            test=ready.items(ready.splits.test),
            store=store,
            reporter=reporter,
            num_epochs=len(trained.history),
            all_controls=controls == "all",
        )
        before = record_reading(
            digest_test(trial.test),
            num_examples=len(trial.test),
            what=say("language.reading-fit", strategy=plan.strategy, backbone=grown.card.name.rpartition("/")[2]),
            where=None if destination is None else str(destination),
        )
        model = trial.model(network)
        evidence, sums = measure_sequence_evidence(model, trial, trained.history)
        seconds = time.monotonic() - start
        num_parameters = sum(group.num_parameters for group in grown.layer_groups)
        flop = estimate_of_texts(num_parameters, lengths.num_tokens, len(trained.history))
        outcome = SequenceOutcome(
            task=task,
            backbone=plan.backbone,
            strategy=plan.strategy,
            seed=seed,
            settings=settings,
            num_train=len(ready.splits.train),
            num_tune=len(ready.splits.tune),
            num_test=len(ready.splits.test),
            num_parameters=num_parameters,
            num_trained=trained.num_trained,
            lengths=lengths,
            tokens_per_second=trained.tokens_per_second,
            facts=trained.facts,
            evidence=evidence,
            earlier_readings=before or (),
            readings_sentence=say_readings(before, num_examples=len(trial.test)),
            notes=ready.survey.notes,
            spent=account.close(grown.card, finetuning_flop=flop, seconds=seconds, from_scratch=plan.from_scratch),
            licence=licence,
            seconds=seconds,
            artifact=str(destination) if destination is not None else None,
        )
        run = SequenceRun(
            model=model,
            plan=plan,
            survey=ready.survey,
            outcome=outcome,
            history=trained.history,
            freeze_plans=trained.freeze_plans,
            sums=sums,
            reading=ready.options,
        )
        if destination is not None:
            run.save(destination, standalone=standalone, overwrite=overwrite)
            forget_run(destination)
    reporter.show(outcome)
    return run


def say_lengths(lengths: LengthFacts, reporter: Reporter) -> None:
    """How many rows, how much padding, and what happened to texts that did not fit."""
    share = 100 * lengths.num_padding / max(1, lengths.num_padding + lengths.num_tokens)
    reporter.note(
        "language.lengths",
        rows=f"{lengths.num_rows:,}",
        tokens=f"{lengths.num_tokens:,}",
        padding=f"{share:.1f}",
        long=f"{lengths.num_too_long:,}",
        rule=lengths.rule,
    )
