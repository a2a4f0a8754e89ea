"""Detection by transfer on real blood cells: cached against uncached, controls at an equal budget, and fewer labels.

    python -m benchmarks.detection --out detection.json          (docs/detection.md says what its rows took)
    python -m benchmarks.detection --size 320 --epochs 40 --views 8 --out detection-320.json

Data and weights are those of ../shared. Every row trains for as many epochs with the same seed and split; pictures are
read at 224 x 160 and not 640 x 480: the figures say what transfer gives and not what the data allow. mAP and AP50 are
of the 72 test pictures, with 95 % intervals over pictures; gains are those of `frozen`, paired. Seconds are of the
processor, which others may use as well. A killed run goes on: each row is kept in the folder beside --out, and a row
that is begun in its checkpoints. `--minutes 9` stops by itself, to be called again; what a row took is then the sum of
its parts, each from the start of the training, what was done twice included.
"""

import argparse
import json
import time
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch

from benchmarks.reporting import Report
from injerto.activations.store.store import ActivationStore
from injerto.core.detection import DetectedBox
from injerto.core.evidence import Interval
from injerto.core.progress import Silent
from injerto.core.seeds import derive_seed
from injerto.evidence.detection.answering import answer_boxes, pictures_of
from injerto.evidence.detection.measuring import DRAWS, interval, measure_boxes, measure_gains
from injerto.evidence.fair_random import make_fair
from injerto.planning.budget import Budget, OutOfTimeError
from injerto.tasks.detection.metrics import BoxMatches, resample
from injerto.training.engine import Engine
from injerto.workflow.detection import load_sized
from injerto.workflow.ready import DataOptions, Ready, read_ready
from injerto.workflow.rule import plan_by_rule

SHARED = Path(__file__).resolve().parents[2] / "shared"


@dataclass(frozen=True)
class Row:
    """One training."""

    name: str
    strategy: str
    pretrained: bool = True
    cached: bool = True
    share: float = 1.0
    """Of the training and tuning pictures, for as many steps."""


def rows(views: int) -> list[Row]:
    """In the order of what a reader wants to know first."""
    frozen = f"frozen:views={views}"
    return [
        Row("frozen, cached", frozen),
        Row("frozen, uncached", frozen, cached=False),
        Row("random backbone", frozen, pretrained=False),
        Row("from scratch", "from-scratch", pretrained=False),
        Row("frozen, 10 % of the labels", frozen, share=0.10),
        Row("frozen, 25 % of the labels", frozen, share=0.25),
        Row("frozen, 50 % of the labels", frozen, share=0.50),
        Row("full", "full"),
        Row("last stage", f"last-4:views={views}"),
    ]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--size", type=int, default=224)
    parser.add_argument("--epochs", type=int, default=12)
    parser.add_argument("--views", type=int, default=4)
    parser.add_argument("--backbone", default=str(SHARED / "weights" / "mobilenetv2_100.imagenet"))
    parser.add_argument("--data", default=str(SHARED / "data" / "blood_cells_det"))
    parser.add_argument("--out", type=Path, default=Path("detection.json"))
    parser.add_argument("--only", help="rows whose name begins so, and the first, with which others are compared")
    parser.add_argument("--minutes", type=float, help="stop after so many, and go on with the next call")
    chosen = parser.parse_args()
    budget = Budget(None if chosen.minutes is None else 60 * chosen.minutes)
    torch.set_num_threads(chosen.threads)
    ready = read_ready(chosen.data, DataOptions(), 0, Silent())
    kept = chosen.out.with_suffix(".rows")
    kept.mkdir(exist_ok=True)
    shown = ("value", "low", "high")
    figures = [f"{name}_{part}" for name in ("mAP", "AP50", "gain", "gain50") for part in shown]
    report = Report("detection", ("training", *figures, "loss", "epochs_s", "whole_s"), chosen.out)
    pictures = pictures_of(ready.data, ready.splits.test, ready.data.labels)
    first: BoxMatches | None = None
    total = 0.0
    for row in rows(chosen.views):
        if first is not None and not row.name.startswith(chosen.only or ""):
            continue
        name = row.name.replace(" ", "-").replace(",", "").replace("%", "percent")
        file = kept / f"{name}.json"
        if not file.is_file():
            try:
                file.write_text(json.dumps(train(row, ready, chosen, budget, kept / name)), encoding="utf-8")
            except OutOfTimeError:
                print(f"stopped after {budget.spent:.0f} s inside of {row.name!r}; the same call goes on")
                return
        content = json.loads(file.read_text(encoding="utf-8"))
        found = [tuple(DetectedBox.model_validate(box) for box in some) for some in content.pop("boxes")]
        matches = BoxMatches(pictures, found)
        first = first or matches
        measured = measure_boxes(pictures, found, threshold=0.5, seed=0)
        gains = {"gain": measure_gains(first, [matches], num_pictures=len(pictures), seed=0)[0]}
        gains["gain50"] = measure_gain_50(first, matches, num_pictures=len(pictures))
        known = {"mAP": measured.mean_precision, "AP50": measured.precision_50, **gains}
        report.add(
            training=row.name,
            **{f"{name}_{part}": getattr(one, part) for name, one in known.items() for part in shown},
            classes={one.label: one.precision for one in measured.classes},
            sizes={one.size: one.precision for one in measured.sizes},
            **content,
        )
        total += content["whole_s"]
    print(f"\n{total:.0f} s of the processor in all ({total / 60:.1f} min)")


