"""Train `injerto-speech`: which sound is said in every 20 ms, and what a teacher hears in every 80 ms.

    python -m pretraining.speech.train OUT_FOLDER [--minutes 35]

Writes `model.safetensors` (half precision), `config.json`, `training.json`. One thread; see README.md.
"""

import argparse
import json
import time
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file
from torch import nn
from torch.nn import functional

from injerto.backbones.speech.compact_encoder import CompactEncoder
from pretraining.speech.phones import NUM_LABELS
from pretraining.speech.synthesis import say_nonsense
from pretraining.speech.teacher import WIDTH, ask, load_teacher

_BATCH = 24
_KEPT = 6000
"""Recordings that are kept and replaced one by one: saying one takes as long as learning from it."""
_NEW = 10
_RATE = 2e-3
_TEACHER = Path(__file__).resolve().parents[2].parent / "shared" / "weights" / "speech_embedding.google"
_FIELD, _STRIDE = 38, 4
"""Of the teacher, in frames of 20 ms."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--minutes", type=float, default=35)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--first", type=int, default=1500, help="recordings before the first step")
    asked = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(asked.seed)
    network, heads = CompactEncoder(), nn.ModuleDict()
    width = network.settings()["width"]
    heads["phones"], heads["teacher"] = nn.Linear(width, NUM_LABELS), nn.Linear(width, WIDTH)
    teacher = load_teacher(_TEACHER)
    parameters = [*network.parameters(), *heads.parameters()]
    optimizer = torch.optim.AdamW(parameters, lr=_RATE, weight_decay=0.02)
    generator = np.random.default_rng(asked.seed)
    said = [say_nonsense(generator) for _ in range(asked.first)]
    step, start, seen = 0, time.monotonic(), []
    while (share := (time.monotonic() - start) / (60 * asked.minutes)) < 1:
        for _ in range(_NEW):
            new = say_nonsense(generator)
            if len(said) < _KEPT:
                said.append(new)
            else:
                said[int(generator.integers(_KEPT))] = new
        rows = [said[i] for i in generator.choice(len(said), _BATCH, replace=False)]
        samples = torch.from_numpy(np.stack([row.samples for row in rows]))
        labels = torch.from_numpy(np.stack([row.labels for row in rows]))
        mask = torch.ones_like(labels)
        frames = network(samples, mask, torch.full((len(rows), 1), samples.shape[1]))
        heard = heads["phones"](frames)
        phones = functional.cross_entropy(heard.transpose(1, 2), labels, label_smoothing=0.05)
        windows = heads["teacher"](frames).unfold(1, _FIELD, _STRIDE).mean(-1)
        wanted = ask(teacher, samples)
        number = min(windows.shape[1], wanted.shape[1])
        taught = functional.mse_loss(windows[:, :number], wanted[:, :number]) / wanted.var()
        loss = phones + 0.5 * taught
        warm = min(1.0, (step + 1) / 100)
        for group in optimizer.param_groups:
            group["lr"] = _RATE * warm * 0.5 * (1 + np.cos(np.pi * share)) + 1e-5
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        seen.append(
            (float(phones.detach()), float(taught.detach()), float((heard.argmax(-1) == labels).float().mean()))
        )
        step += 1
        if step % 50 == 0:
            means = np.mean(seen[-50:], axis=0)
            print(
                f"{step:5d} {60 * asked.minutes * share:6.0f} s  "
                f"phones {means[0]:.3f}  teacher {means[1]:.3f}  right {means[2]:.3f}",
                flush=True,
            )
        if step % 400 == 0:
            write(asked.out, network, asked, step, seen)
    write(asked.out, network, asked, step, seen)


def write(
    folder: Path, network: CompactEncoder, asked: argparse.Namespace, step: int, seen: list[tuple[float, ...]]
) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    state = {name: value.detach().half().contiguous() for name, value in network.state_dict().items()}
    save_file(state, folder / "model.safetensors", metadata={"format": "pt"})
    config = {"library": "injerto", **network.settings()}
    (folder / "config.json").write_text(json.dumps(config, indent=1, sort_keys=True) + "\n")
    means = np.mean(seen[-200:], axis=0)
    training = {
        "steps": step,
        "recordings": step * _BATCH,
        "minutes": asked.minutes,
        "seed": asked.seed,
        "threads": 1,
        "phone_loss": float(means[0]),
        "teacher_loss": float(means[1]),
        "phones_right": float(means[2]),
    }
    (folder / "training.json").write_text(json.dumps(training, indent=1) + "\n")


if __name__ == "__main__":
    main()
