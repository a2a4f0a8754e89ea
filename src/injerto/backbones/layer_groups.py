"""Layer groups of any network: which modules freeze and thaw together, in the order in which its forward runs."""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from injerto.backbones.backbone import LayerGroup

FIRST_GROUP = "stem"


@dataclass(frozen=True, kw_only=True, slots=True)
class Trace:
    """What one forward pass reached, and what came out where."""

    order: dict[str, int]
    """Name of each module that was called, and when."""
    shapes: dict[str, torch.Size]
    """Shape of the output, or of its first part, of each module whose output is a tensor with the examples first."""
    num_before_head: int
    """How many modules had been called when the features were ready and what follows only pools them."""
    features: torch.Size
    pooled: torch.Size


def trace_forward(
    network: nn.Module, features: Callable[[], Tensor], pool: Callable[[Tensor], Tensor], *, batch_size: int
) -> Trace:
    """Run `pool(features())` once without gradients and watch which modules it reaches."""
    order: dict[str, int] = {}
    shapes: dict[str, torch.Size] = {}

    def note_call(name: str) -> None:
        order.setdefault(name, len(order))

    def note_output(name: str, output: object) -> None:
        value = first_tensor(output)
        if value is not None and value.ndim > 1 and value.shape[0] == batch_size:
            shapes[name] = value.shape

    with torch.no_grad(), _watched(network, note_call, note_output):
        maps = features()
        num_before_head = len(order)
        pooled = pool(maps)
    return Trace(order=order, shapes=shapes, num_before_head=num_before_head, features=maps.shape, pooled=pooled.shape)


def make_layer_groups(
    network: nn.Module, trace: Trace, group_of: Mapping[str, int], *, names: Mapping[int, str] | None = None
) -> tuple[LayerGroup, ...]:
    """Layer groups from a map of every parameter's name to a number; equal numbers belong together.

    The groups come in the order of the traced forward, whatever their numbers. Modules without parameters that run
    before the head (an activation, a pooling) belong to the group that runs before them. A group is called after its
    largest module, or by `names`. Parameters that no called module holds (position embeddings, class tokens) may be
    used anywhere, so a group of nothing else comes first, where nothing before it can be cut off.
    """
    parameters: dict[int, list[str]] = {}
    for name, _ in network.named_parameters():
        parameters.setdefault(group_of[name], []).append(name)
    modules, free = _outermost_modules(network, trace, group_of)
    starts = {number: min(map(trace.order.__getitem__, modules.get(number, ())), default=-1) for number in parameters}
    ordered = sorted(parameters, key=lambda number: (starts[number], number))
    for name in free:
        owner = _runs_before(trace.order[name], modules, trace.order, default=ordered[0])
        if trace.order[name] < trace.num_before_head:
            modules.setdefault(owner, []).append(name)
    sizes = {name: parameter.numel() for name, parameter in network.named_parameters()}
    return tuple(
        LayerGroup(
            name=(names or {}).get(number)
            or _readable(modules.get(number, []), parameters[number], sizes, is_first=number == ordered[0]),
            modules=tuple(sorted(modules.get(number, ()), key=trace.order.__getitem__)),
            parameters=tuple(parameters[number]),
            num_parameters=sum(sizes[name] for name in parameters[number]),
        )
        for number in ordered
    )


def find_tap_modules(groups: Sequence[LayerGroup], trace: Trace) -> dict[str, str]:
    """For each layer group with an output, the module that gives it: the last one whose output keeps the examples."""
    taps: dict[str, str] = {}
    for group in groups:
        for name in reversed(group.modules):
            if name in trace.shapes:
                taps[group.name] = name
                break
    return taps


@contextmanager
def tapped(
    network: nn.Module, modules: Mapping[str, str], pool: Callable[[str, Tensor], Tensor]
) -> Iterator[dict[str, Tensor]]:
    """Collect `pool(tap, output)` of modules while the block runs a forward pass.

    Pooling happens inside the hook: a later layer may work in place on the same memory. Lanes share the network, so
    each thread collects what its own pass gives.
    """
    found: dict[str, Tensor] = {}
    thread = threading.get_ident()

    def hook_for(tap: str) -> Callable[[nn.Module, object, object], None]:
        def hook(_module: nn.Module, _inputs: object, output: object) -> None:
            if threading.get_ident() != thread:
                return
            value = first_tensor(output)
            assert value is not None
            found[tap] = pool(tap, value)

        return hook

    handles = [network.get_submodule(name).register_forward_hook(hook_for(tap)) for tap, name in modules.items()]
    try:
        yield found
    finally:
        for handle in handles:
            handle.remove()


def first_tensor(output: object) -> Tensor | None:
    """The output itself, or the first of several, when it is a tensor."""
    if isinstance(output, (tuple, list)) and output:
        output = output[0]
    return output if isinstance(output, Tensor) else None


@contextmanager
def _watched(
    network: nn.Module, note_call: Callable[[str], None], note_output: Callable[[str, object], None]
) -> Iterator[None]:
    handles = []
    for name, module in network.named_modules():
        if name:
            handles += [
                module.register_forward_pre_hook(lambda _module, _inputs, name=name: note_call(name)),
                module.register_forward_hook(lambda _module, _inputs, output, name=name: note_output(name, output)),
            ]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def _outermost_modules(
    network: nn.Module, trace: Trace, group_of: Mapping[str, int]
) -> tuple[dict[int, list[str]], list[str]]:
    """Called modules whose parameters all lie in one group, by group; and called modules without parameters."""
    whole: dict[int, list[str]] = {}
    free: list[str] = []

    def visit(module: nn.Module, name: str) -> None:
        prefix = f"{name}." if name else ""
        groups = {group_of[prefix + parameter] for parameter, _ in module.named_parameters()}
        if name in trace.order and not groups:
            free.append(name)
        elif name in trace.order and len(groups) == 1:
            whole.setdefault(groups.pop(), []).append(name)
        else:
            for child_name, child in module.named_children():
                visit(child, prefix + child_name)

    visit(network, "")
    return whole, free


def _runs_before(time: int, modules: Mapping[int, list[str]], order: Mapping[str, int], *, default: int) -> int:
    earlier = [(order[name], number) for number, names in modules.items() for name in names if order[name] < time]
    return max(earlier)[1] if earlier else default


def _readable(modules: Sequence[str], parameters: Sequence[str], sizes: Mapping[str, int], *, is_first: bool) -> str:
    weights = {m: sum(sizes[p] for p in parameters if p.startswith(f"{m}.")) for m in modules}
    holders = [module for module, weight in weights.items() if weight]
    if not holders:
        return FIRST_GROUP if is_first else parameters[0]
    if is_first and len(holders) > 1:
        return FIRST_GROUP
    largest = max(holders, key=weights.__getitem__)
    if largest == "head":  # what timm calls head still holds a norm; in injerto the head is what is trained on top
        return next(name for name in parameters if name.startswith("head.")).rsplit(".", 1)[0]
    return largest
