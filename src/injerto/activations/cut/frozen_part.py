"""The part of a backbone that is frozen, as a module of its own: prepared inputs in, one tensor out."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeGuard, final

import torch
from torch import Tensor, nn

from injerto.backbones.backbone import AbstractBackbone, Inputs, Pool
from injerto.backbones.feature_maps import join_maps
from injerto.backbones.layer_groups import tapped


class NoTensorError(Exception):
    """The module at the cut is given neither a tensor nor a list of maps."""


class _StoppedError(Exception):
    """Leaves the forward pass at the cut with the tensor that reached it; never seen outside this module."""

    def __init__(self, tensor: Tensor) -> None:
        self.tensor = tensor


@final
class FrozenPart(nn.Module):
    """Everything up to the features, or up to the first tensor that the module `at` is given.

    A list of maps, as in the dense blocks of DenseNet, is one tensor: the maps side by side along their channels.

    Outputs of the modules `carried`, which end before the cut and are read after it, as the finer maps of a detector
    are, are laid behind what reaches the cut, one vector an example.

    While `at` is set, calls have to be inside `ready`, which holds the one hook that stops them. The tensor travels
    in the exception, so that threads can share the part.
    """

    def __init__(
        self, backbone: AbstractBackbone, *, pool: Pool, at: str | None = None, carried: tuple[str, ...] = ()
    ) -> None:
        super().__init__()
        self.backbone = backbone
        self.pool: Pool = pool
        self.at = at
        self.carried = carried

    @contextmanager
    def ready(self) -> Iterator[None]:
        """Calls inside stop at the cut."""
        if self.at is None:
            yield
            return
        handle = self.backbone.network.get_submodule(self.at).register_forward_pre_hook(_stop, with_kwargs=True)
        try:
            yield
        finally:
            handle.remove()

    def forward(self, inputs: Inputs) -> Tensor:
        """Features, or what reaches the cut, shape (batch, ...)."""
        modules = {name: name for name in self.carried}
        with tapped(self.backbone.network, modules, lambda _name, output: output) as found:
            try:
                features = torch.as_tensor(self.backbone(inputs, self.pool))
            except _StoppedError as stopped:
                return join_maps([stopped.tensor, *(found[name] for name in self.carried)]) if found else stopped.tensor
        if self.at is not None:
            raise AssertionError(f"the forward pass never reached {self.at}")
        return features


def _stop(_module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    for value in (*args, *kwargs.values()):
        if isinstance(value, Tensor):
            raise _StoppedError(value)
        if is_list_of_maps(value):
            raise _StoppedError(torch.cat(value, dim=1))
    raise NoTensorError


def is_list_of_maps(value: object) -> TypeGuard[list[Tensor]]:
    """Whether a value is a list of tensors that differ in their channels alone."""
    if (
        not isinstance(value, list)
        or not value
        or not all(isinstance(part, Tensor) and part.ndim > 1 for part in value)
    ):
        return False
    return len({(part.shape[0], part.shape[2:]) for part in value}) == 1
