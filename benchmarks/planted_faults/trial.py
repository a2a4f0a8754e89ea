"""One planted fault: what was done, and the question to the guard."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from injerto.core.input_finding import InputFinding
from injerto.data.items import ImageFile

SHARED = Path(__file__).resolve().parents[2].parent / "shared"


@dataclass(frozen=True)
class Trial:
    """`check` asks the guard; `what` names data and variant."""

    what: str
    check: Callable[[], tuple[InputFinding, ...]]


Planter = Callable[[np.random.Generator], Trial | None]
"""Draws data and a variant; None where the fault changes nothing there."""


class Example:
    """A picture without a label."""

    labels = ("none",)

    def __init__(self, file: Path) -> None:
        self.item = ImageFile(file)
