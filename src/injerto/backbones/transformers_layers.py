"""Layer groups of a transformers network: the embeddings, each layer of its stack, and what comes after."""

import re
from collections.abc import Callable
from inspect import signature
from typing import Any, Final

from torch import Tensor, nn

from injerto.backbones.backbone import LayerGroup
from injerto.backbones.layer_groups import Trace, make_layer_groups, trace_forward

# The first number in a parameter's name is that of its layer: encoder.layer.3., h.3., transformer.layer.3., …
_IN_LAYER: Final = re.compile(r"^(?:.*?\.)?(\d+)\.")
_BEFORE: Final = -1


def trace_transformer(
    network: nn.Module, features: Callable[[], Tensor], pool: Callable[[Tensor], Tensor], *, batch_size: int
) -> tuple[Trace, tuple[LayerGroup, ...]]:
    """One traced forward, and the layer groups that it shows: `embeddings`, `layer.0` …, `norm`.

    Parameters outside the stack count as embeddings when their module runs before it, or is never called, and as
    `norm` when it runs after it.
    """
    trace = trace_forward(network, features, pool, batch_size=batch_size)
    layers = {name: int(match[1]) for name, _ in network.named_parameters() if (match := _IN_LAYER.match(name))}
    after = max(layers.values(), default=0) + 1
    stack_start = min((time for name in layers if (time := _called(name, trace)) is not None), default=0)
    group_of = {
        name: layers[name] if name in layers else _outside(name, trace, stack_start=stack_start, after=after)
        for name, _ in network.named_parameters()
    }
    # T5 calls its embeddings by another of their names; both are of one group.
    first_name = {id(parameter): name for name, parameter in network.named_parameters()}
    every = network.named_parameters(remove_duplicate=False)
    group_of |= {name: group_of[first_name[id(parameter)]] for name, parameter in every}
    names = {_BEFORE: "embeddings", after: "norm"} | {number: f"layer.{number}" for number in set(layers.values())}
    return trace, make_layer_groups(network, trace, group_of, names=names)


def drop_pooler(network: nn.Module) -> None:
    """Remove the pooler, which features do not pass, where its owner then skips it, as `add_pooling_layer=False` does.

    ResNet, RegNet and others always call theirs, which has no weights there.
    """
    can_skip = "add_pooling_layer" in signature(type(network)).parameters
    if can_skip and isinstance(getattr(network, "pooler", None), nn.Module):
        network.register_module("pooler", None)


def describe_settings(network: Any) -> dict[str, object]:
    """What beside the tensors decides the output, from the network's configuration."""
    idle = {"_name_or_path", "architectures", "dtype", "id2label", "label2id", "torch_dtype", "transformers_version"}
    settings = {name: value for name, value in network.config.to_diff_dict().items() if name not in idle}
    return {"library": "transformers", **settings}


def _outside(name: str, trace: Trace, *, stack_start: int, after: int) -> int:
    time = _called(name, trace)
    return _BEFORE if time is None or time < stack_start else after


def _called(parameter: str, trace: Trace) -> int | None:
    return trace.order.get(parameter.rpartition(".")[0])
