"""What a pickle describes, without running it: names of classes stay names, and only tensors and plain values come out.

A pickle is a program. Loading it runs that program, with any function that it names. Here its instructions are read one
by one (`pickletools` takes them apart) and acted out on plain data: a name becomes a `Name`, a call becomes a `Call`,
and nothing is imported.
"""

import pickletools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, final

from injerto.core.errors import ModelError

_MOST_INSTRUCTIONS: Final = 5_000_000
_MARK: Final = object()


@final
@dataclass(frozen=True, slots=True)
class Name:
    """A class or function that the pickle names."""

    module: str
    name: str

    def __str__(self) -> str:
        return f"{self.module}.{self.name}"


@final
@dataclass(slots=True, eq=False)
class Call:
    """What the pickle asks to be called or built, and what it puts in it."""

    what: Any
    arguments: Any
    state: Any = None
    items: dict[Any, Any] = field(default_factory=dict)


@final
@dataclass(frozen=True, slots=True)
class Persistent:
    """A thing that is kept elsewhere, by its key."""

    key: Any


def read_pickle(content: bytes, *, where: str) -> Any:
    """Dictionaries, lists, numbers, texts and bytes, with `Name`, `Call` and `Persistent` for everything else.

    Raises `ModelError` where it is no pickle.
    """
    try:
        return _Reader().run(content)
    except ModelError:
        raise
    except (ValueError, IndexError, KeyError, TypeError, AttributeError, UnicodeError, RecursionError) as error:
        raise ModelError("pickle-unreadable", path=where, why=str(error) or type(error).__name__) from error


@final
class _Reader:
    def __init__(self) -> None:
        self._stack: list[Any] = []
        self._memo: dict[int, Any] = {}

    def run(self, content: bytes) -> Any:
        for count, (opcode, argument, _) in enumerate(pickletools.genops(content)):
            if count > _MOST_INSTRUCTIONS:
                raise ValueError("it has too many instructions")
            if opcode.name == "STOP":
                return self._stack.pop()
            self._act(opcode.name, argument)
        raise ValueError("it does not end")

    def _act(self, name: str, argument: Any) -> None:
        if name in _PUSHED:
            self._stack.append(argument)
        elif name in _CONSTANTS:
            self._stack.append(_CONSTANTS[name]())
        else:
            act: Callable[[_Reader, Any], None] | None = _ACTIONS.get(name)
            if act is None:
                raise ValueError(f"its instruction {name} is not one that checkpoints need")
            act(self, argument)

    def _to_mark(self) -> list[Any]:
        place = len(self._stack) - 1 - self._stack[::-1].index(_MARK)
        found = self._stack[place + 1 :]
        del self._stack[place:]
        return found

    def _mark(self, _: Any) -> None:
        self._stack.append(_MARK)

    def _tuple(self, _: Any) -> None:
        self._stack.append(tuple(self._to_mark()))

    def _tuple_of(self, number: int) -> None:
        found = tuple(self._stack[-number:])
        del self._stack[-number:]
        self._stack.append(found)

    def _list(self, _: Any) -> None:
        self._stack.append(self._to_mark())

    def _dict(self, _: Any) -> None:
        found = self._to_mark()
        self._stack.append(dict(zip(found[::2], found[1::2], strict=True)))

    def _append(self, _: Any) -> None:
        value = self._stack.pop()
        self._stack[-1].append(value) if isinstance(self._stack[-1], list) else None

    def _appends(self, _: Any) -> None:
        values = self._to_mark()
        if isinstance(self._stack[-1], list):
            self._stack[-1].extend(values)

    def _set_items(self, pairs: list[Any]) -> None:
        target = self._stack[-1]
        items = target.items if isinstance(target, Call) else target
        if not isinstance(items, dict):
            raise ValueError("it puts items into what holds none")
        for key, value in zip(pairs[::2], pairs[1::2], strict=True):
            items[key if isinstance(key, str | int | float | bytes | bool) else str(key)] = value

    def _set_item(self, _: Any) -> None:
        value, key = self._stack.pop(), self._stack.pop()
        self._set_items([key, value])

    def _set_all(self, _: Any) -> None:
        self._set_items(self._to_mark())

    def _global(self, argument: str) -> None:
        module, _, name = argument.partition(" ")
        self._stack.append(Name(module, name))

    def _stack_global(self, _: Any) -> None:
        name, module = self._stack.pop(), self._stack.pop()
        self._stack.append(Name(str(module), str(name)))

    def _reduce(self, _: Any) -> None:
        arguments, what = self._stack.pop(), self._stack.pop()
        self._stack.append(_call(what, arguments))

    def _new_object(self, _: Any) -> None:
        arguments, what = self._stack.pop(), self._stack.pop()
        self._stack.append(Call(what, arguments))

    def _build(self, _: Any) -> None:
        state = self._stack.pop()
        if isinstance(self._stack[-1], Call):
            self._stack[-1].state = state

    def _persistent(self, _: Any) -> None:
        self._stack.append(Persistent(self._stack.pop()))

    def _put(self, argument: int) -> None:
        self._memo[int(argument)] = self._stack[-1]

    def _memoize(self, _: Any) -> None:
        self._memo[len(self._memo)] = self._stack[-1]

    def _get(self, argument: int) -> None:
        self._stack.append(self._memo[int(argument)])

    def _pop(self, _: Any) -> None:
        self._stack.pop()

    def _nothing(self, _: Any) -> None:
        """Frames and versions."""


