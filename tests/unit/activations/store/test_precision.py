import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from injerto.activations.store.precision import Precision, decode, encode

BOUNDS: dict[Precision, float] = {"fp32": 0.0, "fp16": 5e-4, "bf16": 4e-3, "int8": 2e-2}


@given(seed=st.integers(0, 1000), precision=st.sampled_from(list(BOUNDS)), scaled_dims=st.sampled_from([1, 2]))
def test_the_error_is_the_one_that_is_said_and_small(seed: int, precision: Precision, scaled_dims: int) -> None:
    values = 100 * torch.randn(3, 4, 50, generator=torch.Generator().manual_seed(seed))
    encoded = encode(values, precision, scaled_dims=scaled_dims)
    found = decode(encoded.values, encoded.scale)
    error = float((found - values).norm() / values.norm())
    assert encoded.error == pytest.approx(error, rel=1e-3, abs=1e-9)
    assert error <= BOUNDS[precision]


def test_a_channel_that_is_small_keeps_its_digits_in_int8() -> None:
    values = torch.randn(2, 3, 40) * torch.tensor([1e-4, 1.0, 1e4])[:, None]
    encoded = encode(values, "int8", scaled_dims=2)
    found = decode(encoded.values, encoded.scale)
    assert ((found - values).abs() <= values.abs().amax(2, keepdim=True) / 127 * 0.51).all()


def test_what_overflows_fp16_stays_fp32() -> None:
    values = torch.tensor([[1.0, 70_000.0]])
    encoded = encode(values, "fp16", scaled_dims=1)
    assert encoded.values.dtype == torch.float32
    assert encoded.error == 0


def test_nothing_but_zeros_has_no_error() -> None:
    for precision in BOUNDS:
        encoded = encode(torch.zeros(2, 3), precision, scaled_dims=1)
        assert encoded.error == 0
        assert torch.equal(decode(encoded.values, encoded.scale), torch.zeros(2, 3))
