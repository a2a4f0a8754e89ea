"""A lazy registry: the file name is the registered name, so a newcomer is one new file and no list to edit."""

import difflib
import importlib
import pkgutil
from typing import Final, Generic, TypeVar

from injerto.core.errors import UsageError

T = TypeVar("T")


class Registry(Generic[T]):
    """The things defined in a package, one a module; a module is imported when its name is asked for.

    A module `lp_ft.py` that is not private registers under `lp-ft`. Files whose name starts with `_` are not listed.
    """

    def __init__(self, package: str, kind: str) -> None:
        self._package: Final = package
        self._kind: Final = kind
        self._found: dict[str, T] = {}

    def register(self, thing: T) -> T:
        """Class decorator: files `thing` under the name of the module that defines it."""
        name = str(getattr(thing, "__module__", "")).rsplit(".", 1)[-1].replace("_", "-")
        assert name not in self._found or self._found[name] is thing, f"{name} is registered twice"
        self._found[name] = thing
        return thing

    def names(self) -> tuple[str, ...]:
        """Every registered name, sorted, without importing the modules."""
        path = importlib.import_module(self._package).__path__
        return tuple(sorted(m.name.replace("_", "-") for m in pkgutil.iter_modules(path) if not m.name.startswith("_")))

    def get(self, name: str) -> T:
        """The thing called `name`; raises `UsageError` with the nearest names when there is none."""
        if name not in self.names():
            near = difflib.get_close_matches(name, self.names(), n=1, cutoff=0.5)
            raise UsageError(
                "unknown-name",
                kind=self._kind,
                name=name,
                near=f"did you mean {near[0]!r}? " if near else "",
                names=", ".join(self.names()),
            )
        if name not in self._found:
            importlib.import_module(f"{self._package}.{name.replace('-', '_')}")
        return self._found[name]
