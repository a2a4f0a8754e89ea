"""What an export format must do: write a graph, and open it again in a runtime of its own."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import ClassVar, Final

import numpy as np
from torch import Tensor, nn

from injerto.core.errors import UsageError
from injerto.core.registry import Registry

Outputs = dict[str, np.ndarray]
Run = Callable[[np.ndarray], Outputs]
"""From pixels of 0 to 255, shape (batch, height, width, channels), to the graph's outputs by name."""


class AbstractFormat(ABC):
    """One format; its file name is what `--to` takes."""

    title: ClassVar[str]
    """What people call it."""
    file: ClassVar[str]
    """Name of the file that holds the graph."""
    packages: ClassVar[tuple[str, ...]]
    """Modules it needs, of the extra `export`."""

    def check_installed(self) -> None:
        """Raise `UsageError` naming the extra where a package is missing."""
        for package in self.packages:
            if find_spec(package) is None:
                raise UsageError("extra-missing", what=f"export to {self.title}", package=package, extra="export")

    @abstractmethod
    def write(self, graph: nn.Module, sample: Tensor, outputs: Sequence[str], path: Path) -> None:
        """Write a graph that takes pixels like `sample`, any number at once; raises whatever a conversion raises."""

    @abstractmethod
    def open(self, path: Path) -> Run:
        """The written graph, ready to run on the CPU; raises whatever the runtime raises."""


formats: Final[Registry[type[AbstractFormat]]] = Registry("injerto.deploy.formats", "export format")
