"""The one message catalogue: every text a user can read, by key. A language is one TOML file beside this one."""

import functools
import string
import tomllib
from importlib import resources
from typing import Final

_LONGEST_VALUE: Final = 300


def say(key: str, /, **values: object) -> str:
    """The text of `key` ("fit.done") with its `{placeholders}` filled.

    Values often come from file names and file contents, which are not trusted: control characters are shown
    escaped and long values are cut, so that a message keeps its one line.
    """
    return _fill(_texts()[key], values)


def keys() -> frozenset[str]:
    """Every key of the catalogue."""
    return frozenset(_texts())


def placeholders(key: str) -> frozenset[str]:
    """The names that `say(key, ...)` must be given."""
    return frozenset(name for _, name, _, _ in string.Formatter().parse(_texts()[key]) if name)


def plain(value: object) -> str:
    """`value` as one line of printable text, at most 300 characters."""
    text = printable(value)
    return text if len(text) <= _LONGEST_VALUE else text[: _LONGEST_VALUE - 1] + "…"


def printable(value: object) -> str:
    """`value` as one line of printable text, however long."""
    return "".join(character if character.isprintable() else repr(character)[1:-1] for character in str(value))


def _fill(template: str, values: dict[str, object]) -> str:
    return template.format(**{name: plain(value) for name, value in values.items()})


@functools.cache
def _texts() -> dict[str, str]:
    raw = resources.files(__package__).joinpath("en.toml").read_bytes().decode("utf-8")
    return dict(_flatten(tomllib.loads(raw), ""))


def _flatten(table: dict[str, object], prefix: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for name, value in table.items():
        if isinstance(value, dict):
            found += _flatten(value, f"{prefix}{name}.")
        else:
            found.append((prefix + name, str(value)))
    return found
