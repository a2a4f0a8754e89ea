"""timm and transformers without what a machine without a GPU never uses of PyTorch's compiler.

`torch._dynamo` is 900 modules, as many seconds of work as PyTorch itself and 190 MB; Triton, which comes with it, is
another 90 MB for code that can only run on a GPU. Whoever compiles later (`torch.compile`, an ONNX export) imports it
then.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import Any, Final

import torch

_COMPILER: Final = "torch._dynamo"
_TOOLS: Final = f"{_COMPILER}.utils"


@contextmanager
def without_triton() -> Iterator[None]:
    """Triton cannot be imported inside the block, unless it was before or there is a GPU for it.

    None in `sys.modules` is Python's own word for what is not to be imported. `torch.compile` for the CPU works
    without it.
    """
    if "triton" in sys.modules or torch.cuda.is_available():
        yield
        return
    sys.modules["triton"] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        del sys.modules["triton"]


@contextmanager
def without_compiler() -> Iterator[None]:
    """PyTorch's compiler is not imported inside the block by torchvision or timm, nor Triton.

    torchvision takes a function from it, which it calls where a region is pooled, and timm a decorator: what they get
    asks for the real one when it is called. Whatever else is looked for is answered by the real module, which takes the
    place of what stood for it. transformers takes more, so that its networks come with the compiler.
    """
    if _COMPILER in sys.modules:
        yield
        return
    package, tools = _StandIn(_COMPILER), _StandIn(_TOOLS)
    spec = find_spec("torch")
    assert spec is not None
    package.__path__ = [f"{place}/_dynamo" for place in spec.submodule_search_locations or ()]
    package.__dict__["disable"] = _disable
    tools.__dict__["is_compile_supported"] = _is_compile_supported
    sys.modules[_COMPILER], sys.modules[_TOOLS] = package, tools
    try:
        with without_triton():
            yield
    finally:
        _StandIn.leave()


def spare_lbfgs_the_compiler() -> None:
    """Let `torch.optim.LBFGS` run without importing the compiler to tell it not to compile an optimizer's methods.

    PyTorch does so in the first call of `add_param_group`, unless it finds what an earlier call has left there. Other
    optimizers import the compiler in every step as well.
    """
    method = getattr(torch.optim.Optimizer.add_param_group, "__wrapped__", None)
    if _COMPILER not in sys.modules and method is not None:
        method.__dict__.setdefault("__dynamo_disable", method)


class _StandIn(ModuleType):
    """A module that turns into the real one when more is asked of it than it has."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # Python's own questions.
            raise AttributeError(name)
        self.leave()
        return getattr(import_module(self.__name__), name)

    @staticmethod
    def leave() -> None:
        """Forget what stands in; the next import finds the real modules."""
        for name in (_COMPILER, _TOOLS):
            if isinstance(sys.modules.get(name), _StandIn):
                del sys.modules[name]


def _disable(fn: Callable[..., Any] | None = None, recursive: bool = True, *, reason: str | None = None) -> Any:
    """As PyTorch decorates its own functions: the compiler is imported by the first call."""
    return torch._disable_dynamo(fn, recursive)  # type: ignore[attr-defined]


def _is_compile_supported(device_type: Any) -> Any:
    return import_module(_TOOLS).is_compile_supported(device_type)
