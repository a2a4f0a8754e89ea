"""Each in a process of its own: what this one has imported cannot be undone."""

import subprocess
import sys

import pytest

LINEAR_HEAD = """
import torch
from injerto.strategies.heads.logistic import fit_logistic
x = torch.randn(40, 5, generator=torch.Generator().manual_seed(0))
fit_logistic(x, (x[:, 0] > 0).long(), num_classes=2)
"""
BACKBONE = "from injerto.backbones.loading import load_backbone; load_backbone('injerto-mix-r10')\n"
ABSENT = "import sys; assert 'torch._dynamo' not in sys.modules; assert 'sympy' not in sys.modules\n"
POOL_A_REGION = """
import torch, torchvision
boxes = torch.tensor([[0.0, 0.0, 0.0, 4.0, 4.0]])
assert torchvision.ops.roi_align(torch.ones(1, 1, 8, 8), boxes, 2).eq(1).all()
import torch._dynamo
assert torch._dynamo.is_compiling() is False
assert torchvision.ops.roi_align.__globals__["is_compile_supported"]("cpu") in (True, False)
"""
MORE_THAN_STANDS_IN = """
from injerto.backbones.lean_imports import without_compiler
with without_compiler():
    import torch._dynamo
    assert torch._dynamo.is_compiling() is False
    from torch._dynamo import config
from torch._dynamo import disable
assert disable(lambda: 3)() == 3
"""


@pytest.mark.parametrize(
    "code",
    [BACKBONE + LINEAR_HEAD + ABSENT + POOL_A_REGION, MORE_THAN_STANDS_IN],
    ids=["a picture network, its linear head, torchvision as ever", "the real one when more is asked"],
)
def test_the_compiler_is_imported_by_those_who_use_it(code: str) -> None:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
