"""Spoken digits by speakers who were never heard: commands by few and many labels, and transcripts by transfer.

    python -m benchmarks.speech [--only commands,transcripts] [--labels 5,20,200] [--out speech.json]

Needs `../shared` (spoken_digits, speech_embedding.google). Commands: three times two of six speakers test and the other
four train, so that every recording is tested once; a linear probe on frozen features, pretrained and random, labels a
digit drawn from the training speakers. Transcripts: one `injerto fit --task speech-recognition` a row, `lp-ft` beside
the control `from-scratch`: the same network, data, epochs and batches. Intervals resample recordings, in pairs.
"""

import argparse
import csv
from pathlib import Path

import numpy as np
import pandas as pd
import torch

import injerto
from benchmarks.reporting import Report
from injerto.activations.reading import compute_features
from injerto.activations.store.store import ActivationStore
from injerto.backbones.loading import load_backbone
from injerto.core.progress import Silent
from injerto.data.labelled import LabelledData
from injerto.data.reading import read_data
from injerto.evidence.answered import wilson
from injerto.strategies.heads.linear_choice import fit_linear

SHARED = Path(__file__).resolve().parents[1].parent / "shared"
EMBEDDING = SHARED / "weights" / "speech_embedding.google" / "model.safetensors"
BACKBONES = {"injerto-speech": ("injerto-speech", None), "speech_embedding": (str(EMBEDDING), "speech-embedding")}
COLUMNS = ("part", "backbone", "weights", "labels", "tested", "value", "low", "high", "gain", "gain_low", "gain_high")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="commands,transcripts")
    parser.add_argument("--labels", default="5,20,200", help="a digit, for commands; with commas")
    parser.add_argument("--recordings", default="750", help="for transcripts; with commas")
    parser.add_argument("--backbones", default=",".join(BACKBONES))
    parser.add_argument("--epochs", type=int, default=6)
    parser.add_argument("--out", type=Path)
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    report = Report("speech", COLUMNS, chosen.out)
    parts = chosen.only.split(",")
    if "commands" in parts:
        data = read_data(SHARED / "data" / "spoken_digits")
        for name in chosen.backbones.split(","):
            for pretrained in (True, False):
                measure_commands(name, data, pretrained, [int(n) for n in chosen.labels.split(",")], report)
    if "transcripts" in parts:
        for name in chosen.backbones.split(","):
            for number in map(int, chosen.recordings.split(",")):
                measure_transcripts(name, number, chosen.epochs, report)


def measure_commands(name: str, data: LabelledData, pretrained: bool, budgets: list[int], report: Report) -> None:
    """Accuracy over three folds of two speakers each."""
    spec, arch = BACKBONES[name]
    backbone = load_backbone(spec, arch=arch, pretrained=pretrained)
    items = [example.item for example in data.examples]
    features = compute_features(backbone, items, store=ActivationStore(), reporter=Silent())
    targets = torch.from_numpy(data.targets())
    speakers = np.array([example.group for example in data.examples])
    names = sorted(set(speakers))
    for budget in budgets:
        right = []
        for held in (names[0:2], names[2:4], names[4:6]):
            test = np.isin(speakers, held)
            generator = np.random.default_rng(0)
            train = np.concatenate(
                [
                    generator.permutation(np.flatnonzero(~test & (targets.numpy() == digit)))[:budget]
                    for digit in range(10)
                ]
            )
            head = fit_linear(features[train], targets[train], num_classes=10, multi_label=False, seed=0).head
            with torch.no_grad():
                right.append((head(features[test]).argmax(1) == targets[test]).numpy())
        hits = np.concatenate(right)
        low, high = wilson(int(hits.sum()), len(hits))
        report.add(
            part="commands, accuracy",
            backbone=name,
            weights="pretrained" if pretrained else "random",
            labels=budget,
            tested=len(hits),
            value=float(hits.mean()),
            low=low,
            high=high,
        )


def measure_transcripts(name: str, number: int, epochs: int, report: Report) -> None:
    """Word error rate of one fit, and what it gains over the same network from random weights."""
    spec, arch = BACKBONES[name]
    source = SHARED / "data" / "spoken_digits"
    rows = list(csv.DictReader((source / "manifest.csv").open(encoding="utf-8")))
    some = rows[:: max(1, len(rows) // number)]
    frame = pd.DataFrame(
        {
            "audio": [str(source / row["path"]) for row in some],
            "text": [row["text"] for row in some],
            "speaker": [row["speaker"] for row in some],
        }
    )
    options = injerto.DataOptions(task="speech-recognition")
    run = injerto.fit(frame, backbone=spec, arch=arch, strategy="lp-ft", epochs=epochs, options=options, fallback=False)
    rate = run.evidence.error_rates["wer"]
    scratch = next(control for control in run.evidence.controls if control.name == "from-scratch")
    report.add(
        part=f"transcripts, WER after {epochs} epochs",
        backbone=name,
        weights="pretrained",
        labels=len(some),
        tested=rate.num_examples,
        value=rate.value,
        low=rate.low,
        high=rate.high,
        gain=scratch.gain,
        gain_low=scratch.interval[0],
        gain_high=scratch.interval[1],
    )


if __name__ == "__main__":
    main()
