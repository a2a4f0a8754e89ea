"""Small trainings of small networks that write texts, on any device."""

from collections.abc import Callable, Sequence
from pathlib import Path

import torch
from sequence_networks import CAUSAL, ENCODER_DECODER, MULTILINGUAL, pairs

from injerto.activations.store.store import ActivationStore
from injerto.backbones.sequences.loading import load_sequence_backbone
from injerto.backbones.sequences.sequence_backbone import AbstractSequenceBackbone
from injerto.backbones.sequences.token_rows import TokenRow
from injerto.core.plan import Basis, Reason
from injerto.core.progress import Silent
from injerto.core.sequences import SequenceOptions
from injerto.data.items import AbstractItem
from injerto.data.sequences.items import Pair, Passage
from injerto.planning.sequence_plan import make_sequence_plan
from injerto.training.sequence_engine import SequenceEngine, TrainedSequence

KINDS = dict.fromkeys(CAUSAL, "causal") | dict.fromkeys((*ENCODER_DECODER, *MULTILINGUAL), "encoder-decoder")
ASKED = SequenceOptions(source_language="en", target_language="es", block_length=24)


def items(kind: str) -> Sequence[AbstractItem]:
    """Texts, or pairs of texts."""
    if kind == "causal":
        return [Passage(f"{source}. {target}.") for source, target in pairs(24)]
    return [Pair(*sides) for sides in pairs(24)]


def load(folder: Path) -> AbstractSequenceBackbone:
    """The network of a folder that is called after its family."""
    return load_sequence_backbone(str(folder), kind=KINDS[folder.name])  # type: ignore[arg-type]


def train(
    folder: Path,
    strategy: str,
    *,
    store: ActivationStore | None = None,
    kept: Path | None = None,
    epochs: int = 2,
    device: str = "cpu",
    before_batch: Callable[[], None] | None = None,
) -> tuple[AbstractSequenceBackbone, TrainedSequence, list[TokenRow]]:
    """The network, what happened, and its rows, of which the last four stopped it."""
    backbone = load(folder)
    rows, _ = backbone.rows(items(backbone.kind), backbone.resolve_settings(ASKED, prompts=False), packed=True)
    plan = make_sequence_plan(
        task="any",
        backbone=backbone,
        backbone_reason=Reason(field="backbone", choice="", basis=Basis.USER, because=""),
        strategy=strategy,
        num_train=len(rows) - 4,
        num_tune=4,
        row_length=24,
        epochs=epochs,
        seed=0,
        device=device,
        minimum_effect=0.01,
    )
    phases = tuple(phase.model_copy(update={"batch_size": 8}) for phase in plan.phases)
    plan = plan.model_copy(update={"activation_precision": "fp32", "phases": phases, "arithmetic": "exact"})
    trained = SequenceEngine(
        plan=plan,
        backbone=backbone,
        train=rows[:-4],
        tune=rows[-4:],
        train_where=[str(i) for i in range(len(rows) - 4)],
        tune_where=["tune"] * 4,
        reporter=Silent(),
        store=store,
        checkpoint_folder=kept,
        before_batch=before_batch,
    ).run()
    return backbone, trained, rows


def scores(backbone: AbstractSequenceBackbone, rows: Sequence[TokenRow]) -> torch.Tensor:
    """Of the first rows, on the processor, wherever they were computed."""
    backbone.eval()
    inputs = {name: value.to(backbone.device()) for name, value in backbone.prepare(rows[:3]).items()}
    with torch.no_grad():
        return torch.as_tensor(backbone(inputs)).cpu()
