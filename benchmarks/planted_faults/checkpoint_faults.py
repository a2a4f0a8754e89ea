"""Checkpoints whose contract is wrong: real weights rewritten for other inputs, declared as something else.

The first convolution and the statistics behind it can be rewritten so that weights trained on [-1, 1] become weights
for ImageNet's mean and std, raw pixels or BGR, the same function of the picture but for a border of a pixel. So every
pair of what weights know and what their config says is planted. Healthy pairs say what is true, on all data.
"""

import functools
import itertools
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from benchmarks.planted_faults.image_faults import CLIP, DATA, HALF, IMAGENET
from benchmarks.planted_faults.trial import SHARED, Example
from benchmarks.reporting import Report, middle
from injerto.backbones.backbone import AbstractBackbone
from injerto.backbones.loading import load_backbone
from injerto.core.input_finding import InputFinding
from injerto.core.provenance import ImageContract
from injerto.data.items import Text
from injerto.data.labelled import LabelledData
from injerto.data.reading import read_data
from injerto.planning.input_guard.checks import Question, check_backbone_inputs
from injerto.planning.input_guard.named.neighbours import compare_neighbours

PHOTOGRAPHS = (
    "mobilenetv2_100.imagenet",
    "mobilenetv2_100.inat_insects",
    "mobilenetv2_100.inat_birds",
    "mobilenetv2_035.imagenet_trunk",
    "mobilenet_v1_0.25_128.imagenet",
    "mobilenet_v1_0.50_160.imagenet",
)
SHIPPED = ("shipped:injerto-mix-r10", "shipped:injerto-glyphs-r10")
FORMS = {
    "half": HALF,
    "imagenet": IMAGENET,
    "clip": CLIP,
    "0..1": ((0.0,) * 3, (1.0,) * 3),
    "0..255": ((0.0,) * 3, (1 / 255,) * 3),
    "0..255 - mean": (IMAGENET[0], (1 / 255,) * 3),
}
NUM_EXAMPLES = 64


def measure(report: Report) -> None:
    """Rows of healthy pairs, of planted faults by kind, and of the weak checks."""
    healthy = [
        (f"{name} as {form}, {data}", _rewritten(name, form, form), data)
        for name in (*PHOTOGRAPHS, *SHIPPED)
        for form in FORMS
        for data in DATA
    ]
    _row(report, "healthy", healthy)
    for group, names in (("photographs", PHOTOGRAPHS), ("glyphs", SHIPPED)):
        faults: dict[str, list[Any]] = {"mean-std": [], "value-range": []}
        pairs = itertools.product(names, itertools.permutations(FORMS, 2))
        for number, (name, (true, said)) in enumerate(pairs):
            if {true, said} == {"imagenet", "clip"}:
                continue
            ratio = FORMS[true][1][0] / FORMS[said][1][0]
            fault = "value-range" if not 1 / 12 < ratio < 12 else "mean-std"
            data = DATA[number % len(DATA)]
            faults[fault].append((f"{name} {true} said {said}, {data}", _rewritten(name, true, said), data))
        for fault, planted in faults.items():
            _row(report, fault, planted, group)
        for form in ("half", "imagenet"):
            swapped = [
                (f"{name}, {data}", _rewritten(name, form, form, swap=True), data) for name in names for data in DATA
            ]
            _row(report, "channel-order", swapped, f"{group}, {form}")
    _texts(report)
    _neighbours(report)


def _row(report: Report, fault: str, planted: list[Any], group: str = "all") -> None:
    caught = named = 0
    seconds: list[float] = []
    others: Counter[str] = Counter()
    for what, make, data in planted:
        backbone = make()
        chosen = _draw(data)
        items = [data_set.item for data_set in chosen]
        start = time.process_time()
        findings = check_backbone_inputs(backbone, items)
        seconds.append(time.process_time() - start)
        names = {finding.name for finding in findings}
        caught += bool(names)
        named += fault in names
        others.update(f"{name} ({what})" for name in names - {fault})
        if not names and fault != "healthy":
            others.update([f"missed ({what})"])
    _add(report, f"{fault}, {group}", len(planted), caught, named, seconds, others)


def _add(
    report: Report, fault: str, trials: int, caught: int, named: int, seconds: list[float], others: Counter[str]
) -> None:
    row: dict[str, Any] = {"part": "checkpoint", "fault": fault, "trials": trials, "caught": 100 * caught / trials}
    if "healthy" not in fault:
        row["named"] = 100 * named / trials
    shown = "; ".join(f"{name} {count}" for name, count in others.most_common(3))
    report.add(**row, seconds=middle(seconds), slowest=max(seconds), others=shown)


@functools.cache
def _loaded(name: str) -> AbstractBackbone:
    return load_backbone(name if ":" in name else str(SHARED / "weights" / name))


