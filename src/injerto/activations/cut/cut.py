"""A cut through a network: the prefix stops at a module's input, the suffix starts there from a stored tensor."""

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final, final

import torch
from torch import Tensor, nn

from injerto.activations.cut._placeholders import (
    CalledAgainError,
    NotFollowedError,
    StandIn,
    Template,
    follow,
    record_output,
)
from injerto.activations.cut.frozen_part import FrozenPart, NoTensorError, is_list_of_maps
from injerto.backbones.backbone import AbstractBackbone, Inputs, Pool

_TOLERANCE: Final = 1e-5
"""Largest difference between cut and uncut features, relative to the largest feature, that is still trusted."""


@final
@dataclass(frozen=True, slots=True)
class _Gives:
    """Takes the place of a module's forward and returns what it gave when it ran."""

    value: Tensor

    def __call__(self, *args: Any, **kwargs: Any) -> Tensor:
        return self.value


@final
@dataclass(frozen=True, kw_only=True, slots=True)
class Cut:
    """Prefix and suffix of one backbone at the first module of a layer group.

    No code for any architecture: the model's own `forward` runs both times. In the suffix every module that had
    finished before the cut returns a placeholder of the right shape that takes no memory, and the module at the cut is
    handed the stored tensor, or its parts where it takes a list. That is right as long as nothing else carries values
    across the cut, which `make_cut` checks numerically before the cut is trusted.
    """

    backbone: AbstractBackbone
    at: str
    """Name of the module of `backbone.network` whose first tensor argument, or list of maps, crosses the cut."""
    templates: dict[str, list[Template]]
    """For each module that finishes before the cut, what its calls return."""
    pool: Pool
    shape: tuple[int, ...] = ()
    """Of what reaches the cut, of one example, where other values are carried along."""
    carried: dict[str, tuple[int, ...]] = field(default_factory=dict)
    """Modules that end before the cut and whose output is read after it, with its shape for one example."""

    def run_prefix(self, inputs: Inputs) -> Tensor:
        """The tensor that reaches the cut, shape (batch, ...), without gradient."""
        return _run_until(self.backbone, self.at, inputs, self.pool, tuple(self.carried))

    def run_suffix(self, crossing: Tensor, inputs: Inputs) -> Tensor:
        """Features from the stored tensor. `inputs` gives masks and shapes; its pixels are not read."""
        network = self.backbone.network
        batch, length = sizes_of(inputs)
        replaced = [network.get_submodule(name) for name in self.templates]

        crossing, others = self._take_apart(crossing)

        def hand_over(module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
            return _with_crossing(args, kwargs, crossing)

        handle = network.get_submodule(self.at).register_forward_pre_hook(hand_over, with_kwargs=True)
        for module, templates in zip(replaced, self.templates.values(), strict=True):
            module.forward = StandIn(templates, batch, length)
        for name, value in others.items():
            module = network.get_submodule(name)
            replaced.append(module)
            module.forward = _Gives(value)
        try:
            return torch.as_tensor(self.backbone(inputs, self.pool))
        finally:
            handle.remove()
            for module in replaced:
                del module.__dict__["forward"]

    def _take_apart(self, crossing: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        """What reaches the cut, and what the carried modules gave."""
        if not self.carried:
            return crossing, {}
        shapes = [self.shape, *self.carried.values()]
        parts = torch.split(crossing, [math.prod(shape) for shape in shapes], dim=1)
        first, *others = (part.reshape(-1, *shape) for part, shape in zip(parts, shapes, strict=True))
        return first, dict(zip(self.carried, others, strict=True))


def make_cut(backbone: AbstractBackbone, group_index: int, *, sample: Inputs, pool: Pool = "pooled") -> Cut | None:
    """The cut at the input of a layer group, or None where no cut gives the uncut features on `sample`.

    `sample` holds at least two examples, and the backbone is in evaluation mode. Two ways are tried, and the one that
    comes closer is taken. The first replaces every module before the cut. Some models compute position tables in
    modules without parameters and use them after the cut, so the second leaves those to run. A wrong way can come
    close where weights are small, but it is not exact to the last bit, as a right one is.
    """
    modules = backbone.layer_groups[group_index].modules
    if not backbone.has_cuts:
        return None
    if not modules:  # Bare parameters, such as a class token, are the input of no module.
        return None
    at = modules[0]
    smaller = make_smaller(sample)
    try:
        finished, carried, shape = _finished_before(backbone, at, sample, pool)
    except NoTensorError:
        return None
    owning = [name for name in finished if next(backbone.network.get_submodule(name).parameters(), None) is not None]
    best, least = None, _TOLERANCE
    for replaced in dict.fromkeys((tuple(finished), tuple(owning))):
        try:
            templates = _follow_shapes(backbone, at, replaced, sample, smaller, pool)
        except NotFollowedError:
            continue
        cut = Cut(backbone=backbone, at=at, templates=templates, pool=pool, shape=shape, carried=carried)
        difference = max(_measure_difference(cut, inputs) for inputs in (sample, smaller))
        if difference == 0:
            return cut
        if difference <= least:
            best, least = cut, difference
    return best


def placeholder_inputs(inputs: Inputs) -> Inputs:
    """The same inputs with pixels replaced by zeros that take no memory.

    Integer tensors (token ids, masks) stay: they are small, and masks are needed after the cut.
    """
    return {
        name: torch.zeros((), dtype=value.dtype, device=value.device).expand(value.shape)
        if value.is_floating_point()
        else value
        for name, value in inputs.items()
    }


def sizes_of(inputs: Inputs) -> tuple[int, int]:
    """Examples in a batch and, for tokens, the padded length (0 for images)."""
    first = next(iter(inputs.values()))
    return first.shape[0], 0 if first.is_floating_point() else first.shape[1]


@torch.no_grad()
def _measure_difference(cut: Cut, inputs: Inputs) -> float:
    """Largest difference of the features from the uncut ones, relative to the largest feature."""
    expected = cut.backbone(inputs, cut.pool)
    crossing = cut.run_prefix(inputs)
    if crossing.shape[0] != expected.shape[0]:
        return math.inf
    try:
        # The stand-in inputs hold no image, so a suffix that secretly reads the pixels is found out here.
        found = cut.run_suffix(crossing, placeholder_inputs(inputs))
    except (RuntimeError, NoTensorError, CalledAgainError):
        # Something that is not replaced writes into a placeholder, or mixes it with a tensor of another shape; or the
        # module at the cut is given no tensor, or one before it serves behind it as well.
        return math.inf
    difference = float((found - expected).abs().max() / expected.abs().max().clamp(min=1e-12))
    return math.inf if math.isnan(difference) else difference


def make_smaller(inputs: Inputs) -> Inputs:
    """One example fewer and, for tokens, one position fewer: dimensions that follow them show themselves."""
    _, length = sizes_of(inputs)
    return {name: value[:-1, : length - 1] if length > 1 else value[:-1] for name, value in inputs.items()}


def _follow_shapes(
    backbone: AbstractBackbone, at: str, names: Sequence[str], sample: Inputs, smaller: Inputs, pool: Pool
) -> dict[str, list[Template]]:
    both = []
    for inputs in (sample, smaller):
        outputs: dict[str, list[Any]] = {name: [] for name in names}
        with _hooked(backbone.network, names, outputs):
            _run_until(backbone, at, inputs, pool)
        both.append(outputs)
    return {name: follow(both[0][name], both[1][name], sizes_of(sample), sizes_of(smaller)) for name in names}


@contextmanager
def _hooked(network: nn.Module, names: Sequence[str], outputs: dict[str, list[Any]]) -> Iterator[None]:
    def hook_for(name: str) -> Any:
        return lambda _module, _args, output: outputs[name].append(record_output(output))

    handles = [network.get_submodule(name).register_forward_hook(hook_for(name)) for name in names]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


@torch.no_grad()
def _run_until(
    backbone: AbstractBackbone, at: str, inputs: Inputs, pool: Pool, carried: tuple[str, ...] = ()
) -> Tensor:
    """Run the forward up to the module `at` and return the first tensor it was given, with what is carried along."""
    part = FrozenPart(backbone, pool=pool, at=at, carried=carried)
    with part.ready():
        return torch.as_tensor(part(inputs)).detach()


def _finished_before(
    backbone: AbstractBackbone, at: str, sample: Inputs, pool: Pool
) -> tuple[list[str], dict[str, tuple[int, ...]], tuple[int, ...]]:
    """Outermost modules whose forward ends before the module `at` starts, in order, and what is read of them later.

    A module whose output is read later is not among the first, nor is one that it lies in: these run, their parts
    replaced. The last is the shape of what reaches the cut, of one example.
    """
    names = [name for name, _ in backbone.network.named_modules() if name and name != at]
    ended: dict[str, list[Any]] = {name: [] for name in names}
    with _hooked(backbone.network, names, ended):
        crossing = _run_until(backbone, at, sample, pool)
    done = {name for name, calls in ended.items() if calls}
    read = [name for name in backbone.map_modules if name in done] if pool == "maps" else []
    carried = {name: tuple(ended[name][0].shape[1:]) for name in read}
    done -= {name for name in done if any(later == name or later.startswith(f"{name}.") for later in read)}
    inside = {name for name in done if any(name.startswith(f"{later}.") for later in read)}
    kept = [name for name in names if name in done - inside and not _has_ancestor(name, done)]
    return kept, carried, tuple(crossing.shape[1:])


def _has_ancestor(name: str, names: set[str]) -> bool:
    parts = name.split(".")
    return any(".".join(parts[:end]) in names for end in range(1, len(parts)))


def _with_crossing(args: tuple[Any, ...], kwargs: dict[str, Any], crossing: Tensor) -> Any:
    for position, value in enumerate(args):
        if isinstance(value, Tensor):
            return (*args[:position], crossing, *args[position + 1 :]), kwargs
        if is_list_of_maps(value):
            # In place: a dense block hands the same list, grown by one map, to the layers that follow.
            value[:] = torch.split(crossing, [part.shape[1] for part in value], dim=1)
            return args, kwargs
    for name, value in kwargs.items():
        if isinstance(value, Tensor):
            return args, {**kwargs, name: crossing}
    raise NoTensorError
