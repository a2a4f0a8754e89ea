"""What a `fit` took, and what may be done with what came out of it."""

from collections.abc import Sequence
from typing import Final, final

from injerto.backbones.backbone import AbstractBackbone
from injerto.backbones.licences import combine_licences
from injerto.backbones.operations import count_operations
from injerto.core.licence import LicenceOfResult, LicenceState
from injerto.core.plan import Plan
from injerto.core.progress import Reporter
from injerto.core.provenance import BackboneCard
from injerto.core.spent import Basis, Spent
from injerto.core.training_course import EpochRecord
from injerto.data.items import AbstractItem
from injerto.planning.energy import EnergyMeter, to_wh

_WITH_THE_WAY_BACK: Final = 3
"""A pass through a layer that learns takes about as much again twice: for its inputs and for its weights."""


@final
class Account:
    """Opened when a `fit` begins."""

    def __init__(self, watts: float | None) -> None:
        self._meter = EnergyMeter(watts)

    def close(self, card: BackboneCard, *, finetuning_flop: float | None, seconds: float, from_scratch: bool) -> Spent:
        """The figures, each with where it comes from."""
        power = self._meter.describe()
        if power.source == "rapl":
            energy, basis = power.measured_wh, Basis.MEASURED
        else:
            energy = to_wh(seconds, power.watts)
            basis = Basis.UNKNOWN if energy is None else Basis.ESTIMATED
        pretrained = not from_scratch
        return Spent(
            finetuning_flop=finetuning_flop,
            finetuning_basis=Basis.UNKNOWN if finetuning_flop is None else Basis.ESTIMATED,
            pretraining_flop=card.pretraining_flop if pretrained else None,
            pretraining_source=card.pretraining_source if pretrained else None,
            energy_wh=energy,
            energy_basis=basis,
        )


def estimate_finetuning(
    plan: Plan, history: Sequence[EpochRecord], backbone: AbstractBackbone, item: AbstractItem, num_train: int
) -> float:
    """Operations of the model's own training, at most: what stored activations save is not taken off.

    Each example runs once through the frozen network for every phase of a head, once for each of its stored views, and
    in each epoch of a phase that trains the network there and back.
    """
    tuned = {phase.name for phase in plan.phases if phase.trains != "head"}
    passes = sum(_WITH_THE_WAY_BACK for record in history if record.phase in tuned)
    passes += sum(1 + phase.views for phase in plan.phases if phase.trains == "head")
    return count_operations(backbone, item) * num_train * passes


def estimate_of_texts(num_parameters: int, num_tokens: int, num_epochs: int) -> float:
    """Six operations for each parameter and token (Kaplan et al. 2020, arXiv 2001.08361), at most."""
    return 6.0 * num_parameters * num_tokens * num_epochs


def work_out_licence(
    card: BackboneCard, data_license: str | None, *, from_scratch: bool, reporter: Reporter
) -> LicenceOfResult:
    """What binds the model; a clash is said before anything is trained."""
    found = combine_licences(None if from_scratch else card.license, data_license)
    if found.state is LicenceState.CLASH:
        reporter.note("run.licence", warning=found.sentence)
    return found
