"""What inputs a network was trained on, read off the running statistics of its first batch norm.

Where a convolution reads the input and a batch norm reads the convolution, the running mean of channel k is the sum of
its filter's weights for each colour times the mean of that colour: as many equations as filters, for three unknowns.
The running variance is the filter's answer to the covariance of patches; pixels of pictures resemble their neighbours
in a way that is much the same everywhere, so the variances together give the spread of the inputs to about a fifth.
Measured on MobileNets trained on ImageNet in [-1, 1]: mean to 0.01, spread 0.49 to 0.57 (benchmarks/input_faults.py).
No example is needed, so the domain of the user's data cannot mislead it.
"""

from dataclasses import dataclass
from typing import Final, final

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from injerto.backbones.backbone import AbstractBackbone, Inputs
from injerto.planning.input_guard.normalisations import Floats

_NEIGHBOUR: Final = 0.95
"""Correlation of pixels side by side in a photograph of a few hundred pixels; of further ones, its power."""
_COLOURS: Final = 0.93
"""Correlation of two colours of a pixel."""
_LEAST_EXPLAINED: Final = 0.9


@final
@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class TrainingPixels:
    """In the units of the network's input."""

    mean: Floats
    spread: float
    explained: float
    """Share of the running means that one mean a colour explains: 1 where the reading is right."""


class _Reached(Exception):
    """The first norm was reached; nothing behind it needs to run."""


def read_training_pixels(backbone: AbstractBackbone, inputs: Inputs) -> TrainingPixels | None:
    """`inputs` are any prepared ones, of which only the shape matters.

    None where the network does not begin with a convolution and a batch norm, or its statistics make no sense."""
    pair = _first_layers(backbone, inputs)
    if pair is None:
        return None
    convolution, norm = pair
    if norm.running_mean is None or norm.running_var is None:
        return None
    weights = convolution.weight.detach().cpu().double().numpy()
    shift = convolution.bias.detach().cpu().double().numpy() if convolution.bias is not None else 0.0
    mean = norm.running_mean.cpu().double().numpy() - shift
    variance = norm.running_var.cpu().double().numpy()
    power = (weights**2).sum((1, 2, 3))
    lives = (power > 1e-4 * np.median(power)) & (variance > 1e-4 * np.median(variance))
    is_untouched = not norm.running_mean.any() and bool((norm.running_var == 1).all())
    if is_untouched or lives.sum() < 2 * weights.shape[1]:
        return None
    weights, mean, variance, power = weights[lives], mean[lives], variance[lives], power[lives]
    spread = np.sqrt(variance)
    colours = weights.sum((2, 3))
    solved = np.linalg.lstsq(colours / spread[:, None], mean / spread, rcond=None)[0]
    left = (((mean - colours @ solved) / spread) ** 2).sum()
    # Means near zero explain themselves: what is left is compared with the spread of each channel too.
    explained = 1 - left / max(float(((mean / spread) ** 2).sum()), 0.1 * len(mean))
    if explained < _LEAST_EXPLAINED:
        return None
    filters = weights.reshape(len(weights), -1)
    answers = np.einsum("ki,ij,kj->k", filters, _covariance(weights.shape), filters)
    return TrainingPixels(
        mean=solved,
        spread=float(np.sqrt((variance / power).sum() / (answers / power).sum())),
        explained=float(explained),
    )


def _covariance(shape: tuple[int, ...]) -> Floats:
    """Of the values of a patch of unit spread, in the order of a filter's weights: colour, row, column."""
    _, colours, height, width = shape
    rows, columns = (side.ravel() for side in np.mgrid[:height, :width])
    distance = np.hypot(rows[:, None] - rows, columns[:, None] - columns)
    of_colours = np.full((colours, colours), _COLOURS)
    np.fill_diagonal(of_colours, 1)
    covariance: Floats = np.kron(of_colours, _NEIGHBOUR**distance)
    return covariance


def _first_layers(backbone: AbstractBackbone, inputs: Inputs) -> tuple[nn.Conv2d, _BatchNorm] | None:
    """The convolution that reads the input itself, and the batch norm that reads the convolution itself."""
    name, example = next(iter(inputs.items()))
    x = torch.randn(1, *example.shape[1:], generator=torch.Generator().manual_seed(0))
    first: list[tuple[nn.Conv2d, Tensor]] = []
    found: list[tuple[nn.Conv2d, _BatchNorm]] = []

    def at_convolution(module: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> None:
        if first or not isinstance(module, nn.Conv2d) or not _is_padded(inputs[0], x):
            raise _Reached
        first.append((module, output))

    def at_norm(module: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        if first and inputs[0] is first[0][1] and isinstance(module, _BatchNorm):
            found.append((first[0][0], module))
        raise _Reached

    hooks = [
        module.register_forward_hook(at_convolution)
        if isinstance(module, nn.Conv2d)
        else module.register_forward_pre_hook(at_norm)
        for module in backbone.network.modules()
        if isinstance(module, nn.Conv2d | _BatchNorm | nn.Linear | nn.LayerNorm | nn.GroupNorm)
    ]
    was_training = backbone.training
    backbone.eval()
    try:
        with torch.no_grad():
            backbone({name: x.to(backbone.device())})
    except _Reached:
        pass
    finally:
        for hook in hooks:
            hook.remove()
        backbone.train(was_training)
    return found[0] if found else None


def _is_padded(inner: Tensor, x: Tensor) -> bool:
    """Whether a layer reads the network's input, perhaps with zeros around it, and nothing that was made of it."""
    return inner.shape[:2] == x.shape[:2] and bool(
        torch.isclose(inner.cpu().abs().sum(), x.abs().sum(), rtol=1e-5)
        and torch.isclose(inner.cpu().max(), x.max())
        and torch.isclose(inner.cpu().min(), x.min())
    )
