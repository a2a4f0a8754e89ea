"""What a control is for a model that writes texts: another network that is given the same test examples."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from injerto.activations.store.store import ActivationStore
from injerto.artifacts.sequence_model import SequenceModel
from injerto.backbones.sequences.sequence_backbone import AbstractSequenceBackbone
from injerto.backbones.sequences.token_rows import TokenRow
from injerto.core.plan import Plan
from injerto.core.progress import Reporter
from injerto.core.registry import Registry
from injerto.core.sequences import SequenceSettings
from injerto.data.items import AbstractItem
from injerto.tasks.sequence import AbstractSequenceTask


@dataclass(frozen=True, kw_only=True, slots=True)
class SequenceTrial:
    """What every control of one run shares with the model: rows, test examples, settings, seed and store."""

    plan: Plan
    task: AbstractSequenceTask
    settings: SequenceSettings
    load_backbone: Callable[..., AbstractSequenceBackbone]
    """`load_backbone(pretrained=…)` gives the plan's architecture with its own or with random weights."""
    train: Sequence[TokenRow]
    tune: Sequence[TokenRow]
    train_where: Sequence[str]
    tune_where: Sequence[str]
    test: Sequence[AbstractItem]
    store: ActivationStore | None
    reporter: Reporter
    num_epochs: int = 0
    """Epochs that the model was trained."""
    all_controls: bool = False
    """Whether controls run that cost more than the training of the model."""

    def model(self, backbone: AbstractSequenceBackbone) -> SequenceModel:
        """A network as a model of this trial."""
        return SequenceModel(
            task_name=self.plan.task,
            task=self.task,
            backbone=backbone,
            settings=self.settings,
            from_scratch=self.plan.from_scratch,
        )


class AbstractSequenceControl(ABC):
    """One control; its file name is its name in the evidence."""

    judges_transfer: ClassVar[bool]
    """Whether beating it, or being beaten by it, says that the pretrained weights helped or hurt."""

    @abstractmethod
    def model(self, trial: SequenceTrial) -> SequenceModel:
        """The other model, ready to answer."""

    def reason_to_skip(self, trial: SequenceTrial) -> str | None:
        """Why this control does not run; None where it does."""
        return None


sequence_controls: Final[Registry[type[AbstractSequenceControl]]] = Registry(
    "injerto.evidence.sequences.controls", "control"
)
"""The controls: the file name is the name in the evidence."""
