"""The encoder of an encoder-decoder (T5, Marian, BART …) as a network of its own, to read features from."""

import re
from typing import Any, Final

import torch
from torch import Tensor
from transformers.models.auto.modeling_auto import MODEL_FOR_TEXT_ENCODING_MAPPING, MODEL_MAPPING

from injerto.backbones.weights_file import check_names
from injerto.core.errors import ModelError
from injerto.core.seeds import seeded

_BEFORE: Final = re.compile(r"^(?:model\.)?encoder\.")
_SHARED: Final = re.compile(r"^(?:model\.)?shared\.weight$")


def make_encoder(config: Any, *, seed: int) -> Any:
    """The encoder with random weights of `seed`."""
    config.dtype = torch.float32
    kind = MODEL_FOR_TEXT_ENCODING_MAPPING.get(type(config), None)
    with seeded(seed):
        if isinstance(kind, type):  # T5 and its like: a class of its own, which its library opens too.
            return kind(config)
        return MODEL_MAPPING[type(config)](config).get_encoder()


def load_encoder(config: Any, weights: dict[str, Tensor], *, spec: str) -> Any:
    """The encoder with its part of the weights of a whole network, or with those of an encoder saved alone.

    Raises `ModelError` where a tensor of the encoder is missing or has another shape.
    """
    network = make_encoder(config, seed=0)
    own = _named_for(network, weights)
    expected = network.state_dict()
    computed = {name for name, value in network.named_parameters() if not value.requires_grad}
    lacking = [name for name in expected if name not in own and name not in computed]
    if len(lacking) == len(expected):
        raise ModelError("architecture-unfit", where=spec, why="its weights hold no encoder")
    check_names(
        spec,
        missing=lacking,
        misshapen=[name for name, value in own.items() if value.shape != expected[name].shape],
        unknown=(),
    )
    network.load_state_dict(own, strict=False)
    return network


def _named_for(network: Any, weights: dict[str, Tensor]) -> dict[str, Tensor]:
    """The tensors of the encoder under the names of `network`; what belongs to a decoder or head is left out."""
    shared = next((value for name, value in weights.items() if _SHARED.match(name)), None)
    alone = not any(_BEFORE.match(name) for name in weights)
    found: dict[str, Tensor] = {}
    for name in network.state_dict():
        plain = _BEFORE.sub("", name)
        candidates = (name,) if alone else (name, f"encoder.{plain}", f"model.encoder.{plain}")
        value = next((weights[candidate] for candidate in candidates if candidate in weights), None)
        if value is None and (plain.endswith("embed_tokens.weight") or _SHARED.match(name)):
            value = shared  # Both sides read one table of embeddings, which is stored once.
        if value is not None:
            found[name] = value.float()
    return found
