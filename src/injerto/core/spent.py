"""What the training of a model took: operations and energy, each with where the figure comes from."""

from enum import StrEnum
from typing import Final

from pydantic import Field

from injerto.core.messages import say
from injerto.core.record import Record

MODIFIER_SHARE: Final = 1 / 3
"""Of the pretraining compute above which who modifies a general-purpose model becomes its provider.

European Commission, Guidelines on the scope of the obligations for providers of general-purpose AI models, C(2025)
7719, first published on 18 July 2025: point 60. It is an indication and binds nobody.
"""
GENERAL_PURPOSE_FLOP: Final = 1e23
"""Training compute above which a model that writes, speaks, draws or films counts as general-purpose by the same
guidelines (point 17); a third of it stands in where the pretraining compute is not known (point 61)."""


class Basis(StrEnum):
    """Where a figure comes from."""

    MEASURED = "measured"
    ESTIMATED = "estimated"
    UNKNOWN = "unknown"


class Spent(Record):
    """Compute and energy of one `fit`; a figure that nobody knows is None, and never made up."""

    finetuning_flop: float | None = Field(
        None, ge=0, description="of the model's own training, at most: its controls are not in it"
    )
    finetuning_basis: Basis = Basis.UNKNOWN
    pretraining_flop: float | None = Field(None, gt=0, description="of the backbone, as its makers' recipe gives it")
    pretraining_source: str | None = Field(None, description="where that recipe stands")
    energy_wh: float | None = Field(None, ge=0, description="of the whole `fit`, evidence included")
    energy_basis: Basis = Basis.UNKNOWN

    @property
    def pretraining_basis(self) -> Basis:
        """From a published recipe at best."""
        return Basis.UNKNOWN if self.pretraining_flop is None else Basis.ESTIMATED

    @property
    def ratio(self) -> float | None:
        """Fine-tuning over pretraining compute."""
        if self.finetuning_flop is None or self.pretraining_flop is None:
            return None
        return self.finetuning_flop / self.pretraining_flop

    @property
    def sentence(self) -> str:
        """On which side of the threshold of the guidelines the training lies, as far as that is known."""
        if self.finetuning_flop is None:
            return say("spent.unknown")
        if self.ratio is not None:
            key = "above" if self.ratio > MODIFIER_SHARE else "below"
            return say(f"spent.{key}", ratio=f"{100 * self.ratio:.2g}", source=self.pretraining_source)
        limit = MODIFIER_SHARE * GENERAL_PURPOSE_FLOP
        key = "above" if self.finetuning_flop > limit else "below"
        return say(f"spent.{key}-general", flop=f"{self.finetuning_flop:.1e}", limit=f"{limit:.1e}")
