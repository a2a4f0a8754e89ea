import pytest
import torch

from injerto.activations.runtimes.fitting import FittingRun
from injerto.backbones.backbone import Inputs
from injerto.core.errors import ResourceError


class Small:
    """A GPU that holds so many examples at a time."""

    def __init__(self, holds: int) -> None:
        self.holds = holds
        self.sizes: list[int] = []

    def __call__(self, inputs: Inputs) -> torch.Tensor:
        self.sizes.append(len(inputs["x"]))
        if len(inputs["x"]) > self.holds:
            raise torch.OutOfMemoryError
        return inputs["x"] * 2


def test_a_batch_that_fits_runs_as_one() -> None:
    gpu = Small(8)
    values = torch.arange(8.0)
    assert torch.equal(FittingRun(gpu, name="n")({"x": values}), values * 2)
    assert gpu.sizes == [8]


def test_a_batch_that_does_not_fit_runs_in_parts_and_the_next_one_at_once_so() -> None:
    gpu = Small(3)
    run = FittingRun(gpu, name="n")
    values = torch.arange(8.0)
    assert torch.equal(run({"x": values}), values * 2)
    assert gpu.sizes == [8, 4, 2, 2, 2, 2]
    gpu.sizes.clear()
    run({"x": values})
    assert gpu.sizes == [2, 2, 2, 2]


def test_one_example_that_does_not_fit_is_an_error_with_advice() -> None:
    with pytest.raises(ResourceError, match=r"R202.*resnet.*--device cpu"):
        FittingRun(Small(0), name="resnet")({"x": torch.zeros(4)})