def measure_gain_50(first: BoxMatches, other: BoxMatches, *, num_pictures: int) -> Interval:
    """AP50 of the first detector minus that of the other, paired over pictures."""
    seed = derive_seed(0, "pictures")
    draws = resample([first, other], num_pictures=num_pictures, draws=DRAWS, seed=seed)[:, :, 1]
    value = first.mean_precision()[1] - other.mean_precision()[1]
    return interval(value, draws[:, 0] - draws[:, 1], num_pictures)


def train(row: Row, ready: Ready, chosen: argparse.Namespace, budget: Budget, folder: Path) -> dict[str, object]:
    """Losses, seconds and the boxes on the test pictures; raises `OutOfTimeError` where the budget ends before.

    Args:
        folder: of the checkpoints, and of the seconds of earlier calls.
    """
    folder.mkdir(exist_ok=True)
    if row.share < 1:
        mixed = np.random.default_rng(derive_seed(0, "shares")).permutation(ready.splits.train)
        part = np.sort(mixed[: round(row.share * len(mixed))])
        # Tuning pictures are labelled too; so few choose nothing here, and are only looked at after each epoch.
        tune = ready.splits.tune[: round(row.share * len(ready.splits.tune))]
        ready = replace(ready, splits=replace(ready.splits, train=part, tune=tune))
    epochs = round(chosen.epochs / row.share)
    plan, backbone = plan_by_rule(ready, chosen.backbone, row.strategy, epochs, 0, "cpu", None, chosen.size)
    # A strategy of two phases shares the epochs: the budget is that of the others.
    phases = tuple(
        phase.model_copy(update={"epochs": epochs // len(plan.phases), "batch_size": 8}) for phase in plan.phases
    )
    plan = plan.model_copy(update={"phases": phases})
    if not row.pretrained:
        assert plan.input_size is not None
        backbone = load_sized(chosen.backbone, size=plan.input_size, arch=None, pretrained=False)
        if row.strategy != "from-scratch":
            make_fair(backbone, [ready.data.examples[int(i)].item for i in ready.splits.train])
    store = ActivationStore(chosen.out.with_suffix(".store")) if row.cached else None
    spent = folder / "seconds.json"
    before = json.loads(spent.read_text(encoding="utf-8")) if spent.is_file() else {"whole": 0.0, "epochs": 0.0}
    start = time.process_time()
    batches: list[float] = []

    def before_batch() -> None:
        batches.append(time.process_time())
        budget.check()

    def seconds() -> dict[str, float]:
        epochs = batches[-1] - batches[0] if batches else 0.0
        return {"whole": before["whole"] + time.process_time() - start, "epochs": before["epochs"] + epochs}

    engine = Engine(
        plan=plan,
        backbone=backbone,
        task=ready.task(),
        data=ready.data,
        splits=ready.splits,
        reporter=Silent(),
        store=store,
        checkpoint_folder=folder,
        before_batch=before_batch,
    )
    try:
        trained = engine.run()
    except OutOfTimeError:
        spent.write_text(json.dumps(seconds()), encoding="utf-8")
        raise
    took = seconds()
    items = [ready.data.examples[int(i)].item for i in ready.splits.test]
    boxes = answer_boxes(trained.model, items, store=None)
    return {
        "loss": trained.history[-1].train_loss,
        "tune_loss": trained.history[-1].tune_loss,
        "epochs": len(trained.history),
        "epochs_s": took["epochs"],
        "whole_s": took["whole"],
        "input": list(plan.input_size or ()),
        "boxes": [[box.model_dump() for box in some] for some in boxes],
    }


if __name__ == "__main__":
    main()
