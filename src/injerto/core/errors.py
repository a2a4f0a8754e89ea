"""The exception tree: one class per exit code, one catalogue entry per error."""

from typing import ClassVar, final

from injerto.core.messages import keys, say


class InjertoError(Exception):
    """A fault that the user can act on: a code, what happened and where, what to do.

    `key` names an entry `errors.KEY` of the message catalogue, which holds the code and both sentences.

    >>> str(DataError("path-missing", path="flowers"))
    'D101: flowers does not exist. Check the spelling, or give the folder or file that holds the examples.'
    """

    exit_code: ClassVar[int] = 1
    family: ClassVar[str] = "X"

    def __init__(self, key: str, /, **values: object) -> None:
        self.key = key
        self.values = values
        self.code = say(f"errors.{key}.code")
        self.what = say(f"errors.{key}.what", **values)
        self.do = say(f"errors.{key}.do", **values)
        super().__init__(f"{self.code}: {self.what}. {self.do}.")

    def __reduce__(self) -> tuple[object, ...]:
        return (_rebuild, (type(self), self.key, self.values))


@final
class UsageError(InjertoError):
    """Wrong use: an option, a name or a combination that cannot work (exit 2)."""

    exit_code = 2
    family = "U"


@final
class DataError(InjertoError):
    """The data cannot be used as they are (exit 3)."""

    exit_code = 3
    family = "D"


@final
class ModelError(InjertoError):
    """A model or artifact is faulty, unfit, or refused for safety (exit 4)."""

    exit_code = 4
    family = "M"


@final
class ResourceError(InjertoError):
    """Memory, disk or time is not enough (exit 5)."""

    exit_code = 5
    family = "R"


@final
class HubError(InjertoError):
    """The network or the model hub did not give what was asked for (exit 6)."""

    exit_code = 6
    family = "H"


@final
class GateError(InjertoError):
    """A gate that the user set was not passed (exit 7)."""

    exit_code = 7
    family = "G"


def error_keys() -> frozenset[str]:
    """The key of every error of the catalogue."""
    return frozenset(key.split(".")[1] for key in keys() if key.startswith("errors."))


def _rebuild(kind: type[InjertoError], key: str, values: dict[str, object]) -> InjertoError:
    return kind(key, **values)