def _rewritten(name: str, true: str, said: str, *, swap: bool = False) -> Any:
    """Makes the backbone when it is asked for: the weights know `true`, the contract says `said`."""

    def make() -> AbstractBackbone:
        backbone = _loaded(name)
        contract = backbone.contract
        assert isinstance(contract, ImageContract)
        convolution, norm = _first(backbone.network)
        if not hasattr(convolution, "as_loaded"):
            convolution.as_loaded = convolution.weight.detach().clone()
            norm.as_loaded = norm.running_mean.detach().clone()
        mean, std = (torch.tensor(values).view(1, 3, 1, 1) for values in FORMS[true])
        weight = convolution.as_loaded
        shift = (weight * (2 * mean - 1)).sum((1, 2, 3))
        weight = weight * 2 * std
        convolution.weight.data = weight.flip(1) if swap else weight
        norm.running_mean.data = norm.as_loaded - shift
        backbone.contract = contract.model_copy(update={"mean": FORMS[said][0], "std": FORMS[said][1]})
        return backbone

    return make


def _first(network: nn.Module) -> tuple[Any, Any]:
    convolution = next(module for module in network.modules() if isinstance(module, nn.Conv2d))
    return convolution, next(module for module in network.modules() if isinstance(module, _BatchNorm))


@functools.cache
def _read(data: str) -> LabelledData | None:
    return None if data == "photos" else read_data(SHARED / "data" / data, check=False)


@functools.cache
def _draw(data: str, seed: int = 0, most: int = NUM_EXAMPLES) -> tuple[Any, ...]:
    read = _read(data)
    if read is None:
        return tuple(Example(file) for file in sorted((SHARED / "data" / data / "images").glob("*.jpg")))
    rows = np.random.default_rng(seed).permutation(len(read))[:most]
    return tuple(read.examples[n] for n in rows)


def _texts(report: Report) -> None:
    """The shipped text backbone with its casing switched off, and one that does not know the language."""
    name = "shipped:injerto-minitext-en-es"
    for fault in ("healthy", "casing", "wrong-tokenizer"):
        caught = named = 0
        seconds: list[float] = []
        others: Counter[str] = Counter()
        trials = [
            (data, seed) for data in ("sst2", "banking77", "tweet_sentiment/spanish", "ag_news") for seed in range(5)
        ]
        for data, seed in trials:
            if fault == "casing" and data == "sst2":
                continue  # Has no capitals, so nothing is wrong with keeping them.
            backbone = load_backbone(name)
            texts = [example.item.read() for example in _text_draw(data, seed)]
            if fault == "casing":
                _keep_case(backbone)
            if fault == "wrong-tokenizer":
                texts = [text.translate({n: 0x10A0 + n % 40 for n in range(97, 123)}) for text in texts]
            start = time.process_time()
            findings = check_backbone_inputs(backbone, [Text(text) for text in texts])
            seconds.append(time.process_time() - start)
            caught += bool(findings)
            named += fault in {finding.name for finding in findings}
            others.update(_missed(findings, fault, data))
        _add(report, f"{fault}, texts", len(seconds), caught, named, seconds, others)


def _missed(findings: tuple[InputFinding, ...], fault: str, what: str) -> Iterator[str]:
    if not findings and fault != "healthy":
        yield f"missed ({what})"
    yield from (f"{finding.name} ({what})" for finding in findings if finding.name != fault)


@functools.cache
def _text_draw(data: str, seed: int) -> tuple[Any, ...]:
    options = {"text_column": "title,description"} if data == "ag_news" else {}
    read = read_data(SHARED / "data" / data, check=False, **options)
    return tuple(read.examples[n] for n in np.random.default_rng(seed).permutation(len(read))[:NUM_EXAMPLES])


def _keep_case(backbone: AbstractBackbone) -> None:
    from tokenizers import normalizers

    backbone.tokenizer.backend_tokenizer.normalizer = normalizers.BertNormalizer(lowercase=False)
    backbone.contract = backbone.contract.model_copy(update={"lowercase": False})


def _neighbours(report: Report) -> None:
    """What is left for networks without batch norm, measured on one that has it as if it had none."""
    for fault in ("healthy", "mean-std", "value-range"):
        caught = trials = 0
        seconds: list[float] = []
        for data, seed, said in itertools.product(("hymenoptera", "flowers128"), range(3), FORMS):
            far = said.startswith("0..255")
            if (fault == "healthy") != (said == "half") or (fault != "healthy" and far != (fault == "value-range")):
                continue
            backbone = _rewritten("mobilenet_v1_0.25_128.imagenet", "half", said)()
            examples = _draw(data, seed)
            labels = {label: n for n, label in enumerate(sorted({e.labels[0] for e in examples}))}
            items = [example.item for example in examples]
            start = time.process_time()
            question = Question(
                backbone=backbone,
                items=items,
                targets=np.array([labels[e.labels[0]] for e in examples]),
                inputs=backbone.prepare(items),
            )
            finding = compare_neighbours(question, seconds=5)
            seconds.append(time.process_time() - start)
            trials += 1
            caught += finding is not None
        _add(report, f"{fault}, by neighbours alone", trials, caught, caught, seconds, Counter())
