"""What storing the frozen convolutions of wav2vec 2.0 saves while the encoder trains: part of `benchmarks.speech`.

The architecture of `facebook/wav2vec2-base` with random weights, spoken digits, `full` behind the frozen front end: the
same phase from stored frames and with the convolutions run in every epoch, by the processor's time.
"""

import json
import tempfile
import time
from pathlib import Path

import pandas as pd
import torch
import transformers

import injerto
from benchmarks.reporting import Report
from injerto.activations.store.store import ActivationStore
from injerto.backbones.loading import load_backbone
from injerto.core.progress import Silent
from injerto.training.engine import Engine
from injerto.workflow.ready import read_ready
from injerto.workflow.rule import plan_by_rule


def measure_front(frame: pd.DataFrame, epochs: int, report: Report) -> None:
    """Seconds of an epoch either way, and of what comes before the first: the pass over the convolutions, checks."""
    with tempfile.TemporaryDirectory() as folder:
        _save_network(Path(folder))
        ready = read_ready(frame, injerto.DataOptions(task="speech-recognition"), 0, Silent())
        plan, _ = plan_by_rule(ready, folder, "full", epochs, 0, "cpu", None)
        before, epoch, losses = {}, {}, {}
        for stored in (True, False):
            with tempfile.TemporaryDirectory() as store:
                batches: list[float] = []
                engine = Engine(
                    plan=plan,
                    backbone=load_backbone(folder),
                    task=ready.task(),
                    data=ready.data,
                    splits=ready.splits,
                    reporter=Silent(),
                    store=ActivationStore(Path(store)) if stored else None,
                    before_batch=lambda times=batches: times.append(time.process_time()),
                    may_say_nothing=True,
                )
                start = time.process_time()
                found = engine.run()
                epoch[stored] = (time.process_time() - batches[0]) / epochs
                before[stored], losses[stored] = batches[0] - start, found.history[-1].train_loss
    for name, seconds in (("an epoch", epoch), ("before the first epoch", before)):
        for stored, value in seconds.items():
            report.add(
                part=f"wav2vec2-base, CPU seconds {name}; loss {losses[stored]:.4f}",
                backbone="wav2vec2-base",
                weights="front stored" if stored else "front run each epoch",
                labels=len(ready.splits.train),
                tested=1,
                value=value,
                gain=seconds[False] / value,
            )


def _save_network(folder: Path) -> None:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        transformers.Wav2Vec2Model(transformers.Wav2Vec2Config(layerdrop=0.0)).save_pretrained(folder)
    processor = {"feature_extractor_type": "Wav2Vec2FeatureExtractor", "sampling_rate": 16_000, "do_normalize": True}
    (folder / "preprocessor_config.json").write_text(json.dumps(processor))
