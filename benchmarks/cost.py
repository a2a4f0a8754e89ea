"""Predicted against real seconds, of first passes and of trials of every strategy that a search tries.

    python -m benchmarks.cost [--minutes 14] [--clock processor] [--out cost.json]

Real data and weights of `../shared`, or those that ship. Each thing is predicted before it runs, by operations and
timed batches: with an empty log, and with what the things before it left there, as a user's log would grow; and again,
for what stopping early leaves open, with the number of epochs that ran. `--clock
processor` counts seconds of the processor, for a machine that others use: a core with four tenants makes all
predictions of seconds on the wall four times too low, which says nothing of them.
"""

import argparse
import os
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

# Before anything takes the clocks by name.
_PARSER = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
_PARSER.add_argument("--minutes", type=float, default=14)
_PARSER.add_argument("--clock", choices=("wall", "processor"), default="wall")
_PARSER.add_argument("--out", type=Path)
_CHOSEN = _PARSER.parse_args()
if _CHOSEN.clock == "processor":
    time.perf_counter = time.monotonic = time.process_time  # type: ignore[assignment]

import numpy as np  # noqa: E402
import torch  # noqa: E402

from benchmarks.regret.cases import CASES, few_labels  # noqa: E402
from benchmarks.reporting import Report, middle  # noqa: E402
from injerto.activations.reading import compute_features  # noqa: E402
from injerto.activations.store.store import ActivationStore  # noqa: E402
from injerto.backbones.loading import load_backbone  # noqa: E402
from injerto.core.plan import Basis, Phase, Plan, Reason  # noqa: E402
from injerto.core.progress import Collecting, Silent  # noqa: E402
from injerto.core.training_course import EpochRecord  # noqa: E402
from injerto.data.labelled import LabelledData  # noqa: E402
from injerto.data.splitting import make_splits  # noqa: E402
from injerto.evidence.trying import Trying  # noqa: E402
from injerto.planning.budget import Budget  # noqa: E402
from injerto.planning.cost_log import CostLog  # noqa: E402
from injerto.planning.default_plan import make_plan  # noqa: E402
from injerto.planning.prediction import Foresight  # noqa: E402
from injerto.planning.race import TUNED  # noqa: E402
from injerto.planning.ranking import score_backbone  # noqa: E402
from injerto.planning.selection import make_selections  # noqa: E402
from injerto.planning.textbook import FROZEN  # noqa: E402
from injerto.planning.timing import measure_arithmetic, time_candidate, time_training  # noqa: E402
from injerto.tasks.task import tasks  # noqa: E402

NAMES = ("hymenoptera", "sst2", "digits", "flowers128", "banking77", "spectrograms", "brain_mri", "omniglot", "spanish")
SIZES = (40, 120, 400)
NEAR = 0.3
CLOSE = 0.3
"""Seconds that nobody plans by."""


def main() -> None:
    """Print a row for each prediction, then the shares that came true."""
    torch.set_num_threads(1)
    columns = ("data", "what", "train", "by_default", "as_learnt", "by_epochs", "seconds")
    report = Report("cost", columns, _CHOSEN.out)
    right: defaultdict[str, list[tuple[tuple[float, float], ...]]] = defaultdict(list)
    start = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["INJERTO_HOME"] = folder
        operations = measure_arithmetic()
        learnt = CostLog("benchmark", Path(folder) / "log.jsonl")
        for size in SIZES:
            for name in NAMES:
                if time.monotonic() - start < 60 * _CHOSEN.minutes:
                    spec, read = CASES[name]
                    data = few_labels(read(Path(folder)), None, most=size, seed=0)
                    if data is not None:
                        until = start + 60 * _CHOSEN.minutes
                        for row in _predict_and_run(
                            data, spec, learnt, Path(folder), operations, until, is_first=not right
                        ):
                            report.add(data=name, **row)
                            real = float(row["seconds"])
                            predicted = (row["by_default"], row["as_learnt"], row["by_epochs"])
                            right[str(row["what"])].append(tuple((float(value), real) for value in predicted))
    right["all"] = [one for rows in list(right.values()) for one in rows]
    print("\n| what | predictions | by default | as learnt | with the epochs known | median predicted / real |")
    print("|---|---|---|---|---|---|")
    for what, rows in right.items():
        shares = (np.mean([_is_near(*row[i]) for row in rows]) for i in range(3))
        ratio = middle([row[1][0] / row[1][1] for row in rows])
        print(f"| {what} | {len(rows)} | " + " | ".join(f"{share:.0%}" for share in shares) + f" | {ratio:.2f} |")
    print(
        f"within 30 % or {CLOSE} s: {np.mean([_is_near(*row[1], close=CLOSE) for row in right['all']]):.0%} as learnt, "
    )
    known = np.mean([_is_near(*row[2], close=CLOSE) for row in right["all"]])
    print(f"{known:.0%} with the epochs known")


