"""Networks whose weights are read from a file are made without drawing the random ones that the file replaces."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

_DRAWING: Final = frozenset({Tensor.uniform_, Tensor.normal_, Tensor.erfinv_})
"""What initialisers fill tensors with: `erfinv_` is the slow half of a truncated normal distribution."""
_INITIALISERS: Final = frozenset(
    {
        nn.init.uniform_,
        nn.init.normal_,
        nn.init.trunc_normal_,
        nn.init.xavier_uniform_,
        nn.init.xavier_normal_,
        nn.init.kaiming_uniform_,
        nn.init.kaiming_normal_,
        nn.init.orthogonal_,
    }
)
"""Some of these come here whole, as functions of a keyword `tensor`, and what they call then does not."""


class WithoutRandomValues(TorchFunctionMode):
    """Inside, tensors keep what their memory held before.

    Only for a network all of whose parameters are loaded afterwards. Drawing those of a ViT-B takes a second or two.
    """

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Iterable[type],
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        kwargs = kwargs or {}
        if func in _DRAWING or func in _INITIALISERS:
            return args[0] if args else kwargs["tensor"]
        return func(*args, **kwargs)
