"""A search on data that were read, and the plan that a killed run left behind."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from injerto.backbones.backbone import AbstractBackbone
from injerto.core.errors import UsageError
from injerto.core.hashing import digest_json
from injerto.core.limits import Limits
from injerto.core.plan import Plan
from injerto.core.progress import Reporter
from injerto.data.items import AbstractItem
from injerto.evidence.searching import search
from injerto.planning.budget import Budget
from injerto.planning.energy import EnergyMeter
from injerto.planning.plan_file import read_plan, write_plan
from injerto.workflow.device import choose_device
from injerto.workflow.ready import Ready


def search_ready(
    ready: Ready,
    loaded: Sequence[AbstractBackbone],
    budget: Budget,
    seed: int,
    device: str,
    arch: str | None,
    reporter: Reporter,
    meter: EnergyMeter | None = None,
    limits: Limits | None = None,
    reference: Sequence[AbstractItem] = (),
) -> Plan:
    """The plan of a search among the loaded backbones or, without any, those of the catalogue that are here."""
    if ready.data.transcribed:
        raise UsageError("search-needs-labels", task=ready.task_name)
    return search(
        ready.task_name,
        ready.data,
        ready.splits,
        loaded,
        budget=budget,
        seed=seed,
        device=choose_device(device),
        arch=arch,
        reporter=reporter,
        meter=meter,
        limits=limits,
        reference=reference,
    )


def find_or_search(folder: Path | None, asked: Sequence[Any], search: Callable[[], Plan]) -> Plan:
    """The plan that an earlier run into the same output made for the same question, else a new one, kept for it.

    Args:
        folder: of the run; None keeps nothing.
        asked: everything that decides the search.
    """
    if folder is None:
        return search()
    file = folder / f"plan-{digest_json(list(asked))[:16]}.toml"
    if file.is_file():
        return read_plan(file)[0]
    made = search()
    write_plan(made, file)
    return made
