"""Layer groups of networks that write texts: embeddings, encoder layers, decoder layers, norms."""

import re
from collections.abc import Callable
from typing import Final

from torch import Tensor, nn

from injerto.backbones.backbone import LayerGroup
from injerto.backbones.layer_groups import make_layer_groups, trace_forward

_LAYER: Final = re.compile(r"^(?P<stack>.*?)\.(?P<number>\d+)\.")
_STACK: Final = 100_000
"""Apart enough for the numbers of two stacks."""


def group_sequence_layers(network: nn.Module, scores: Callable[[], Tensor]) -> tuple[LayerGroup, ...]:
    """`embeddings`, `layer.0` …, `norm` of a decoder alone; with an encoder `encoder.0` …, `decoder.0` ….

    A weight that two modules share (embeddings and output layer) belongs to the group of its first name.
    """
    trace = trace_forward(network, scores, lambda found: found, batch_size=2)
    first_name = {id(parameter): name for name, parameter in network.named_parameters()}
    every = list(network.named_parameters(remove_duplicate=False))
    numbers = {name: _number(name) for name, _ in every}
    group_of = {name: numbers[first_name[id(parameter)]] for name, parameter in every}
    own = {numbers[name] for name, _ in network.named_parameters()}
    return make_layer_groups(network, trace, group_of, names={number: _name(number, own) for number in own})


def is_decoder_group(group: LayerGroup) -> bool:
    """Whether a group of an encoder-decoder runs after the encoder's output is there."""
    return group.name.startswith(("decoder.", "output"))


def _number(name: str) -> int:
    """Encoder layers from 0, decoder layers from 2 stacks, what runs before or after a stack beside its layers."""
    found = _LAYER.match(name)
    in_decoder = re.search(r"(^|\.)decoder\.", name) is not None
    in_encoder = re.search(r"(^|\.)encoder\.", name) is not None
    base = 2 * _STACK if in_decoder else 0
    if found is not None:
        return base + int(found["number"])
    if not in_encoder and not in_decoder and re.search(r"(^|\.)(lm_head|embed_out|output)\.", name):
        return 4 * _STACK
    is_embedding = re.search(r"emb|wte|wpe|shared|\.conv\d", name) is not None
    return base - 1 if is_embedding else base + _STACK


def _name(number: int, own: set[int]) -> str:
    if number == 4 * _STACK:
        return "output"
    has_encoder = any(2 * _STACK - 1 <= other < 4 * _STACK for other in own)
    stack, place = divmod(number + 1, 2 * _STACK)
    place -= 1
    side = "decoder." if stack else "encoder." if has_encoder and place >= 0 else ""
    if place < 0:
        return f"{side}embeddings"
    if place >= _STACK:
        return f"{side}norm"
    return f"{side}{place}" if side else f"layer.{place}"
