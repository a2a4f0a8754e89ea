"""A search from start to end: the candidates, a way to try them, and the plan that comes of it."""

from collections.abc import Sequence
from functools import partial

from injerto.activations.store.store import ActivationStore
from injerto.backbones.at_hand import list_at_hand
from injerto.backbones.backbone import AbstractBackbone
from injerto.backbones.catalogue import list_cards
from injerto.backbones.loading import load_backbone
from injerto.core.errors import UsageError
from injerto.core.limits import Limits
from injerto.core.messages import say
from injerto.core.plan import Plan
from injerto.core.progress import Reporter
from injerto.data.items import AbstractItem
from injerto.data.labelled import LabelledData, Splits
from injerto.evidence.trying import Trying
from injerto.planning.budget import Budget
from injerto.planning.energy import EnergyMeter
from injerto.planning.limiting import check_some_left, refuse_licence
from injerto.planning.searched_plan import search_plan
from injerto.tasks.task import label_task


def search(
    task: str,
    data: LabelledData,
    splits: Splits,
    loaded: Sequence[AbstractBackbone],
    *,
    budget: Budget,
    seed: int,
    device: str,
    arch: str | None,
    reporter: Reporter,
    meter: EnergyMeter | None = None,
    limits: Limits | None = None,
    reference: Sequence[AbstractItem] = (),
) -> Plan:
    """A plan by measurement, among the loaded backbones or, without any, all of the catalogue that are here.

    `meter` tells energy; None leaves it out. `limits` says what a candidate may need; raises `UsageError` where that
    leaves none. `reference` are examples like those that the candidates were trained on.
    """
    modality = data.modality
    for grown in loaded:
        if grown.modality is not modality:
            name = grown.card.name
            raise UsageError("backbone-modality", backbone=name, modality=grown.modality, data=modality)
    here = list_at_hand(modality) if not loaded else ()
    absent = {card.name for card in list_cards() if card.modality is modality} - {card.name for card in here}
    left_out = {} if loaded else {name: say("search.not-here") for name in sorted(absent)}
    if limits is not None:
        cards = [*(grown.card for grown in loaded), *here]
        refused = {card.name: why for card in cards if (why := refuse_licence(card, limits)) is not None}
        check_some_left(len(cards) - len(refused), refused)
        left_out |= refused
        loaded = [grown for grown in loaded if grown.card.name not in refused]
        here = tuple(card for card in here if card.name not in refused)
    found = [*loaded, *(load_backbone(card.name, seed=seed) for card in here)]
    found = [grown.to(device) for grown in found]
    store = ActivationStore()
    return search_plan(
        task=task,
        data=data,
        splits=splits,
        backbones=found,
        try_plan=Trying(
            task=label_task(task)(many_labels=data.multi_label),
            data=data,
            store=store,
            frozen={grown.spec: grown for grown in found},
            load_backbone=partial(load_backbone, arch=arch, seed=seed),
            budget=budget,
        ),
        store=store,
        budget=budget,
        seed=seed,
        device=device,
        reporter=reporter,
        meter=meter,
        limits=limits,
        reference=reference,
        left_out=left_out,
    )
