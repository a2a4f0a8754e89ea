"""The phases of a strategy where the head writes letters: nothing is solved, and what hears is trained by CTC."""

from collections.abc import Sequence

from injerto.core.errors import UsageError
from injerto.core.plan import Phase
from injerto.strategies.recipes import choose_batch_size, choose_epochs, choose_kept
from injerto.strategies.strategy import AbstractStrategy, Setting

_HEAD_RATE = 5e-3
_PATIENCE = 10


def recogniser_phases(chosen: AbstractStrategy, phases: Sequence[Phase], setting: Setting) -> tuple[Phase, ...]:
    """Head only first, then the encoder, the convolutional front end frozen: the recipe of wav2vec 2.0.

    Baevski et al. 2020, arXiv 2006.11477: the head alone for half of the updates where there are few hours. Raises
    `UsageError` for a strategy whose head can only name a class.
    """
    knows_letters = chosen.head == "linear" or bool(chosen.letter_options())
    if any(phase.solver == "estimator" for phase in phases) or not knows_letters or chosen.pool != "pooled":
        raise UsageError("strategy-writes-no-text", strategy=chosen.written())
    if chosen.head_options().get("solver", "auto") != "auto":
        raise UsageError("strategy-writes-no-text", strategy=chosen.written())
    return tuple(_adapt(phase, setting, from_scratch=chosen.from_scratch) for phase in phases)


def keep_front_frozen(phases: Sequence[Phase], setting: Setting) -> tuple[Phase, ...]:
    """Where everything would train, everything but the front end does."""
    if not setting.num_front_groups:
        return tuple(phases)
    num_groups = setting.num_groups - setting.num_front_groups
    kept = {"trains": "last", "num_groups": num_groups}
    return tuple(phase.model_copy(update=kept) if phase.trains == "all" else phase for phase in phases)


def _adapt(phase: Phase, setting: Setting, *, from_scratch: bool) -> Phase:
    if phase.solver == "closed-form":
        return Phase(
            name=phase.name,
            solver="gradient",
            epochs=choose_epochs(setting),
            keep=choose_kept(setting),
            learning_rate=_HEAD_RATE,
            batch_size=choose_batch_size(setting),
            patience=_PATIENCE,
        )
    if phase.trains == "head":
        return phase.model_copy(update={"learning_rate": _HEAD_RATE, "patience": _PATIENCE, "optimizer": "adamw"})
    rate = phase.learning_rate if from_scratch else max(phase.learning_rate, _HEAD_RATE / 5)
    return phase.model_copy(update={"learning_rate": rate, "patience": _PATIENCE, "augment": "none"})
