"""Spoken words and moods of speakers who were never heard, by few and many labels, and transcripts by transfer.

    python -m benchmarks.speech [--only commands,emotions,unknown,transcripts,sentences,front] [--labels 5,20,200]

Needs `../shared` (spoken_digits, emodb, speech_embedding.google). Commands: three times two of six speakers test and
the other four train, so that every recording is tested once; a linear probe on frozen features, pretrained and random,
labels a digit drawn from the training speakers. Emotions: the same with five pairs of ten German actors, also with a
head on up to four layers. The rest: `benchmarks.transcripts`, `unknown_speech` and `speech_front`; transcribers that
were trained are kept in `--records`, so that a run that was stopped goes on. Intervals resample recordings, in pairs.
"""

import argparse
import itertools
import tempfile
from pathlib import Path

import numpy as np
import torch

from benchmarks.reporting import Report
from benchmarks.speech_front import measure_front
from benchmarks.transcripts import make_frame, measure_transcripts
from benchmarks.unknown_speech import measure_unknown
from injerto.activations.reading import compute_features
from injerto.activations.store.store import ActivationStore
from injerto.backbones.backbone import Pool
from injerto.backbones.loading import load_backbone
from injerto.core.progress import Silent
from injerto.data.labelled import LabelledData
from injerto.data.reading import read_data
from injerto.evidence.answered import wilson
from injerto.strategies.heads.linear_choice import fit_linear
from injerto.strategies.heads.multi_layer import fit_multi_layer

SHARED = Path(__file__).resolve().parents[1].parent / "shared"
EMBEDDING = SHARED / "weights" / "speech_embedding.google" / "model.safetensors"
BACKBONES = {"injerto-speech": ("injerto-speech", None), "speech_embedding": (str(EMBEDDING), "speech-embedding")}
COLUMNS = ("part", "backbone", "weights", "labels", "tested", "value", "low", "high", "gain", "gain_low", "gain_high")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="commands,emotions,unknown,transcripts,sentences,front")
    parser.add_argument("--labels", default="5,20,200", help="a digit, for commands; with commas")
    parser.add_argument("--transcribed", default="5,20", help="labels a digit, for transcripts; with commas")
    parser.add_argument("--strategies", default="mlp-head,from-scratch")
    parser.add_argument("--folds", default="0,1,2")
    parser.add_argument("--records", type=Path, default=Path("transcripts.jsonl"))
    parser.add_argument("--backbones", default=",".join(BACKBONES))
    parser.add_argument("--epochs", type=int, default=30, help="for transcripts")
    parser.add_argument("--out", type=Path)
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    report = Report("speech", COLUMNS, chosen.out)
    parts = chosen.only.split(",")
    if "commands" in parts:
        data = read_data(SHARED / "data" / "spoken_digits")
        for name, pretrained in itertools.product(chosen.backbones.split(","), (True, False)):
            budgets = [int(n) for n in chosen.labels.split(",")]
            measure_labels("commands", name, data, pretrained, budgets, report)
    if "emotions" in parts:
        table = SHARED / "data" / "emodb" / "manifest.csv"
        data = read_data(table, label_column="label", audio_column="path", group_column="speaker")
        for name, pretrained in itertools.product(chosen.backbones.split(","), (True, False)):
            for pool in ("pooled", "taps"):
                measure_labels("emotions", name, data, pretrained, [5, 20, 200], report, pool=pool)
    if "front" in parts:
        with tempfile.TemporaryDirectory() as folder:
            frame = make_frame(SHARED / "data" / "spoken_digits", 0, 5, joined=True, folder=Path(folder))
            measure_front(frame, 10, report)
    if "unknown" in parts:
        for name in chosen.backbones.split(","):
            measure_unknown(name, *BACKBONES[name], read_data(SHARED / "data" / "spoken_digits"), 24, report)
    for part in ("transcripts", "sentences"):
        if part not in parts:
            continue
        for name, budget in itertools.product(chosen.backbones.split(","), map(int, chosen.transcribed.split(","))):
            spec, arch = BACKBONES[name]
            measure_transcripts(
                SHARED / "data" / "spoken_digits",
                spec,
                arch,
                budget=budget,
                joined=part == "sentences",
                epochs=chosen.epochs,
                strategies=chosen.strategies.split(","),
                folds=[int(fold) for fold in chosen.folds.split(",")],
                records=chosen.records,
                report=report,
                name=name,
            )


def measure_labels(
    part: str,
    name: str,
    data: LabelledData,
    pretrained: bool,
    budgets: list[int],
    report: Report,
    *,
    pool: Pool = "pooled",
) -> None:
    """Accuracy over folds that test two speakers each; `taps` is a head on up to four layers."""
    spec, arch = BACKBONES[name]
    backbone = load_backbone(spec, arch=arch, pretrained=pretrained)
    items = [example.item for example in data.examples]
    features = compute_features(backbone, items, pool=pool, store=ActivationStore(), reporter=Silent())
    targets = torch.from_numpy(data.targets())
    speakers = np.array([example.group for example in data.examples])
    names = sorted(set(speakers))
    number = len(data.labels)
    for budget in budgets:
        right = []
        for held in (names[first : first + 2] for first in range(0, len(names), 2)):
            test = np.isin(speakers, held)
            generator = np.random.default_rng(0)
            train = np.concatenate(
                [
                    generator.permutation(np.flatnonzero(~test & (targets.numpy() == label)))[:budget]
                    for label in range(number)
                ]
            )
            if pool == "taps":
                head = fit_multi_layer(features[train], targets[train], backbone.taps, num_classes=number, seed=0).head
            else:
                head = fit_linear(features[train], targets[train], num_classes=number, multi_label=False, seed=0).head
            with torch.no_grad():
                right.append((head(features[test]).argmax(1) == targets[test]).numpy())
        hits = np.concatenate(right)
        low, high = wilson(int(hits.sum()), len(hits))
        report.add(
            part=f"{part}, accuracy" + (", four layers" if pool == "taps" else ""),
            backbone=name,
            weights="pretrained" if pretrained else "random",
            labels=budget,
            tested=len(hits),
            value=float(hits.mean()),
            low=low,
            high=high,
        )


if __name__ == "__main__":
    main()
