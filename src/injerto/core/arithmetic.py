"""How coarsely frozen layers may be computed."""

from typing import Final, Literal

Arithmetic = Literal["exact", "close", "int8"]
"""`exact` is float32 alone; `close` takes half precision too, where it is nearly equal on the job's own inputs; `int8`
takes integers of eight bits as well, where their error is measured and not large."""

_COARSER: Final[tuple[Arithmetic, ...]] = ("exact", "close", "int8")


def allows(wanted: Arithmetic, used: Arithmetic) -> bool:
    """Whether who asked for `wanted` may be given what was computed by `used`."""
    return _COARSER.index(used) <= _COARSER.index(wanted)
