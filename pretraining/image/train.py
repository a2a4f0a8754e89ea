"""Pretrains an image backbone: `python -m pretraining.image.train --recipe glyphs --out FOLDER`.

Recipe `glyphs` learns printed and invented characters from random weights. Recipe `mix` starts from a backbone of
recipe `glyphs`, keeps its objectives with smaller shares, and adds the distillation of an ImageNet teacher.
"""

import argparse
import json
import time
from collections import defaultdict
from pathlib import Path

import torch
from timm.models import ResNet
from torch import nn

from pretraining.image.distillation import SceneDistillation
from pretraining.image.glyphs import load_glyph_bank
from pretraining.image.model import load_backbone, make_backbone, save_backbone
from pretraining.image.objectives import AbstractObjective, GlyphNaming, StrokeNaming
from pretraining.image.strokes import StrokeAlphabet
from pretraining.image.teacher import load_taught_scenes

LEARNING_RATE = 2e-3
WEIGHT_DECAY = 0.05
NUM_STROKE_CLASSES = 1200
LOG_EVERY = 100


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--recipe", choices=["glyphs", "mix"], default="glyphs")
    parser.add_argument("--start", type=Path, help="backbone to start from; recipe mix needs one")
    parser.add_argument("--out", type=Path, required=True, help="folder of the trained backbone")
    parser.add_argument(
        "--scratch", type=Path, default=Path("/tmp/pretrain_image"), help="rendered material is kept here"
    )
    parser.add_argument("--data", type=Path, default=Path("/work/shared/data"), help="photos and blood_cells_det")
    parser.add_argument("--teacher", type=Path, default=Path("/work/shared/weights/mobilenetv2_100.imagenet"))
    parser.add_argument("--scenes", type=int, default=40_000, help="scenes shown to the teacher (default %(default)s)")
    parser.add_argument("--steps", type=int, default=1800, help="optimiser steps (default %(default)s)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    if (arguments.recipe == "mix") != (arguments.start is not None):
        parser.error("--start belongs to recipe mix: give it the folder of a backbone of recipe glyphs")
    objectives = make_objectives(arguments)
    backbone = make_backbone(seed=arguments.seed)
    if arguments.start:
        backbone.load_state_dict(load_backbone(arguments.start).state_dict())
    started = time.perf_counter()
    train(backbone, objectives, steps=arguments.steps, seed=arguments.seed)
    save_backbone(backbone, arguments.out)
    minutes = (time.perf_counter() - started) / 60
    record = {
        "recipe": arguments.recipe,
        "start": arguments.start.name if arguments.start else None,
        "steps": arguments.steps,
        "pictures": arguments.steps * sum(objective.share for objective in objectives.values()),
        "seed": arguments.seed,
        "threads": arguments.threads,
        "minutes": round(minutes, 1),
    }
    (arguments.out / "training.json").write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")


def make_objectives(arguments: argparse.Namespace) -> dict[str, AbstractObjective]:
    """The objectives of a recipe, by the name they have in the log."""
    torch.manual_seed(arguments.seed)  # the heads
    with_teacher = arguments.recipe == "mix"
    alphabet = StrokeAlphabet(NUM_STROKE_CLASSES, seed=arguments.seed)
    objectives: dict[str, AbstractObjective] = {
        "glyphs": GlyphNaming(load_glyph_bank(arguments.scratch / "glyphs"), share=48 if with_teacher else 96),
        "strokes": StrokeNaming(alphabet, share=32 if with_teacher else 48),
    }
    if with_teacher:
        scenes = load_taught_scenes(
            arguments.scratch / "scenes",
            data=arguments.data,
            teacher=arguments.teacher,
            count=arguments.scenes,
            seed=arguments.seed,
        )
        objectives["scenes"] = SceneDistillation(scenes, share=96)
    return objectives


def train(backbone: ResNet, objectives: dict[str, AbstractObjective], *, steps: int, seed: int) -> None:
    """All objectives share every batch, so that batch norm sees one mixture; AdamW with one cosine cycle."""
    backbone.train()
    generator = torch.Generator().manual_seed(seed)
    parameters = [p for module in (backbone, *objectives.values()) for p in module.parameters()]
    optimizer = torch.optim.AdamW(parameters, lr=LEARNING_RATE, weight_decay=WEIGHT_DECAY)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, LEARNING_RATE, total_steps=steps, pct_start=0.1)
    sums: dict[str, float] = defaultdict(float)
    started = time.perf_counter()
    for step in range(1, steps + 1):
        batches = {name: objective.draw(generator) for name, objective in objectives.items()}
        pictures = torch.cat([batch.pictures for batch in batches.values()])
        maps = backbone.forward_intermediates(
            pictures.to(memory_format=torch.channels_last), indices=[3, 4], intermediates_only=True
        )
        loss, first = torch.zeros(()), 0
        for name, objective in objectives.items():
            rows = slice(first, first + objective.share)
            part, score = objective.measure_loss([one[rows] for one in maps], batches[name].target)
            loss, first = loss + part, rows.stop
            sums[f"{name} loss"] += float(part.detach())
            sums[f"{name} score"] += float(score)
        optimizer.zero_grad()
        torch.autograd.backward(loss)
        nn.utils.clip_grad_norm_(parameters, 5.0)
        optimizer.step()
        schedule.step()
        if step % LOG_EVERY == 0:
            line = ", ".join(f"{name} {value / LOG_EVERY:.3f}" for name, value in sums.items())
            print(f"{step}/{steps} {time.perf_counter() - started:.0f} s: {line}", flush=True)
            sums.clear()
    backbone.eval()


if __name__ == "__main__":
    main()
