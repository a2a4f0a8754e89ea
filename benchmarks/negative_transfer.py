"""Planted cases in which nothing can be transferred, and cases in which much can: what the verdict says of them.

    python -m benchmarks.negative_transfer [--draws 3] [--first 0] [--only random-weights,help]
        [--data flowers128] [--out negative.json]

Needs `../shared`. A case is a draw of 100 training, 40 tuning and up to 240 test examples of a data set, a backbone,
and what was done to them. The truth is made, not measured:

- `random-weights`: the initial weights of the architecture, given out as pretrained;
- `shuffled-weights`: every weight tensor of a trained network with its values in random order;
- `shuffled-words`: a trained text encoder whose words have exchanged their vectors, as with the tokenizer of another
  language;
- `shuffled-labels`: a trained network of the right domain, the labels of all examples in random order;
- `glyphs-on-photos`: a network that has seen rendered characters only, on photographs; its card says that it hurts;
- `help`: ImageNet networks on photographs, the network of rendered characters on handwritten ones, the text encoder on
  the topics of English news and on eight intents of bank customers, all as they are.

In all but `help` there is nothing to transfer, so that the verdict must not be `helped`: `recall` is the share of them
that is not called so, `false alarms` the share of `help` that is not called so. `warned` and `false warnings` are the
shares in which the user is warned in words: the verdict `hurt`, or a cause that is named; `inconclusive` without one
says only that the examples do not settle it. Wilson 95 % intervals. The strategy is `linear-probe`, in which nothing
but the transfer varies.
"""

import argparse
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Any, Final

import numpy as np
import torch

from benchmarks.reporting import Report
from injerto.activations.store.store import ActivationStore
from injerto.backbones.backbone import AbstractBackbone
from injerto.backbones.loading import load_backbone
from injerto.core.plan import Basis, Reason
from injerto.core.progress import Silent
from injerto.core.seeds import derive_seed
from injerto.core.survey import Split
from injerto.data.labelled import LabelledData, Splits
from injerto.data.reading import read_data
from injerto.data.splitting import make_splits
from injerto.evidence.answered import wilson
from injerto.evidence.control import Trial
from injerto.evidence.judging import measure_evidence
from injerto.planning.default_plan import make_plan
from injerto.planning.input_guard.checks import check_backbone_inputs
from injerto.tasks.task import tasks
from injerto.training.engine import Engine

SHARED: Final = Path(__file__).resolve().parents[1].parent / "shared"
MOBILENET: Final = str(SHARED / "weights" / "mobilenet_v1_0.25_128.imagenet")
GLYPHS, MIX, WORDS = "injerto-glyphs-r10", "injerto-mix-r10", "injerto-minitext-en-es"
PHOTOS: Final = ("hymenoptera", "flowers128", "brain_mri")
IMAGES: Final = (*PHOTOS, "omniglot_small/Greek", "omniglot_small/Korean")
TEXTS: Final = ("ag_news", "sst2")
OPTIONS: Final[dict[str, dict[str, str]]] = {
    "ag_news": {"text_column": "title,description", "label_column": "label"},
}
SIZES: Final[dict[Split, int]] = {"train": 100, "tune": 40, "test": 240}
HELP: Final = (
    ("hymenoptera", MOBILENET),
    ("flowers128", MOBILENET),
    *((f"omniglot_small/{alphabet}", name) for alphabet in ("Greek", "Korean", "Latin") for name in (GLYPHS, MIX)),
    ("ag_news", WORDS),
    ("banking77", WORDS),
)
HELP_ONLY: Final = ("omniglot_small/Latin", "banking77")
_NUM_INTENTS: Final = 8
NOTHING: Final = ("random-weights", "shuffled-weights", "shuffled-words", "shuffled-labels", "glyphs-on-photos")
COLUMN_NAMES: Final = (
    "kind", "data", "backbone", "draw", "verdict", "accuracy", "strongest", "gain", "low", "high", "cause", "draws",
    "seconds",
)  # fmt: skip
SUMMARY: Final = ("kind", "cases", "helped", "inconclusive", "hurt", "share", "low", "high", "causes")


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """What is planted, and into what."""

    kind: str
    data: str
    backbone: str
    draw: int


