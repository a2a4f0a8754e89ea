"""An engine on a model folder and a data set, as the contract tests need it."""

from pathlib import Path

from injerto.activations.store.store import ActivationStore
from injerto.backbones.loading import load_backbone
from injerto.core.progress import Silent
from injerto.data.reading import read_data
from injerto.data.splitting import make_splits
from injerto.planning.default_plan import choose_backbone_name, make_plan
from injerto.tasks.task import tasks
from injerto.training.engine import Engine


def make_engine(
    source: Path, folder: Path, strategy: str, *, store: ActivationStore | None, epochs: int = 2, **options: object
) -> Engine:
    """Everything as `fit` does it, up to the first step."""
    data = read_data(source)
    splits = make_splits(data, seed=0)
    backbone = load_backbone(str(folder))
    task = f"{data.modality}-classification"
    plan = make_plan(
        task=task,
        data=data,
        splits=splits,
        backbone=backbone,
        backbone_reason=choose_backbone_name(str(folder), data.modality)[1],
        strategy=strategy,
        epochs=epochs,
        seed=0,
        device="cpu",
    )
    if plan.from_scratch:
        backbone = load_backbone(str(folder), pretrained=False)
    return Engine(
        plan=plan,
        backbone=backbone,
        task=tasks.get(task)(many_labels=data.multi_label),
        data=data,
        splits=splits,
        reporter=Silent(),
        store=store,
        **options,  # type: ignore[arg-type]
    )
