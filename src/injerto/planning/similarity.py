"""How like a task is to what a network has seen: by its batch norms and vocabulary, else by a reference set."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

import torch
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from injerto.activations.reading import compute_features
from injerto.activations.store.store import ActivationStore
from injerto.backbones.backbone import AbstractBackbone
from injerto.core.similarity import Similarity
from injerto.core.survey import Modality
from injerto.data.items import AbstractItem, Text
from injerto.planning.channel_statistics import ChannelStatistics

NUM_EXAMPLES: Final = 48
"""Of pictures, each of which gives a channel hundreds of values: on twice as many, distances changed by 3 % at most."""
_NUM_TEXTS: Final = 500
_BATCH: Final = 16
NUM_REFERENCE: Final = 100
"""Of the reference set, and of the user's examples beside it: by chance alone a distance of 0.02."""
_LONGEST: Final = 4000
"""Characters of a text that are looked at."""


def measure_similarity(
    backbone: AbstractBackbone,
    items: Sequence[AbstractItem],
    *,
    reference: Sequence[AbstractItem] = (),
    store: ActivationStore | None = None,
) -> Similarity:
    """What can be said without any example of the pretraining data, which nobody has at hand.

    A batch norm carries mean and variance of each channel over all that it was trained on: a description of the source
    in the network's own features. The same two numbers of the user's examples are compared with them. A network
    without batch norms carries no such thing, and one of random weights has seen nothing. A tokenizer was fitted to the
    source's texts: what is frequent there is one token. Where there are no batch norms, the pooled features of a
    reference set stand for the source, at every tap.

    Args:
        items: of which the first are taken; in a random order.
        reference: examples like those that the network was trained on, of which the first are taken.
        store: holds the features that reference and items are compared by.
    """
    if not backbone.pretrained:
        return Similarity()
    own = Similarity()
    if backbone.modality is Modality.TEXT:
        texts = [item.read()[:_LONGEST] for item in items[:_NUM_TEXTS] if isinstance(item, Text)]
        own = Similarity(known_words=_share_of_whole_words(texts, backbone), num_examples=len(texts))
    else:
        norms = [module for module in backbone.network.modules() if _has_seen_data(module)]
        chosen = items[:NUM_EXAMPLES]
        found = [layer for layer in _read_layers(backbone, norms, chosen) if layer.count_1 > 1] if norms else []
        if found:
            return Similarity(**_summarise(found), num_examples=len(chosen))
    if not reference:
        return own
    beside = compare_with_reference(backbone, items, reference, store=store)
    if own.known_words is None:
        return beside
    return beside.model_copy(update={"known_words": own.known_words, "num_examples": own.num_examples})


def compare_with_reference(
    backbone: AbstractBackbone,
    items: Sequence[AbstractItem],
    reference: Sequence[AbstractItem],
    *,
    store: ActivationStore | None,
) -> Similarity:
    """By the pooled features of the first of both at every tap."""
    known, own = reference[:NUM_REFERENCE], items[:NUM_REFERENCE]
    features_NF = compute_features(backbone, [*known, *own], pool="taps", store=store).double()
    layers = []
    for values_NC in torch.split(features_NF, list(backbone.taps.values()), dim=1):
        source_NC = values_NC[: len(known)]
        layer = ChannelStatistics.beside(source_NC.mean(0), source_NC.var(0))
        layer.add(values_NC[len(known) :])
        layers.append(layer)
    return Similarity(**_summarise(layers), num_examples=len(own), num_reference=len(known))


def _summarise(layers: Sequence[ChannelStatistics]) -> dict[str, Any]:
    return {
        "frechet": sum(layer.frechet() for layer in layers) / len(layers),
        "overlap": sum(layer.overlap() for layer in layers) / len(layers),
        "num_layers": len(layers),
    }


def _has_seen_data(module: nn.Module) -> bool:
    """Statistics of 0 and 1 everywhere are those of a norm that never trained."""
    if not isinstance(module, _BatchNorm) or module.running_mean is None or module.running_var is None:
        return False
    return bool(module.running_mean.any()) or not bool((module.running_var == 1).all())


def _read_layers(
    backbone: AbstractBackbone, norms: Sequence[nn.Module], items: Sequence[AbstractItem]
) -> list[ChannelStatistics]:
    layers = [
        ChannelStatistics.beside(norm.running_mean, norm.running_var)
        for norm in norms
        if isinstance(norm, _BatchNorm) and norm.running_mean is not None and norm.running_var is not None
    ]
    backbone.eval()
    with torch.no_grad(), _watched(norms, layers):
        for start in range(0, len(items), _BATCH):
            inputs = backbone.prepare(items[start : start + _BATCH])
            backbone({name: value.to(backbone.device()) for name, value in inputs.items()})
    return layers


@contextmanager
def _watched(norms: Sequence[nn.Module], layers: Sequence[ChannelStatistics]) -> Iterator[None]:
    hooks = [
        norm.register_forward_pre_hook(lambda _, inputs, layer=layer: layer.add(inputs[0]))
        for norm, layer in zip(norms, layers, strict=True)
    ]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()


def _share_of_whole_words(texts: Sequence[str], backbone: AbstractBackbone) -> float | None:
    """Share of the words with a letter that are one known token; None for tokenizers that do not tell words apart."""
    tokenizer: Any = getattr(backbone, "tokenizer", None)
    if tokenizer is None or not tokenizer.is_fast or not texts:
        return None
    rows = tokenizer(list(texts), add_special_tokens=False, truncation=False, verbose=False)
    whole = total = 0
    for number, text in enumerate(texts):
        tokens: dict[int, list[int]] = {}
        for word, token in zip(rows.word_ids(number), rows["input_ids"][number], strict=True):
            if word is not None:
                tokens.setdefault(word, []).append(token)
        for word, pieces in tokens.items():
            span = rows.word_to_chars(number, word)
            if any(letter.isalpha() for letter in text[span.start : span.end]):
                total += 1
                whole += len(pieces) == 1 and pieces[0] != tokenizer.unk_token_id
    return whole / total if total else None
