"""What every fit is given, checked: features, targets as a one-hot or 0/1 matrix, example weights."""

from dataclasses import dataclass

import torch
from torch import Tensor

from injerto.core.errors import ModelError, UsageError


@dataclass(frozen=True, kw_only=True, slots=True)
class Examples:
    """Checked examples of one fit."""

    features: Tensor
    """Shape (examples, features), as given: any floating type, all finite."""
    targets: Tensor
    """Shape (examples, classes), float64: one-hot, or 0/1 with many labels."""
    multi_label: bool

    def __len__(self) -> int:
        return len(self.features)

    @property
    def num_classes(self) -> int:
        return self.targets.shape[1]

    @property
    def labels(self) -> Tensor:
        """Class indices, shape (examples,); only where an example has one label."""
        assert not self.multi_label
        return self.targets.argmax(1)

    @property
    def present(self) -> Tensor:
        """Which classes have an example, shape (classes,), bool."""
        return self.targets.amax(0) > 0


def check_examples(features: Tensor, targets: Tensor, *, num_classes: int, multi_label: bool = False) -> Examples:
    """Raise `UsageError` where shapes or labels do not fit, `ModelError` where features are not finite."""
    if features.ndim != 2 or 0 in features.shape or not features.is_floating_point():
        raise UsageError(
            "head-features",
            found=f"{features.dtype} of shape {tuple(features.shape)}",
            expected="a matrix of floating numbers, (examples, features), with one example or more",
        )
    targets = targets.to(features.device)
    if multi_label:
        expected, matrix = f"a 0/1 matrix of shape ({len(features)}, {num_classes})", targets
        fits = targets.shape == (len(features), num_classes) and bool(((targets == 0) | (targets == 1)).all())
    else:
        expected, matrix = f"{len(features)} class indices from 0 to {num_classes - 1}", targets
        fits = targets.shape == (len(features),) and not targets.is_floating_point()
        fits = fits and bool(((targets >= 0) & (targets < num_classes)).all())
    if not fits:
        raise UsageError(
            "head-targets", found=f"{targets.dtype} of shape {tuple(targets.shape)} or other values", expected=expected
        )
    if not multi_label:
        matrix = torch.nn.functional.one_hot(targets.long(), num_classes)
    # A sum is finite only if all it adds are; one of large numbers may overflow, and is looked at number by number.
    if not torch.isfinite(features.sum()) and (bad := int((~torch.isfinite(features)).any(1).sum())):
        raise ModelError("features-not-finite", count=bad, total=len(features))
    return Examples(features=features, targets=matrix.double(), multi_label=multi_label)


def check_weights(sample_weight: Tensor | None, examples: Examples) -> Tensor:
    """Weights of the examples as float64 with mean one, shape (examples,); ones where none are given."""
    if sample_weight is None:
        return torch.ones(len(examples), dtype=torch.float64, device=examples.features.device)
    if sample_weight.shape != (len(examples),):
        raise UsageError("head-weights", found=f"shape {tuple(sample_weight.shape)} for {len(examples)} examples")
    weight = sample_weight.to(examples.features.device).double()
    if not bool((torch.isfinite(weight) & (weight > 0)).all()):
        raise UsageError("head-weights", found="one is zero, negative or not finite")
    return weight / weight.mean()


def check_one_label(multi_label: bool, head: str) -> None:
    """Raise `UsageError` for data with many labels, which `head` does not learn."""
    if multi_label:
        raise UsageError("head-one-label", head=head)