def list_cases(draws: Sequence[int]) -> Iterator[Case]:
    """Every case, those of one data set and draw together, so that what they share is computed once."""
    for draw in draws:
        for data in (*IMAGES, *TEXTS, *HELP_ONLY):
            own: tuple[str, ...] = (WORDS,) if data in TEXTS else (MIX, MOBILENET)
            own = () if data in HELP_ONLY else own
            planted = [("random-weights", name) for name in own] + [("shuffled-weights", name) for name in own]
            planted += [("shuffled-labels", name) for name in own]
            planted += [("shuffled-words", WORDS)] if data in TEXTS else []
            planted += [("glyphs-on-photos", GLYPHS)] if data in PHOTOS else []
            planted += [("help", name) for known, name in HELP if known == data]
            for kind, name in planted:
                yield Case(kind=kind, data=data, backbone=name, draw=draw)


def draw_data(case: Case) -> tuple[LabelledData, Splits]:
    """The examples of a draw, stratified as far as the sizes allow, in given splits."""
    read = _read(case.data)
    generator = np.random.default_rng(derive_seed(case.draw, "draw", case.data))
    order = generator.permutation(len(read))
    # Classes in turn: every split holds each of them, also with 24 characters.
    targets = read.targets()[order]
    turn = np.empty(len(order), dtype=int)
    for label in np.unique(targets):
        turn[targets == label] = np.arange((targets == label).sum())
    order = order[np.argsort(turn, kind="stable")]
    held_out = min(SIZES["tune"] + SIZES["test"], len(order) - SIZES["train"])
    splits: list[Split] = ["train"] * SIZES["train"] + ["tune"] * SIZES["tune"]
    splits += ["test"] * (held_out - SIZES["tune"])
    chosen = [read.examples[i] for i in order[: len(splits)]]
    labels = [example.labels for example in chosen]
    if case.kind == "shuffled-labels":
        labels = [labels[i] for i in generator.permutation(len(labels))]
    examples = [
        replace(example, labels=own, split=split) for example, own, split in zip(chosen, labels, splits, strict=True)
    ]
    data = replace(read, examples=tuple(examples))
    return data, make_splits(data, seed=case.draw)


_KEPT: dict[str, LabelledData] = {}


