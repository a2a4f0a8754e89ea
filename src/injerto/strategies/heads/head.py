"""What every head is: a module from features to scores whose state is tensors and whose settings are small JSON."""

import importlib
import pkgutil
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Final, Self, final

import torch
from pydantic import Field, ValidationError
from torch import Tensor, nn

from injerto.core.errors import ModelError
from injerto.core.record import Record
from injerto.core.registry import Registry

Settings = dict[str, int | float | str | bool]
"""What rebuilds an empty head; a JSON object."""

Facts = dict[str, float | int | str]
"""What a fit found out: the chosen penalty, its leave-one-out accuracy, the seconds it took."""

NumFeatures = Annotated[int, Field(ge=1, le=1 << 24, description="length of the feature vector")]
NumClasses = Annotated[int, Field(ge=1, le=1 << 20, description="number of classes, which is the length of a score")]


class HeadSettings(Record):
    """The settings that every head has; each head adds its own with their ranges."""

    num_features: NumFeatures
    num_classes: NumClasses


class AbstractHead(nn.Module, ABC):
    """Maps features, shape (batch, features), to scores, shape (batch, classes).

    Scores are logits: their softmax (one label an example) or sigmoid (many) are probabilities. Everything that
    decides a score is in `settings()` and `state_dict()`, so that a head needs no pickle to be stored.
    """

    def __init__(self, options: HeadSettings) -> None:
        super().__init__()
        self.num_features: Final = options.num_features
        self.num_classes: Final = options.num_classes
        self._options: Final = options

    @property
    def name(self) -> str:
        """The registry name, which is the name of the module that defines the class."""
        return type(self).__module__.rsplit(".", 1)[-1].replace("_", "-")

    def settings(self) -> Settings:
        """What `from_settings` needs to rebuild the head without its tensors."""
        return self._options.model_dump()

    @classmethod
    @abstractmethod
    def from_settings(cls, settings: Mapping[str, object]) -> Self:
        """An empty head, to be filled by `load_state_dict`; raises `pydantic.ValidationError` on bad settings."""

    @abstractmethod
    def forward(self, features: Tensor) -> Tensor:
        """Scores, shape (batch, classes), of features, shape (batch, features)."""

    def faulty_tensor(self) -> str | None:
        """Name of a tensor whose values no fit can produce (an index out of bounds), None when all is well."""
        return next((key for key, t in self.state_dict().items() if t.is_floating_point() and not _finite(t)), None)


@dataclass(frozen=True, kw_only=True, slots=True)
class FittedHead:
    """A head that learned, and what was found out on the way."""

    head: AbstractHead
    facts: Facts


@final
class HeadRegistry(Registry[type[AbstractHead]]):
    """The heads by name. Fits share the folder with heads, so a name is a module that registered one."""

    def names(self) -> tuple[str, ...]:
        package = importlib.import_module(self._package)
        for module in pkgutil.iter_modules(package.__path__):
            if not module.ispkg:  # A folder holds no head of its own, and scikit-learn takes a second to import.
                importlib.import_module(f"{self._package}.{module.name}")
        return tuple(sorted(self._found))


heads: Final = HeadRegistry("injerto.strategies.heads", "head")


def load_head(name: str, settings: Mapping[str, object], state: Mapping[str, Tensor]) -> AbstractHead:
    """The head that `name`, `settings()` and `state_dict()` of a stored one describe.

    The three come from a file, which is not trusted: names, ranges, shapes, kinds of numbers and indices are checked,
    and nothing is allocated on the word of the settings. Raises `ModelError`.
    """
    if name not in heads.names():
        raise ModelError("head-unknown", head=name, names=", ".join(heads.names()))
    try:
        with torch.device("meta"):  # Shapes without memory: hostile sizes cost nothing.
            head = heads.get(name).from_settings(settings)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(map(str, first["loc"])) or "settings"
        raise ModelError("head-settings", head=name, field=field, reason=first["msg"]) from error
    _check_shapes(name, head.state_dict(), state)
    head.load_state_dict({key: tensor.detach().clone() for key, tensor in state.items()}, strict=True, assign=True)
    if (tensor := head.faulty_tensor()) is not None:
        raise ModelError("head-values", head=name, tensor=tensor)
    return head.eval()


def _check_shapes(name: str, expected: Mapping[str, Tensor], found: Mapping[str, Tensor]) -> None:
    for key in sorted(expected.keys() | found.keys()):
        wanted, given = _describe(expected.get(key)), _describe(found.get(key))
        if wanted != given:
            raise ModelError("head-tensors", head=name, tensor=key, found=given, expected=wanted)


def _describe(tensor: Tensor | None) -> str:
    return "nothing" if tensor is None else f"{str(tensor.dtype).removeprefix('torch.')}{list(tensor.shape)}"


def _finite(tensor: Tensor) -> bool:
    return bool(torch.isfinite(tensor).all())
