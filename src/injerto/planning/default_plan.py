"""A first plan by rule: the textbook's three considerations (data quantity, similarity, compute), each named.

Similarity is not known before something is measured, so the rules here lean on quantity and compute; the evidence of
every run then measures whether the choice was good.
"""

from typing import Final

from injerto.backbones.backbone import AbstractBackbone
from injerto.backbones.speech.letters import count_known, starts_from_letters
from injerto.core.errors import UsageError
from injerto.core.messages import say
from injerto.core.plan import Basis, Phase, Plan, Reason
from injerto.core.survey import Modality
from injerto.data.labelled import LabelledData, Splits
from injerto.strategies.recogniser_phases import keep_front_frozen, recogniser_phases
from injerto.strategies.strategy import AbstractStrategy, Setting, parse_strategy
from injerto.tasks.task import AbstractTask, label_task

DEFAULT_BACKBONES: Final = {
    Modality.IMAGE: "shipped:injerto-mix-r10",
    Modality.TEXT: "shipped:injerto-minitext-en-es",
    Modality.AUDIO: "shipped:injerto-speech",
}
"""What ships in the package, so that a run without a network is a real one."""

_ENOUGH_TO_TUNE: Final = 500
"""Training examples below which a frozen backbone is preferred even on a GPU."""


def choose_backbone_name(asked: str | None, modality: Modality) -> tuple[str, Reason]:
    """The backbone to load and why."""
    if asked is not None:
        return asked, _reason("backbone", asked, Basis.USER, "plan.asked")
    name = DEFAULT_BACKBONES[modality]
    return name, _reason("backbone", name, Basis.COMPUTE, "plan.backbone-shipped")


def make_plan(
    *,
    task: str,
    data: LabelledData,
    splits: Splits,
    backbone: AbstractBackbone,
    backbone_reason: Reason,
    strategy: str | None,
    epochs: int | None,
    seed: int,
    device: str,
) -> Plan:
    """Everything that decides the run. Raises `UsageError` for a strategy that does not exist or does not fit."""
    kind = label_task(task)
    own = next(((pool, head) for pool, head in kind.own_heads.items() if pool in backbone.pools), None)
    setting = make_setting(data, splits, backbone, epochs, kind)
    chosen, strategy_reason = _choose_strategy(strategy, setting, device)
    phases = chosen.phases(setting)
    if setting.writes_text:
        phases = recogniser_phases(chosen, phases, setting)
    if not chosen.from_scratch:
        phases = keep_front_frozen(phases, setting)
    check_groups(chosen, phases, setting, backbone)
    if kind.own_heads and any(phase.solver != "gradient" for phase in phases):
        raise UsageError("strategy-not-for-task", strategy=chosen.written(), task=task)
    return Plan(
        task=task,
        backbone=backbone.spec,
        strategy=chosen.written(),
        head=chosen.head if own is None else own[1],
        phases=phases,
        seed=seed,
        device=device,
        head_options=chosen.letter_options() if setting.writes_text else chosen.head_options(),
        pool=chosen.pool if own is None else own[0],
        from_scratch=chosen.from_scratch,
        lora_rank=chosen.lora_rank or 8,
        reasons=(
            backbone_reason,
            strategy_reason,
            *_epoch_reasons(epochs, phases),
            # A recurrent layer between frames and letters has not seen the source's.
            *(
                ()
                if chosen.from_scratch or chosen.letter_options()
                else _letter_reasons(backbone, data.labels, setting)
            ),
        ),
    )


def check_groups(
    chosen: AbstractStrategy, phases: tuple[Phase, ...], setting: Setting, backbone: AbstractBackbone
) -> None:
    """Raise `UsageError` where a phase trains more layer groups than there are: it would train all, unsaid."""
    asked = max(phase.num_groups for phase in phases)
    if asked > setting.num_groups:
        raise UsageError(
            "groups-too-many",
            strategy=chosen.written(),
            asked=asked,
            backbone=backbone.card.name,
            num_groups=setting.num_groups,
        )


def make_setting(
    data: LabelledData, splits: Splits, backbone: AbstractBackbone, epochs: int | None, task: type[AbstractTask]
) -> Setting:
    """What strategies look at."""
    from torch.nn.modules.batchnorm import _BatchNorm

    return Setting(
        modality=data.modality,
        num_groups=len(backbone.layer_groups),
        num_parameters=sum(group.num_parameters for group in backbone.layer_groups),
        has_batch_norm=any(isinstance(module, _BatchNorm) for module in backbone.network.modules()),
        num_train=len(splits.train),
        num_tune=len(splits.tune),
        num_classes=len(data.labels),
        num_front_groups=backbone.num_front_groups,
        writes_text=task.writes_text,
        epochs=epochs,
        num_decoder_groups=backbone.num_decoder_groups,
        # The phases of a recogniser are made of those of a classifier, afterwards.
        own_head=None if task.writes_text else next(iter(task.own_heads.values()), None),
        own_augment=task.augment,
    )


def _choose_strategy(asked: str | None, setting: Setting, device: str) -> tuple[AbstractStrategy, Reason]:
    if asked is not None:
        chosen = parse_strategy(asked)
        return chosen, _reason("strategy", chosen.written(), Basis.USER, "plan.asked")
    if setting.writes_text:
        return _by_rule("lp-ft", Basis.DEFAULT, "plan.strategy-recogniser")
    if setting.own_head is not None:
        return _by_rule("frozen", Basis.DATA_QUANTITY, "plan.strategy-frozen", num_train=setting.num_train)
    if setting.modality is Modality.AUDIO and (device == "cpu" or setting.num_train < _ENOUGH_TO_TUNE):
        return _by_rule("multi-layer", Basis.DEFAULT, "plan.strategy-layers")
    if device == "cpu":
        return _by_rule("linear-probe", Basis.COMPUTE, "plan.strategy-cpu", num_train=setting.num_train)
    if setting.num_train < _ENOUGH_TO_TUNE:
        return _by_rule("linear-probe", Basis.DATA_QUANTITY, "plan.strategy-few", num_train=setting.num_train)
    return _by_rule("lp-ft", Basis.DATA_QUANTITY, "plan.strategy-many", num_train=setting.num_train)


def _by_rule(name: str, basis: Basis, key: str, **values: object) -> tuple[AbstractStrategy, Reason]:
    return parse_strategy(name), _reason("strategy", name, basis, key, **values)


def _epoch_reasons(epochs: int | None, phases: tuple[object, ...]) -> tuple[Reason, ...]:
    if epochs is None:
        return ()
    return (_reason("epochs", str(epochs), Basis.USER, "plan.asked"),)


def _letter_reasons(backbone: AbstractBackbone, labels: tuple[str, ...], setting: Setting) -> tuple[Reason, ...]:
    letters = backbone.source_letters
    if not setting.writes_text or letters is None or not starts_from_letters(letters, labels):
        return ()
    known = count_known(letters, labels)
    return (_reason("head", "ctc", Basis.SIMILARITY, "plan.letters", known=known, number=len(labels)),)


def _reason(field: str, choice: str, basis: Basis, key: str, **values: object) -> Reason:
    return Reason(field=field, choice=choice, basis=basis, because=say(key, **values))
