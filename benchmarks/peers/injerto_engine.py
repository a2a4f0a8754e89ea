"""injerto without what the others do not do: no survey of duplicates, no controls."""

import importlib
import sys
from pathlib import Path

from _measured import Clock

clock = Clock()
from injerto.activations.store.store import ActivationStore  # noqa: E402
from injerto.backbones.loading import load_backbone  # noqa: E402
from injerto.core.progress import Silent  # noqa: E402
from injerto.data.reading import read_data  # noqa: E402
from injerto.data.splitting import make_splits  # noqa: E402
from injerto.evidence.answers import answer  # noqa: E402
from injerto.planning.default_plan import choose_backbone_name, make_plan  # noqa: E402
from injerto.tasks.task import tasks  # noqa: E402
from injerto.training.engine import Engine  # noqa: E402

# What comes with the first backbone; the others have imported it by now too.
LIBRARIES = ("injerto.backbones.timm_network",)
if Path(sys.argv[1], "train.csv").is_file():
    LIBRARIES = ("injerto.backbones.transformers_network", "transformers.models.bert.modeling_bert")
for name in LIBRARIES:
    importlib.import_module(name)
clock.imported(sys.argv[5])
source, weights, epochs, strategy, device = sys.argv[1:6]
data = read_data(source)
splits = make_splits(data, seed=0)
backbone = load_backbone(weights)
task = f"{data.modality}-classification"
plan = make_plan(
    task=task,
    data=data,
    splits=splits,
    backbone=backbone,
    backbone_reason=choose_backbone_name(weights, data.modality)[1],
    strategy=strategy,
    epochs=int(epochs),
    seed=0,
    device=device,
)
store = ActivationStore()
engine = Engine(
    plan=plan, backbone=backbone, task=tasks.get(task)(), data=data, splits=splits, reporter=Silent(), store=store
)
model = engine.run().model
found = answer(model, [data.examples[i].item for i in splits.test], store=store, reporter=Silent())
clock.done(float((found.argmax(1) == data.targets()[splits.test]).mean()))
