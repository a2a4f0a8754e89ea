"""Which candidates a search may consider at all: licence, latency, memory."""

import time
from collections.abc import Mapping
from statistics import median
from typing import Final

import torch

from injerto.backbones.backbone import AbstractBackbone
from injerto.core.errors import UsageError
from injerto.core.limits import Limits
from injerto.core.messages import say
from injerto.core.plan import Plan
from injerto.core.provenance import BackboneCard
from injerto.data.items import AbstractItem
from injerto.planning.prediction import predict_peak
from injerto.planning.timing import CandidateTiming

_RUNS: Final = 5


def refuse_licence(card: BackboneCard, limits: Limits) -> str | None:
    """Why the licence of a backbone is outside the limits; None where it is inside."""
    if not limits.commercial or card.commercial_use is True:
        return None
    return say("search.licence-limit", license=card.license or say("search.unknown-licence"))


def refuse_latency(backbone: AbstractBackbone, item: AbstractItem, limits: Limits) -> str | None:
    """Why one input takes too long; what is changed by training takes no longer, and a head next to nothing."""
    if limits.latency_ms is None:
        return None
    found = measure_latency(backbone, item)
    if found <= limits.latency_ms:
        return None
    return say("search.latency-limit", found=f"{found:.1f}", limit=f"{limits.latency_ms:g}")


def refuse_memory(timing: CandidateTiming, plan: Plan, num_train: int, limits: Limits) -> str | None:
    """Why a training would hold too much memory, as far as that can be predicted."""
    if limits.memory_mb is None:
        return None
    found = predict_peak(timing, plan, num_train) / 1e6
    if found <= limits.memory_mb:
        return None
    return say("search.memory-limit", found=f"{found:.0f}", limit=f"{limits.memory_mb:g}")


def measure_latency(backbone: AbstractBackbone, item: AbstractItem) -> float:
    """Milliseconds of preparing and running one input by itself: the median of five runs after one that warms up."""
    backbone.eval()
    taken = []
    with torch.no_grad():
        for _ in range(_RUNS + 1):
            start = time.perf_counter()
            inputs = {name: value.to(backbone.device()) for name, value in backbone.prepare([item]).items()}
            backbone(inputs).sum().item()
            taken.append(1000 * (time.perf_counter() - start))
    return median(taken[1:])


def check_some_left(number: int, left_out: Mapping[str, str]) -> None:
    """Raise `UsageError` where the limits leave no candidate."""
    if number == 0:
        raise UsageError("limits-leave-none", reasons="; ".join(f"{name}: {why}" for name, why in left_out.items()))
