"""The classifier that weights came with: what the network was able to do before it was transferred."""

# N examples, D features, K classes of the source.

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Self, final

from torch import Tensor


@final
@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class SourceHead:
    """A linear layer on the pooled features; its classes have no names here."""

    weight_KD: Tensor
    bias_K: Tensor

    @property
    def num_classes(self) -> int:
        return len(self.bias_K)

    @classmethod
    def find(cls, weights: Mapping[str, Tensor], names: Iterable[str], *, num_features: int) -> Self | None:
        """Under the first of the names that holds one for so many features; None where none does."""
        for name in names:
            weight, bias = weights.get(f"{name}.weight"), weights.get(f"{name}.bias")
            if weight is None or bias is None or bias.ndim != 1:
                continue
            if weight.shape == (len(bias), num_features):
                return cls(weight_KD=weight.float(), bias_K=bias.float())
        return None

    def classify(self, features_ND: Tensor) -> Tensor:
        """The likeliest class of each example."""
        return (features_ND @ self.weight_KD.T + self.bias_K).argmax(1)