def _call(what: Any, arguments: Any) -> Any:
    """Ordered dictionaries and encoded bytes are plain data; nothing else is."""
    if what == Name("collections", "OrderedDict"):
        return dict(arguments[0]) if arguments and arguments[0] else {}
    if isinstance(what, Name) and what.module in ("__builtin__", "builtins") and what.name == "bytes" and not arguments:
        return b""
    if what == Name("_codecs", "encode") and isinstance(arguments[0], str):
        return arguments[0].encode("latin-1")
    return Call(what, arguments)


_PUSHED: Final = frozenset(
    {"INT", "LONG", "LONG1", "LONG4", "BININT", "BININT1", "BININT2", "FLOAT", "BINFLOAT"}
    | {"STRING", "BINSTRING", "SHORT_BINSTRING", "UNICODE", "BINUNICODE", "SHORT_BINUNICODE", "BINUNICODE8"}
    | {"BINBYTES", "SHORT_BINBYTES", "BINBYTES8", "BYTEARRAY8"}
)
_CONSTANTS: Final[dict[str, Callable[[], Any]]] = {
    "NONE": lambda: None,
    "NEWTRUE": lambda: True,
    "NEWFALSE": lambda: False,
    "EMPTY_DICT": dict,
    "EMPTY_LIST": list,
    "EMPTY_TUPLE": tuple,
    "EMPTY_SET": list,
}
_ACTIONS: Final[dict[str, Any]] = {
    "MARK": _Reader._mark,
    "TUPLE": _Reader._tuple,
    "TUPLE1": lambda reader, _: reader._tuple_of(1),
    "TUPLE2": lambda reader, _: reader._tuple_of(2),
    "TUPLE3": lambda reader, _: reader._tuple_of(3),
    "LIST": _Reader._list,
    "DICT": _Reader._dict,
    "APPEND": _Reader._append,
    "APPENDS": _Reader._appends,
    "ADDITEMS": _Reader._appends,
    "SETITEM": _Reader._set_item,
    "SETITEMS": _Reader._set_all,
    "GLOBAL": _Reader._global,
    "STACK_GLOBAL": _Reader._stack_global,
    "REDUCE": _Reader._reduce,
    "NEWOBJ": _Reader._new_object,
    "BUILD": _Reader._build,
    "BINPERSID": _Reader._persistent,
    "PUT": _Reader._put,
    "BINPUT": _Reader._put,
    "LONG_BINPUT": _Reader._put,
    "MEMOIZE": _Reader._memoize,
    "GET": _Reader._get,
    "BINGET": _Reader._get,
    "LONG_BINGET": _Reader._get,
    "POP": _Reader._pop,
    "PROTO": _Reader._nothing,
    "FRAME": _Reader._nothing,
}
