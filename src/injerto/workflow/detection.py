"""`fit` and `evaluate` for detectors: the same engine, store and artifact; boxes instead of labels are judged."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from statistics import median
from typing import Final

import numpy as np

from injerto.activations.store.store import ActivationStore
from injerto.artifacts.model import Model
from injerto.backbones.backbone import AbstractBackbone
from injerto.backbones.loading import load_backbone
from injerto.core.errors import DataError, UsageError
from injerto.core.messages import say
from injerto.core.outcome import DetectionEvaluation
from injerto.core.plan import Basis, Plan, Reason
from injerto.core.progress import Reporter
from injerto.data.items import AbstractImageItem
from injerto.data.labelled import LabelledData
from injerto.evidence.control import Trial
from injerto.evidence.detection.answering import answer_boxes, pictures_of
from injerto.evidence.detection.judging import measure_detection_evidence
from injerto.evidence.detection.measuring import measure_boxes
from injerto.evidence.readings import digest_test, record_reading, say_readings
from injerto.workflow.judgement import Judgement
from injerto.workflow.ready import Ready

_SIDE: Final = {"cpu": 320}
_SIDE_ELSEWHERE: Final = 640
_STRIDE: Final = 32
_SMALLEST, _LARGEST = 96, 2048
_SAMPLE: Final = 200


def choose_input_size(ready: Ready, asked: int | None, device: str) -> tuple[tuple[int, int], Reason]:
    """Width and height in which pictures are read, in the proportions of the middle training picture.

    Args:
        ready: data whose training pictures are looked at.
        asked: the longer side in pixels; None takes 320 on a CPU, else 640.
        device: where it is computed.
    """
    if asked is not None and not _SMALLEST <= asked <= _LARGEST:
        raise UsageError("size-range", size=asked, smallest=_SMALLEST, largest=_LARGEST)
    side = asked or _SIDE.get(device, _SIDE_ELSEWHERE)
    items = [ready.data.examples[int(i)].item for i in ready.splits.train[:_SAMPLE]]
    shapes = [item.read_size() for item in items if isinstance(item, AbstractImageItem)]
    ratio = median(width / height for width, height in shapes)
    width, height = (side, side / ratio) if ratio >= 1 else (side * ratio, side)
    size = tuple(max(_SMALLEST, _STRIDE * round(value / _STRIDE + 0.25)) for value in (width, height))
    basis, key = (Basis.USER, "plan.asked") if asked else (Basis.COMPUTE, "plan.input-size")
    reason = Reason(field="input", choice=f"{size[0]} x {size[1]}", basis=basis, because=say(key, ratio=f"{ratio:.2f}"))
    return (size[0], size[1]), reason


def load_sized(
    spec: str, *, size: tuple[int, int], arch: str | None, pretrained: bool = True, seed: int = 0
) -> AbstractBackbone:
    """A backbone that reads whole pictures of this width and height."""
    backbone = load_backbone(spec, arch=arch, pretrained=pretrained, seed=seed)
    backbone.resize_input(size[1], size[0])
    if not backbone.map_shapes and "queries" not in backbone.pools:
        raise UsageError("input-too-small", spec=spec, width=size[0], height=size[1])
    return backbone


def make_loader(plan: Plan, arch: str | None) -> Callable[..., AbstractBackbone]:
    """Loads the plan's backbone, for whole pictures of the plan's size where it has one; see `Trial.load_backbone`."""
    if plan.input_size is None:
        return partial(load_backbone, plan.backbone, arch=arch, seed=plan.seed)
    return partial(load_sized, plan.backbone, size=plan.input_size, arch=arch, seed=plan.seed)


def judge_detector(model: Model, trial: Trial) -> Judgement:
    """The evidence on the test pictures."""
    evidence, measured, efficiency, kept = measure_detection_evidence(model, trial, strategy=trial.plan.strategy)
    metrics = {
        "map": measured.mean_precision.value,
        "ap50": measured.precision_50.value,
        "ap75": measured.precision_75,
    }
    return Judgement(evidence=evidence, metrics=metrics, kept=kept, detection=measured, label_efficiency=efficiency)


def evaluate_detector(
    model: Model, data: LabelledData, *, path: str, seed: int, reporter: Reporter
) -> DetectionEvaluation:
    """mAP and its relatives on labelled pictures; raises `DataError` for classes that the model never learnt."""
    foreign = sorted({label for example in data.examples for label in example.labels} - set(model.labels))
    if foreign:
        raise DataError("labels-unknown", names=", ".join(foreign[:5]), known=", ".join(model.labels[:10]))
    if not data.has_boxes:
        raise UsageError("no-boxes", source=data.source)
    items = [example.item for example in data.examples]
    before = record_reading(
        digest_test(items), num_examples=len(items), what=say("evidence.reading-evaluate"), where=path
    )
    known = pictures_of(replace(data, labels=model.labels), np.arange(len(items)), model.labels)
    found = answer_boxes(model, items, store=ActivationStore(arithmetic=model.arithmetic), reporter=reporter)
    return DetectionEvaluation(
        model=path,
        data=data.source,
        num_skipped=data.num_skipped,
        detection=measure_boxes(known, found, threshold=model.threshold, seed=seed),
        earlier_readings=before or (),
        readings_sentence=say_readings(before, num_examples=len(items)),
    )
