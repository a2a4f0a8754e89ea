"""The textbook's rule beside what was chosen."""

import pytest

from injerto.core.plan import Basis
from injerto.planning.textbook import explain_textbook


@pytest.mark.parametrize(
    ("gap", "num_train", "device", "basis", "choice"),
    [
        (0.2, 10_000, "cpu", Basis.COMPUTE, "feature extraction"),
        (0.2, 100, "cuda", Basis.DATA_QUANTITY, "feature extraction"),
        (0.005, 10_000, "cuda", Basis.SIMILARITY, "feature extraction"),
        (0.02, 10_000, "cuda", Basis.SIMILARITY, "fine-tuning"),
        (0.2, 10_000, "cuda:1", Basis.SIMILARITY, "fine-tuning"),
    ],
)
def test_which_consideration_decides(gap: float, num_train: int, device: str, basis: Basis, choice: str) -> None:
    reason = explain_textbook(gap=gap, num_train=num_train, device=device, extracts_features=True)
    assert (reason.basis, reason.choice) == (basis, choice)
    assert ("agrees" in reason.because) == (choice == "feature extraction")


def test_it_says_when_nothing_was_measured() -> None:
    reason = explain_textbook(gap=0, num_train=9, device="cpu", extracts_features=True, is_measured=False)
    assert "too few examples" in reason.because
