"""An engine on data and a backbone as `fit` makes it, for benchmarks and tests that look at training alone."""

from pathlib import Path
from typing import Any

from injerto.backbones.backbone import AbstractBackbone
from injerto.backbones.loading import load_backbone
from injerto.core.plan import Phase
from injerto.core.progress import Silent
from injerto.data.labelled import LabelledData, Splits
from injerto.data.reading import read_data
from injerto.data.splitting import make_splits
from injerto.planning.default_plan import choose_backbone_name, make_plan
from injerto.tasks.task import tasks
from injerto.training.engine import Engine


def make_engine(
    source: Path | LabelledData,
    backbone: str | Path | AbstractBackbone,
    strategy: str,
    *,
    splits: Splits | None = None,
    epochs: int = 2,
    seed: int = 0,
    pretrained: bool = True,
    device: str = "cpu",
    **options: Any,
) -> Engine:
    """Everything up to the first step; `options` are those of `Engine`, its store among them.

    `backbone` is a name, a folder, or one that is loaded.
    """
    data = read_data(source) if isinstance(source, Path) else source
    splits = splits or make_splits(data, seed=seed)
    loaded = isinstance(backbone, AbstractBackbone)
    name = backbone.card.name if loaded else str(backbone)
    network = backbone if loaded else load_backbone(name, pretrained=pretrained, seed=seed)
    task = f"{data.modality}-classification"
    plan = make_plan(
        task=task,
        data=data,
        splits=splits,
        backbone=network,
        backbone_reason=choose_backbone_name(name, data.modality)[1],
        strategy=strategy,
        epochs=epochs,
        seed=seed,
        device=device,
    )
    if plan.from_scratch:
        network = load_backbone(name, pretrained=False, seed=seed)
    made = tasks.get(task)(many_labels=data.multi_label)
    return Engine(plan=plan, backbone=network, task=made, data=data, splits=splits, reporter=Silent(), **options)


def change_last_phase(engine: Engine, **changes: object) -> Engine:
    """The same engine, whose plan ends in another phase."""
    phase: Phase = engine.plan.phases[-1].model_copy(update=changes)
    engine.plan = engine.plan.model_copy(update={"phases": (*engine.plan.phases[:-1], phase)})
    return engine
