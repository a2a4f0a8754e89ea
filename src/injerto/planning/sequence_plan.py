"""The plan of a task whose answer is a text: the phases of a strategy, without a head, at rates that fit."""

from typing import Final

from injerto.backbones.sequences.sequence_backbone import AbstractSequenceBackbone
from injerto.core.errors import UsageError
from injerto.core.messages import say
from injerto.core.plan import Basis, Phase, Plan, Reason
from injerto.core.survey import Modality
from injerto.planning.default_plan import check_groups
from injerto.strategies.strategy import Setting, parse_strategy

DEFAULT_STRATEGY: Final = "lora:rank=16"
_TOKENS_A_STEP: Final = 4096
"""A batch of 32 rows of 128 tokens; longer rows make smaller batches."""
_LARGE: Final = 50_000_000
_RATES: Final = {"causal": 2e-5, "encoder-decoder": 2e-5, "dictation": 1e-5}
_LORA_RATE: Final = 2e-4
"""Of large networks (Schulman 2025 finds about ten times that of full fine-tuning); small ones take the strategy's."""


def make_sequence_plan(
    *,
    task: str,
    backbone: AbstractSequenceBackbone,
    backbone_reason: Reason,
    strategy: str | None,
    num_train: int,
    num_tune: int,
    row_length: int,
    epochs: int | None,
    seed: int,
    device: str,
    minimum_effect: float,
    strategy_reason: Reason | None = None,
    epochs_reason: Reason | None = None,
) -> Plan:
    """Everything that decides the run.

    Raises `UsageError` for a strategy that does not exist, trains a head only, learns from classes, or asks for more
    layer groups than there are.
    """
    chosen = parse_strategy(strategy or DEFAULT_STRATEGY)
    setting = Setting(
        modality=Modality.TEXT,
        num_groups=len(backbone.layer_groups),
        num_parameters=sum(group.num_parameters for group in backbone.layer_groups),
        has_batch_norm=False,
        num_train=num_train,
        num_tune=num_tune,
        num_classes=backbone.vocabulary_size,
        epochs=epochs,
    )
    phases = tuple(phase for phase in chosen.phases(setting) if phase.solver == "gradient" and phase.trains != "head")
    if not phases:
        raise UsageError("strategy-only-head", strategy=chosen.written(), task=task)
    check_groups(chosen, phases, setting, backbone)
    if any(phase.objective != "labels" for phase in phases):
        raise UsageError("strategy-of-classes", strategy=chosen.written(), task=task)
    batch = max(4, min(32, _TOKENS_A_STEP // max(1, row_length)))
    is_large = setting.num_parameters >= _LARGE and not chosen.from_scratch
    asks_for_rate = "rate" in chosen.model_fields_set and chosen.model_dump()["rate"] > 0
    takes_published_rate = is_large and not asks_for_rate
    because = "plan.asked" if strategy is not None else "language.strategy-default"
    return Plan(
        task=task,
        backbone=backbone.spec,
        strategy=chosen.written(),
        head="output layer",
        phases=tuple(
            _fitted(phase, batch, takes_published_rate=takes_published_rate, kind=backbone.kind) for phase in phases
        ),
        seed=seed,
        device=device,
        pool="tokens",
        from_scratch=chosen.from_scratch,
        lora_rank=chosen.lora_rank or 8,
        minimum_effect=minimum_effect,
        reasons=(
            backbone_reason,
            strategy_reason
            or Reason(
                field="strategy",
                choice=chosen.written(),
                basis=Basis.USER if strategy is not None else Basis.DEFAULT,
                because=say(because),
            ),
            *(() if epochs_reason is None else (epochs_reason,)),
        ),
    )


def _fitted(phase: Phase, batch: int, *, takes_published_rate: bool, kind: str) -> Phase:
    """The phase with the batch of this task; where the network is large, with the rates of published recipes.

    Marian and decoders take 2e-5 (Hugging Face's course, translation and causal language modelling), Whisper 1e-5 (its
    "Fine-Tune Whisper", 2022). Translations are learnt with label smoothing 0.1, as in Vaswani et al. 2017.
    """
    changed: dict[str, object] = {"batch_size": min(phase.batch_size, batch), "keep": "best", "patience": 3}
    if kind == "encoder-decoder":
        changed["label_smoothing"] = 0.1
    if takes_published_rate:
        changed["backbone_rate"] = _LORA_RATE if phase.trains == "lora" else _RATES[kind]
    return phase.model_copy(update=changed)
