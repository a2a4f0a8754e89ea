"""How like an input is to what a classifier was trained on: what it was never told of is none of its labels."""

# N examples, D features, K labels.

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Self, final

import torch
from torch import Tensor

from injerto.core.errors import ModelError

FAMILIARITY_NAME: Final = "familiarity.safetensors"
KEPT: Final = 0.95
"""Share of the tuning examples that are taken for what they are."""
_LEAST_SCALE: Final = 1e-6


@final
@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Familiarity:
    """Centres of the labels among standardised features; an input is as familiar as its nearest centre is, by cosine.

    The features are those that the head reads. The threshold is what `KEPT` of the tuning examples reach, which trained
    no weight: where speakers are known, those of other speakers.
    """

    mean_D: Tensor
    scale_D: Tensor
    centres_KD: Tensor
    """Of unit length."""
    threshold: float

    @classmethod
    def measure(cls, train_ND: Tensor, targets_N: Tensor, tune_ND: Tensor) -> Self:
        """From the features of the training examples with their labels, and those of the tuning examples."""
        mean_D, scale_D = train_ND.mean(0), train_ND.std(0, correction=0).clamp_min(_LEAST_SCALE)
        standard_ND = (train_ND - mean_D) / scale_D
        centres_KD = torch.stack([standard_ND[targets_N == label].mean(0) for label in sorted(set(targets_N.tolist()))])
        centres_KD = torch.nn.functional.normalize(centres_KD, dim=1)
        bare = cls(mean_D=mean_D, scale_D=scale_D, centres_KD=centres_KD, threshold=0.0)
        threshold = float(bare.score(tune_ND).quantile(1 - KEPT, interpolation="lower"))
        return cls(mean_D=mean_D, scale_D=scale_D, centres_KD=centres_KD, threshold=threshold)

    def score(self, features_ND: Tensor) -> Tensor:
        """Cosine to the nearest centre, shape (examples,)."""
        standard_ND = (features_ND.float().cpu() - self.mean_D) / self.scale_D
        cosines_NK = torch.nn.functional.normalize(standard_ND, dim=1) @ self.centres_KD.T
        return cosines_NK.amax(1)

    def knows(self, features_ND: Tensor) -> Tensor:
        """Whether each is familiar, shape (examples,)."""
        return self.score(features_ND) >= self.threshold

    def tensors(self) -> dict[str, Tensor]:
        """What is stored of it; the threshold is in the artifact's record."""
        return {"mean": self.mean_D, "scale": self.scale_D, "centres": self.centres_KD}

    @classmethod
    def of_tensors(cls, found: Mapping[str, Tensor], *, threshold: float, num_features: int, where: str) -> Self:
        """From a file, which is not trusted: raises `ModelError` where a tensor does not fit the features."""
        shapes = {name: tuple(tensor.shape) for name, tensor in found.items()}
        centres = shapes.get("centres", (0,))
        expected = {"mean": (num_features,), "scale": (num_features,), "centres": (centres[0], num_features)}
        if shapes != expected or not all(bool(torch.isfinite(tensor).all()) for tensor in found.values()):
            raise ModelError("familiarity-unfit", where=where)
        return cls(mean_D=found["mean"], scale_D=found["scale"], centres_KD=found["centres"], threshold=threshold)