def _is_near(predicted: float, real: float, *, close: float = 0.0) -> bool:
    return abs(predicted - real) <= max(NEAR * real, close)


def _predict_and_run(
    data: LabelledData, spec: str, learnt: CostLog, home: Path, operations: float, until: float, *, is_first: bool
) -> Iterator[dict[str, Any]]:
    """Rows of the first pass and of one trial of each strategy, as far as there is time."""
    empty = CostLog("benchmark", home / "nothing.jsonl")
    foresights = [
        Foresight(log=log, operations_per_second=operations, num_classes=len(data.labels), meter=None)
        for log in (empty, learnt)
    ]
    backbone = load_backbone(spec)
    task = f"{data.modality}-classification"
    splits = make_splits(data, seed=0)
    positions = np.sort(np.concatenate([splits.train, splits.tune]))
    items = [data.examples[i].item for i in positions]
    store = ActivationStore(home / f"store-{time.monotonic_ns()}")
    timing = time_candidate(backbone, items, store=store, num_classes=len(data.labels), is_first=is_first)
    by_default, as_learnt = (one.predict_pass([timing], len(items)) for one in foresights)
    start = time.monotonic()
    taps_ND = compute_features(backbone, items, pool="taps", store=store)
    score_backbone(backbone, taps_ND, data, positions, store=store, seed=0)
    seconds = time.monotonic() - start
    foresights[1].note_pass([timing], len(items), predicted=as_learnt, seconds=seconds)
    yield {
        "what": "first pass",
        "train": len(items),
        "by_default": by_default,
        "as_learnt": as_learnt,
        "by_epochs": as_learnt,
        "seconds": seconds,
    }
    one = make_selections(data, splits, seed=0)[0]
    trying = Trying(
        task=tasks.get(task)(many_labels=data.multi_label),
        data=data,
        store=store,
        frozen={backbone.spec: backbone},
        load_backbone=partial(load_backbone, seed=0),
        budget=Budget(),
        reporter=(watching := Collecting(Silent(), EpochRecord)),
    )
    sizes = (len(one.train), len(one.tune), len(one.test))
    for strategy in (*FROZEN, *TUNED):
        plan: Plan = make_plan(
            task=task,
            data=data,
            splits=one,
            backbone=backbone,
            backbone_reason=Reason(field="backbone", choice=spec, basis=Basis.USER, because=""),
            strategy=strategy,
            epochs=None,
            seed=0,
            device="cpu",
        )
        step = time_training(backbone, plan, items) if strategy in TUNED else None
        foreseen, after = (foresight.predict_trial(plan, timing, sizes, step) for foresight in foresights)
        if time.monotonic() + after.expected > until:
            continue
        watching.found.clear()
        start = time.monotonic()
        trying(plan, one)
        seconds = time.monotonic() - start
        ran = len(watching.found)
        short = plan.model_copy(update={"phases": tuple(_shorter(phase, ran) for phase in plan.phases)})
        by_epochs = after.expected if step is None else foresights[0].predict_trial(short, timing, sizes, step).most
        foresights[1].note_trial(plan, after, num_train=sizes[0], seconds=seconds)
        yield {
            "what": strategy,
            "train": sizes[0],
            "by_default": foreseen.expected,
            "as_learnt": after.expected,
            "by_epochs": by_epochs,
            "seconds": seconds,
        }


def _shorter(phase: Phase, epochs: int) -> Phase:
    return phase.model_copy(update={"epochs": epochs}) if phase.epochs else phase


if __name__ == "__main__":
    main()
