"""How like a task is to what a network has seen, as far as the weights themselves say: batch norms and vocabulary."""

# C channels, N examples.

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final, final

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from injerto.backbones.backbone import AbstractBackbone
from injerto.core.similarity import Similarity
from injerto.core.survey import Modality
from injerto.data.items import AbstractItem, Text

NUM_EXAMPLES: Final = 48
"""Of pictures, each of which gives a channel hundreds of values: on twice as many, distances changed by 3 % at most."""
_NUM_TEXTS: Final = 500
_BATCH: Final = 16
_LONGEST: Final = 4000
"""Characters of a text that are looked at."""


def measure_similarity(backbone: AbstractBackbone, items: Sequence[AbstractItem]) -> Similarity:
    """What can be said without any example of the pretraining data, which nobody has at hand.

    A batch norm carries mean and variance of each channel over all that it was trained on: a description of the source
    in the network's own features. The same two numbers of the user's examples are compared with them. A network
    without batch norms carries no such thing, and one of random weights has seen nothing. A tokenizer was fitted to the
    source's texts: what is frequent there is one token.

    Args:
        items: of which the first are taken; in a random order.
    """
    if not backbone.pretrained:
        return Similarity()
    if backbone.modality is Modality.TEXT:
        texts = [item.read()[:_LONGEST] for item in items[:_NUM_TEXTS] if isinstance(item, Text)]
        return Similarity(known_words=_share_of_whole_words(texts, backbone), num_examples=len(texts))
    norms = [module for module in backbone.network.modules() if _has_seen_data(module)]
    chosen = items[:NUM_EXAMPLES]
    found = [layer for layer in _read_layers(backbone, norms, chosen) if layer.count_1 > 1] if norms else []
    if not found:
        return Similarity()
    return Similarity(
        frechet=sum(layer.frechet() for layer in found) / len(found),
        overlap=sum(layer.overlap() for layer in found) / len(found),
        num_layers=len(found),
        num_examples=len(chosen),
    )


@final
@dataclass(kw_only=True, slots=True)
class _Layer:
    """Sums of what reaches one batch norm, and what it remembers of its training."""

    mean_C: Tensor
    variance_C: Tensor
    sum_C: Tensor
    square_C: Tensor
    count_1: int = 0

    @classmethod
    def of(cls, norm: _BatchNorm) -> "_Layer":
        assert norm.running_mean is not None
        assert norm.running_var is not None
        mean_C, variance_C = norm.running_mean.cpu().double(), norm.running_var.cpu().double()
        return cls(
            mean_C=mean_C, variance_C=variance_C, sum_C=torch.zeros_like(mean_C), square_C=torch.zeros_like(mean_C)
        )

    def add(self, values: Tensor) -> None:
        """Values of shape (examples, channels, …). Centred first: sums of squares of far values lose digits.

        One example at a time: the first maps of a batch in float64 are hundreds of megabytes.
        """
        for value in values.detach().cpu():
            flat_CN = value.reshape(len(self.mean_C), -1).double() - self.mean_C[:, None]
            self.sum_C += flat_CN.sum(1)
            self.square_C += flat_CN.square().sum(1)
            self.count_1 += flat_CN.shape[1]

    def _moments(self) -> tuple[Tensor, Tensor]:
        """Difference of the means, and the variance of the user's values."""
        shift_C = self.sum_C / self.count_1
        return shift_C, (self.square_C / self.count_1 - shift_C.square()).clamp_min(0)

    def frechet(self) -> float:
        """Fréchet distance of two Gaussians of independent channels, in units of the source's total variance.

        sum((m - m')^2 + (s - s')^2) / sum(s'^2) (Dowson and Landau 1982): 0 for equal statistics, 1 where the two are
        as far apart as an example of the source is from its own mean.
        """
        shift_C, variance_C = self._moments()
        apart = shift_C.square() + (variance_C.sqrt() - self.variance_C.sqrt()).square()
        return float(apart.sum() / self.variance_C.sum().clamp_min(torch.finfo(torch.float64).tiny))

    def overlap(self) -> float:
        """Mean over the channels of the Bhattacharyya coefficient of two Gaussians: 1 for equal ones, 0 for strangers.

        A channel that is constant in both, as dead ones are, overlaps where the constants are the same.
        """
        shift_C, variance_C = self._moments()
        both_C = variance_C + self.variance_C
        lives_C = both_C > 0
        safe_C = torch.where(lives_C, both_C, 1.0)
        height_C = (2 * (variance_C * self.variance_C).sqrt() / safe_C).sqrt()
        coefficient_C = height_C * (-shift_C.square() / (4 * safe_C)).exp()
        return float(torch.where(lives_C, coefficient_C, (shift_C == 0).double()).mean())


def _has_seen_data(module: nn.Module) -> bool:
    """Statistics of 0 and 1 everywhere are those of a norm that never trained."""
    if not isinstance(module, _BatchNorm) or module.running_mean is None or module.running_var is None:
        return False
    return bool(module.running_mean.any()) or not bool((module.running_var == 1).all())


def _read_layers(backbone: AbstractBackbone, norms: Sequence[nn.Module], items: Sequence[AbstractItem]) -> list[_Layer]:
    layers = [_Layer.of(norm) for norm in norms if isinstance(norm, _BatchNorm)]
    backbone.eval()
    with torch.no_grad(), _watched(norms, layers):
        for start in range(0, len(items), _BATCH):
            inputs = backbone.prepare(items[start : start + _BATCH])
            backbone({name: value.to(backbone.device()) for name, value in inputs.items()})
    return layers


@contextmanager
def _watched(norms: Sequence[nn.Module], layers: Sequence[_Layer]) -> Iterator[None]:
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
