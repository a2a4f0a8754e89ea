"""Stand-ins for modules that are not run: tensors of the right shape that take no memory."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, final

import torch
from torch import Tensor

_BATCH: Final = -1
_LENGTH: Final = -2


class NotFollowedError(Exception):
    """An output's shape follows neither the batch nor the length; the module cannot be replaced."""


class CalledAgainError(Exception):
    """A replaced module is called after the cut too, such as the one dropout of T5 at both ends of its stack."""


@dataclass(frozen=True, slots=True)
class _Recorded:
    """Shape, dtype and device of a tensor that a module returned."""

    shape: tuple[int, ...]
    dtype: torch.dtype
    device: torch.device


@final
@dataclass(frozen=True, slots=True)
class Template:
    """What one call of a replaced module returns: a tensor, a tuple or list of such, or a plain value."""

    value: Any

    def fill(self, batch: int, length: int) -> Any:
        """The placeholder for this batch size and padded length."""
        return _fill(self.value, batch, length)


@final
class StandIn:
    """Takes the place of a module's forward and returns placeholders, call by call, in the recorded order."""

    def __init__(self, templates: Sequence[Template], batch: int, length: int) -> None:
        self._templates = iter(templates)
        self._batch = batch
        self._length = length

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        template = next(self._templates, None)
        if template is None:
            raise CalledAgainError
        return template.fill(self._batch, self._length)


def record_output(output: Any) -> Any:
    """The shape of an output, without holding its values."""
    if isinstance(output, Tensor):
        return _Recorded(tuple(output.shape), output.dtype, output.device)
    if isinstance(output, tuple | list):
        return type(output)(record_output(part) for part in output)
    return output


def follow(
    larger: Sequence[Any], smaller: Sequence[Any], sizes: tuple[int, int], smaller_sizes: tuple[int, int]
) -> list[Template]:
    """Templates from the outputs of two runs that differ in batch size and length.

    Raises `NotFollowedError` when a dimension changed without equalling either.
    """
    if len(larger) != len(smaller):
        raise NotFollowedError
    return [Template(_follow(one, other, sizes, smaller_sizes)) for one, other in zip(larger, smaller, strict=True)]


def _follow(one: Any, other: Any, sizes: tuple[int, int], smaller_sizes: tuple[int, int]) -> Any:
    if type(one) is not type(other):
        raise NotFollowedError
    if isinstance(one, _Recorded):
        if len(one.shape) != len(other.shape):
            raise NotFollowedError
        pairs = zip(one.shape, other.shape, strict=True)
        shape = tuple(_follow_dimension(pair, sizes, smaller_sizes) for pair in pairs)
        return _Recorded(shape, one.dtype, one.device)
    if isinstance(one, tuple | list):
        return type(one)(_follow(a, b, sizes, smaller_sizes) for a, b in zip(one, other, strict=True))
    return one


def _follow_dimension(pair: tuple[int, int], sizes: tuple[int, int], smaller_sizes: tuple[int, int]) -> int:
    if pair[0] == pair[1]:
        return pair[0]
    for which, both in zip((_BATCH, _LENGTH), zip(sizes, smaller_sizes, strict=True), strict=True):
        if pair == both:
            return which
    raise NotFollowedError


def _fill(value: Any, batch: int, length: int) -> Any:
    if isinstance(value, _Recorded):
        shape = [{_BATCH: batch, _LENGTH: length}.get(size, size) for size in value.shape]
        return torch.zeros((), dtype=value.dtype, device=value.device).expand(shape)
    if isinstance(value, tuple | list):
        return type(value)(_fill(part, batch, length) for part in value)
    return value
