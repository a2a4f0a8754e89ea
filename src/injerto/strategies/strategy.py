"""A strategy: a short list of phases, and the rule by which its name and options are written on one line."""

import re
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar, Final, Literal, Self

from pydantic import Field, ValidationError, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from injerto.core.errors import UsageError
from injerto.core.plan import Phase, Pool
from injerto.core.record import Record
from injerto.core.registry import Registry
from injerto.core.survey import Modality


@dataclass(frozen=True, kw_only=True, slots=True)
class Setting:
    """What a strategy may look at when it writes its phases."""

    modality: Modality
    num_groups: int
    """Layer groups of the backbone."""
    num_parameters: int
    has_batch_norm: bool
    num_train: int
    num_tune: int
    num_classes: int
    num_front_groups: int = 0
    """Layer groups at the input that the standard recipe never trains."""
    writes_text: bool = False
    """Whether the head writes letters instead of naming a class."""
    epochs: int | None = None
    """Asked for by the user; None leaves the number to the recipe."""
    num_decoder_groups: int = 0
    """Layer groups at the end that are the decoder of a pretrained detector."""
    own_head: str | None = None
    """The head of a task that has one of its own, which only descent trains; it takes the strategy's place of one."""
    own_augment: str | None = None
    """The augmentation along with which that task moves its targets."""


class AbstractStrategy(Record, ABC):
    """What trains, in which order. Subclasses hold their options as fields, whose ranges are checked."""

    summary: ClassVar[str]
    """One line for `injerto strategies`."""
    source: ClassVar[str]
    """Paper or document the strategy comes from."""

    heads: ClassVar[tuple[str, ...]] = ("linear", "mlp", "ladder")
    """Heads it can train; what is solved in closed form knows only a linear one."""

    head: Literal["linear", "mlp", "ladder"] = Field(
        "linear", description="linear, mlp with one hidden layer, or ladder with pool=taps"
    )
    pool: Pool = Field(
        "pooled",
        description="what the head reads: pooled features, all of them, every layer's (taps), or another pooling",
        validate_default=True,
    )

    @field_validator("head")
    @classmethod
    def _head_can_be_trained(cls, head: str) -> str:
        if head not in cls.heads:
            raise PydanticCustomError("head", "it can only be {names} here", {"names": " or ".join(cls.heads)})
        return head

    @field_validator("pool")
    @classmethod
    def _ladder_reads_taps(cls, pool: str, info: ValidationInfo) -> str:
        if info.data.get("head") == "ladder" and pool != "taps":
            raise PydanticCustomError("pool", "head=ladder reads every layer: write pool=taps")
        return pool

    @classmethod
    def example(cls) -> Self:
        """The smallest instance, which the contract tests train."""
        return cls()

    @abstractmethod
    def phases(self, setting: Setting) -> tuple[Phase, ...]:
        """The phases, in order; each says all of what trains in it."""

    @property
    def from_scratch(self) -> bool:
        """Whether the backbone starts from random weights."""
        return False

    @property
    def lora_rank(self) -> int | None:
        """Rank of the low-rank updates, None where the strategy inserts none."""
        return None

    def head_options(self) -> dict[str, float | int | str | bool]:
        """Settings of the head beyond its name."""
        return {}

    def letter_options(self) -> dict[str, float | int | str | bool]:
        """Settings of the head `ctc`, where answers are transcripts."""
        return {}

    def written(self) -> str:
        """The one-line form that `parse_strategy` reads back."""
        name = type(self).__module__.rsplit(".", 1)[-1].replace("_", "-")
        options = self.model_dump(exclude_defaults=True)
        if name.endswith("-k"):
            name = f"{name[:-1]}{options.pop('k', type(self).model_fields['k'].default)}"
        # Only truth values: a column's name is told from another by its capitals.
        written = {key: str(value).lower() if isinstance(value, bool) else value for key, value in options.items()}
        text = ",".join(f"{key}={value}" for key, value in sorted(written.items()))
        return f"{name}:{text}" if text else name


strategies: Final[Registry[type[AbstractStrategy]]] = Registry("injerto.strategies.named", "strategy")

_NUMBERED = re.compile(r"(?P<stem>[a-z-]+-)(?P<k>\d{1,6})")


def parse_strategy(text: str) -> AbstractStrategy:
    """Read `lp-ft`, `last-4` (the strategy `last-k` with k=4) or `mlp-head:pool=flatten,width=512`.

    Raises `UsageError` for an unknown name (with the nearest one), an unknown option or a value out of range.
    """
    name, _, rest = text.strip().partition(":")
    values: dict[str, str] = {}
    if (match := _NUMBERED.fullmatch(name)) and f"{match['stem']}k" in strategies.names():
        name, values["k"] = f"{match['stem']}k", match["k"]
    kind = strategies.get(name)
    for part in filter(None, rest.split(",")):
        key, equals, value = part.partition("=")
        if not equals:
            raise UsageError("strategy-option-form", strategy=text, part=part, options=_options(kind))
        values[key.strip()] = value.strip()
    try:
        return kind.model_validate_strings(values)
    except ValidationError as error:
        first = error.errors()[0]
        raise UsageError(
            "strategy-option",
            strategy=text,
            option=".".join(map(str, first["loc"])),
            reason=first["msg"],
            options=_options(kind),
        ) from error


def _options(kind: type[AbstractStrategy]) -> str:
    return ", ".join(kind.model_fields)