def _read(name: str) -> LabelledData:
    if name not in _KEPT:
        path = SHARED / "data" / name
        path = path / "train.csv" if name in ("sst2", "banking77") else path
        _KEPT[name] = read_data(path, reporter=Silent(), **OPTIONS.get(name, {}))
        if name == "banking77":
            labels = _KEPT[name].labels[:: len(_KEPT[name].labels) // _NUM_INTENTS][:_NUM_INTENTS]
            examples = tuple(example for example in _KEPT[name].examples if example.labels[0] in labels)
            _KEPT[name] = replace(_KEPT[name], examples=examples, labels=labels)
    return _KEPT[name]


def load(case: Case, *, pretrained: bool = True, seed: int | None = None) -> AbstractBackbone:
    """The backbone that the case claims to be pretrained, or its honest random control."""
    control_seed = derive_seed(case.draw, "control") if seed is None else seed
    if not pretrained:
        return load_backbone(case.backbone, pretrained=False, seed=control_seed)
    planted_seed = derive_seed(case.draw, "planted")
    if case.kind == "random-weights":
        backbone = load_backbone(case.backbone, pretrained=False, seed=planted_seed)
        backbone.pretrained = True
        return backbone
    backbone = load_backbone(case.backbone)
    generator = torch.Generator().manual_seed(planted_seed)
    for name, tensor in backbone.network.state_dict().items():
        if case.kind == "shuffled-weights" and tensor.is_floating_point():
            flat = tensor.flatten()
            tensor.copy_(flat[torch.randperm(len(flat), generator=generator)].view_as(tensor))
        elif case.kind == "shuffled-words" and "word_embeddings" in name:
            tensor.copy_(tensor[torch.randperm(len(tensor), generator=generator)])
    return backbone


def run(case: Case, store: ActivationStore) -> dict[str, Any]:
    """One row: the fit of `linear-probe`, and its evidence."""
    start = perf_counter()
    data, splits = draw_data(case)
    backbone = load(case)
    task_name = f"{data.modality}-classification"
    plan = make_plan(
        task=task_name,
        data=data,
        splits=splits,
        backbone=backbone,
        backbone_reason=Reason(field="backbone", choice=case.backbone, basis=Basis.USER, because=""),
        strategy="linear-probe",
        epochs=None,
        seed=case.draw,
        device="cpu",
    )
    task = tasks.get(task_name)()
    trained = Engine(
        plan=plan, backbone=backbone, task=task, data=data, splits=splits, reporter=Silent(), store=store
    ).run()
    items = [data.examples[i].item for i in splits.train]
    trial = Trial(
        plan=plan,
        task=task,
        data=data,
        splits=splits,
        load_backbone=partial(load, case),
        store=store,
        reporter=Silent(),
        findings=check_backbone_inputs(backbone, items, data.targets()[splits.train]),
    )
    evidence, *_ = measure_evidence(trained.model, trial)
    closest = min((c for c in evidence.controls if c.judges_transfer), key=lambda c: c.interval[0])
    return {
        "kind": case.kind,
        "data": case.data,
        "backbone": Path(case.backbone).name,
        "draw": case.draw,
        "verdict": str(evidence.verdict),
        "accuracy": evidence.accuracy.value,
        "strongest": closest.name,
        "gain": 100 * closest.gain,
        "low": 100 * closest.interval[0],
        "high": 100 * closest.interval[1],
        "cause": str(evidence.diagnosis.cause) if evidence.diagnosis else "-",
        "draws": next(c.num_draws for c in evidence.controls if c.name == "random-backbone"),
        "seconds": perf_counter() - start,
    }


def summarise(rows: list[dict[str, Any]], out: Path | None) -> None:
    """A line a kind, then recall and false alarms."""
    print()
    report = Report("negative-transfer-summary", SUMMARY, out)

    def add(kind: str, own: list[dict[str, Any]], is_hit: Callable[[dict[str, Any]], bool]) -> None:
        if not own:
            return
        verdicts, causes = Counter(row["verdict"] for row in own), Counter(row["cause"] for row in own)
        hits = sum(map(is_hit, own))
        low, high = wilson(hits, len(own))
        shown = ", ".join(f"{name} {number}" for name, number in causes.most_common())
        counts = {name: verdicts[name] for name in ("helped", "inconclusive", "hurt")}
        report.add(kind=kind, cases=len(own), **counts, share=hits / len(own), low=low, high=high, causes=shown)

    def not_helped(row: dict[str, Any]) -> bool:
        return bool(row["verdict"] != "helped")

    def warned(row: dict[str, Any]) -> bool:
        return bool(row["verdict"] == "hurt" or row["cause"] != "-")

    for kind in (*NOTHING, "help"):
        add(kind, [row for row in rows if row["kind"] == kind], not_helped)
    add("recall", [row for row in rows if row["kind"] in NOTHING], not_helped)
    add("false alarms", [row for row in rows if row["kind"] == "help"], not_helped)
    add("warned", [row for row in rows if row["kind"] in NOTHING], warned)
    add("false warnings", [row for row in rows if row["kind"] == "help"], warned)


def main() -> None:
    """Print the table, then the summary, then the cases that were lost."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--draws", type=int, default=3)
    parser.add_argument("--first", type=int, default=0, help="number of the first draw")
    parser.add_argument("--only", default=",".join((*NOTHING, "help")))
    parser.add_argument("--data", default="", help="data sets with commas; all without it")
    parser.add_argument("--out", type=Path)
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    store = ActivationStore()
    report = Report("negative-transfer", COLUMN_NAMES, chosen.out)
    rows = []
    for case in list_cases(range(chosen.first, chosen.first + chosen.draws)):
        if case.kind in chosen.only.split(",") and case.data in (chosen.data or case.data).split(","):
            rows.append(run(case, store))
            report.add(**rows[-1])
    summarise(rows, chosen.out and chosen.out.with_suffix(".summary.json"))
    lost = [row for row in rows if (row["verdict"] == "helped") != (row["kind"] == "help")]
    print(f"\n{len(lost)} lost:")
    for row in lost:
        print("; ".join(f"{name} {row[name]}" for name in ("kind", "data", "backbone", "draw", "verdict", "strongest")))


if __name__ == "__main__":
    main()
