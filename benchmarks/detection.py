"""Detection by transfer on real blood cells: cached against uncached, controls at an equal budget, and fewer labels.

    python -m benchmarks.detection --out detection.json          (about 15 minutes of two idle cores)
    python -m benchmarks.detection --size 320 --epochs 40 --views 8 --out detection-320.json

Data and weights are those of ../shared. Every row trains for as many epochs with the same seed and split; pictures are
read at 224 x 160 and not 640 x 480: the figures say what transfer gives and not what the data allow. mAP and AP50 are
of the 72 test pictures, with 95 % intervals over pictures; gains are those of `frozen`, paired. Seconds are of the
processor, which others may use as well. A killed run goes on: each row is kept in the folder beside --out.
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
from injerto.core.progress import Silent
from injerto.core.seeds import derive_seed
from injerto.evidence.detection.answering import answer_boxes, pictures_of
from injerto.evidence.detection.measuring import measure_boxes, measure_gains
from injerto.evidence.fair_random import make_fair
from injerto.tasks.detection.metrics import BoxMatches
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
    """Of the training pictures, for as many steps."""


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
        Row("last stage", "last-4"),
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
    chosen = parser.parse_args()
    torch.set_num_threads(chosen.threads)
    ready = read_ready(chosen.data, DataOptions(), 0, Silent())
    kept = chosen.out.with_suffix(".rows")
    kept.mkdir(exist_ok=True)
    columns = ("training", "mAP", "low", "high", "AP50", "gain", "gain_low", "gain_high", "loss", "epochs_s", "whole_s")
    report = Report("detection", columns, chosen.out)
    pictures = pictures_of(ready.data, ready.splits.test, ready.data.labels)
    first: BoxMatches | None = None
    for row in rows(chosen.views):
        file = kept / f"{row.name.replace(' ', '-').replace(',', '').replace('%', 'percent')}.json"
        if not file.is_file():
            file.write_text(json.dumps(train(row, ready, chosen)), encoding="utf-8")
        content = json.loads(file.read_text(encoding="utf-8"))
        found = [tuple(DetectedBox.model_validate(box) for box in some) for some in content.pop("boxes")]
        matches = BoxMatches(pictures, found)
        first = first or matches
        measured = measure_boxes(pictures, found, threshold=0.5, seed=0)
        gain = measure_gains(first, [matches], num_pictures=len(pictures), seed=0)[0]
        report.add(
            training=row.name,
            mAP=measured.mean_precision.value,
            low=measured.mean_precision.low,
            high=measured.mean_precision.high,
            AP50=measured.precision_50.value,
            AP50_low=measured.precision_50.low,
            AP50_high=measured.precision_50.high,
            gain=gain.value,
            gain_low=gain.low,
            gain_high=gain.high,
            classes={one.label: one.precision for one in measured.classes},
            sizes={one.size: one.precision for one in measured.sizes},
            **content,
        )


def train(row: Row, ready: Ready, chosen: argparse.Namespace) -> dict[str, object]:
    """Losses, seconds and the boxes on the test pictures."""
    if row.share < 1:
        mixed = np.random.default_rng(derive_seed(0, "shares")).permutation(ready.splits.train)
        part = np.sort(mixed[: round(row.share * len(mixed))])
        ready = replace(ready, splits=replace(ready.splits, train=part))
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
    start = time.process_time()
    seconds: list[float] = []
    trained = Engine(
        plan=plan,
        backbone=backbone,
        task=ready.task(),
        data=ready.data,
        splits=ready.splits,
        reporter=Silent(),
        store=store,
        before_batch=lambda: seconds.append(time.process_time()),
    ).run()
    whole = time.process_time() - start
    items = [ready.data.examples[int(i)].item for i in ready.splits.test]
    boxes = answer_boxes(trained.model, items, store=None)
    return {
        "loss": trained.history[-1].train_loss,
        "tune_loss": trained.history[-1].tune_loss,
        "epochs": len(trained.history),
        "epochs_s": seconds[-1] - seconds[0],
        "whole_s": whole,
        "input": list(plan.input_size or ()),
        "boxes": [[box.model_dump() for box in some] for some in boxes],
    }


if __name__ == "__main__":
    main()
