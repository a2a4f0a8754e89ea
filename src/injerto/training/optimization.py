"""The optimizer of a phase: a rate for each parameter, no decay where decay means nothing, warm-up and cosine."""

import math
from collections.abc import Iterable, Mapping

import torch
from torch import Tensor, nn

from injerto.core.plan import Phase


def make_optimizer(
    phase: Phase, *, head: nn.Module, backbone: Iterable[tuple[str, nn.Parameter]], rates: Mapping[str, float]
) -> torch.optim.Optimizer:
    """An optimizer over the head and the trained parameters of the backbone, one group a (rate, decay) pair.

    Biases, norms and other vectors are not decayed: shrinking a scale towards zero is no prior.
    """
    entries = [(phase.learning_rate, parameter) for parameter in head.parameters()]
    entries += [(rates[name], parameter) for name, parameter in backbone if name in rates]
    grouped: dict[tuple[float, float], list[nn.Parameter]] = {}
    for rate, parameter in entries:
        decay = phase.weight_decay if parameter.dim() > 1 else 0.0
        grouped.setdefault((rate, decay), []).append(parameter)
    groups = [
        {"params": parameters, "lr": rate, "peak": rate, "weight_decay": decay}
        for (rate, decay), parameters in grouped.items()
    ]
    if phase.optimizer == "sgd":
        return torch.optim.SGD(groups, lr=phase.learning_rate, momentum=0.9)
    kind = torch.optim.AdamW if phase.optimizer == "adamw" else torch.optim.Adam
    return kind(groups, lr=phase.learning_rate)


def set_rates(optimizer: torch.optim.Optimizer, phase: Phase, *, step: int, num_steps: int) -> None:
    """Set every group to its peak times the schedule's factor at `step` of `num_steps`."""
    factor = schedule_factor(phase, step=step, num_steps=num_steps)
    for group in optimizer.param_groups:
        group["lr"] = group["peak"] * factor


def schedule_factor(phase: Phase, *, step: int, num_steps: int) -> float:
    """Share of the peak rate: rises linearly over the warm-up, then falls as half a cosine, or stays."""
    num_warmup = round(phase.warmup * num_steps)
    if step < num_warmup:
        return (step + 1) / num_warmup
    if phase.schedule == "constant":
        return 1.0
    return 0.5 * (1 + math.cos(math.pi * (step - num_warmup) / max(1, num_steps - num_warmup)))


def optimizer_tensors(optimizer: torch.optim.Optimizer) -> dict[str, Tensor]:
    """The optimizer's state as named tensors, so that a checkpoint needs no pickle."""
    return {
        f"{index}.{name}": value if isinstance(value, Tensor) else torch.tensor(value)
        for index, slots in optimizer.state_dict()["state"].items()
        for name, value in slots.items()
        if value is not None
    }


def restore_optimizer(optimizer: torch.optim.Optimizer, tensors: Mapping[str, Tensor]) -> None:
    """Put back what `optimizer_tensors` gave."""
    state: dict[int, dict[str, Tensor]] = {}
    for key, value in tensors.items():
        index, _, name = key.partition(".")
        state.setdefault(int(index), {})[name] = value
    optimizer.load_state_dict({"state": state, "param_groups": optimizer.state_dict()["param_groups"]})
