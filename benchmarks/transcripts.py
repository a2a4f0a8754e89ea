"""Digits written down letter by letter: frozen frames under a CTC head against the same network from random weights.

Part of `python -m benchmarks.speech --only transcripts`. Three folds: two of six speakers test, one tunes, three train.
A budget is so many recordings a digit of the training speakers. `joined` makes of the same recordings sentences of one
to four digits by one speaker. Both sides see the same recordings in batches of the same size for as many epochs; the
network from scratch does many times the arithmetic, for nothing of it is stored.
"""

import csv
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import soundfile

import injerto
from benchmarks.reporting import Report
from injerto.activations.store.store import ActivationStore
from injerto.backbones.loading import load_backbone
from injerto.core.progress import Silent
from injerto.evidence.bootstrap import measure_gain, measure_rate
from injerto.strategies.strategy import parse_strategy
from injerto.training.engine import Engine
from injerto.workflow.alignable import drop_too_short
from injerto.workflow.ready import Ready, read_ready
from injerto.workflow.rule import plan_by_rule

HEAD = "mlp-head"
"""What stands on the frozen frames: a recurrent layer of 64 units in each direction, then letters."""
_TUNE, _TEST = 5, 20
"""Recordings a digit and speaker."""
_LONGEST, _PAUSE_SECONDS, _NOISE = 4, 0.1, 1e-3
Row = dict[str, str]
Counts = dict[str, list[float]]


def measure_transcripts(
    source: Path,
    spec: str,
    arch: str | None,
    *,
    budget: int,
    joined: bool,
    epochs: int,
    strategies: list[str],
    folds: list[int],
    records: Path,
    report: Report,
    name: str,
) -> None:
    """Train what `records` does not hold yet, and print a row a strategy over the folds that it holds."""
    kept = _read(records)
    for fold in folds:
        for strategy in strategies:
            case = f"{name} {'joined' if joined else 'words'} {budget} {epochs} {strategy} {fold}"
            if case in kept:
                continue
            with tempfile.TemporaryDirectory() as folder:
                frame = make_frame(source, fold, budget, joined=joined, folder=Path(folder))
                kept[case] = train(frame, spec, arch, strategy, epochs)
            with records.open("a", encoding="utf-8") as stream:
                stream.write(json.dumps({"case": case, **kept[case]}) + "\n")
    found = {}
    for strategy in strategies:
        cases = [f"{name} {'joined' if joined else 'words'} {budget} {epochs} {strategy} {fold}" for fold in folds]
        if all(case in kept for case in cases):
            found[strategy] = [np.concatenate([kept[case][key] for case in cases]) for key in ("errors", "words")]
    for strategy, (errors, words) in found.items():
        rate = measure_rate(errors, words, seed=0)
        gain = None
        if strategy != "from-scratch" and "from-scratch" in found:
            right, other = (np.clip(1 - found[one][0] / words, 0, 1) for one in (strategy, "from-scratch"))
            gain = measure_gain(right, other, seed=0)
        report.add(
            part=f"{'sentences' if joined else 'words'}, WER after {epochs} epochs",
            backbone=name,
            weights=strategy,
            labels=budget,
            tested=rate.num_examples,
            value=rate.value,
            low=rate.low,
            high=rate.high,
            gain=gain and gain.value,
            gain_low=gain and gain.low,
            gain_high=gain and gain.high,
        )


def train(frame: pd.DataFrame, spec: str, arch: str | None, strategy: str, epochs: int) -> Counts:
    """Word errors and words of every test recording, after the phases of one strategy."""
    ready = read_ready(frame, injerto.DataOptions(task="speech-recognition"), 0, Silent())
    plan, grown = plan_by_rule(ready, spec, strategy, epochs, 0, "cpu", arch)
    if plan.from_scratch:  # The same network, the recurrent layer between frames and letters included.
        plan = plan.model_copy(update={"head_options": parse_strategy(HEAD).letter_options()})
    ready = drop_too_short(ready, grown, Silent())
    backbone = load_backbone(spec, arch=arch, pretrained=False) if plan.from_scratch else grown
    trained = Engine(
        plan=plan,
        backbone=backbone,
        task=ready.task(),
        data=ready.data,
        splits=ready.splits,
        reporter=Silent(),
        store=ActivationStore(),
        may_say_nothing=True,
    ).run()
    return _count(ready, trained.model)


def make_frame(source: Path, fold: int, budget: int, *, joined: bool, folder: Path) -> pd.DataFrame:
    """Recordings of a fold with text, speaker and split; joined ones are written into `folder`."""
    rows = list(csv.DictReader((source / "manifest.csv").open(encoding="utf-8")))
    speakers = sorted({row["speaker"] for row in rows})
    test = speakers[2 * fold : 2 * fold + 2]
    others = [speaker for speaker in speakers if speaker not in test]
    generator = np.random.default_rng(fold)
    parts = {"train": (others[1:], budget), "tune": (others[:1], _TUNE), "test": (test, 2 * _TEST)}
    found: list[Row] = []
    for split, (some, number) in parts.items():
        for digit in sorted({row["label"] for row in rows}):
            of_digit = [row for row in rows if row["label"] == digit and row["speaker"] in some]
            drawn = [of_digit[i] for i in generator.permutation(len(of_digit))[:number]]
            found += [
                {"path": str(source / r["path"]), "text": r["text"], "speaker": r["speaker"], "split": split}
                for r in drawn
            ]
    return pd.DataFrame(list(_join(found, generator, folder)) if joined else found)


def _join(rows: list[Row], generator: np.random.Generator, folder: Path) -> Iterator[Row]:
    """Sentences of one to four recordings of one speaker and split, each used once, with short pauses between them."""
    by_voice: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        by_voice.setdefault((row["split"], row["speaker"]), []).append(row)
    for (split, speaker), own in by_voice.items():
        order = [own[i] for i in generator.permutation(len(own))]
        while order:
            number = int(generator.integers(1, _LONGEST + 1))
            some, order = order[:number], order[number:]
            pieces: list[np.ndarray] = []
            for row in some:
                samples, rate = soundfile.read(row["path"], dtype="float32")
                pause = generator.normal(0, _NOISE, round(_PAUSE_SECONDS * rate)).astype(np.float32)
                pieces += [pause, samples] if pieces else [samples]
            path = folder / f"{split}-{speaker}-{len(order)}.wav"
            soundfile.write(path, np.concatenate(pieces), rate)
            yield {
                "path": str(path),
                "text": " ".join(row["text"] for row in some),
                "speaker": speaker,
                "split": split,
            }


def _count(ready: Ready, model: injerto.Model) -> Counts:
    positions = [int(i) for i in ready.splits.test]
    answers = model.probabilities([ready.data.examples[i].item for i in positions])
    errors, words = model.task.error_counts(answers, ready.data.targets()[positions])["wer"]
    return {"errors": errors.tolist(), "words": words.tolist()}


def _read(records: Path) -> dict[str, Counts]:
    if not records.is_file():
        return {}
    rows = [json.loads(line) for line in records.read_text(encoding="utf-8").splitlines()]
    return {row["case"]: {"errors": row["errors"], "words": row["words"]} for row in rows}
