"""What a classifier was never told of: kept and refused in planted cases, stored and read with suspicion."""

import pytest
import torch

from injerto.artifacts.familiarity import KEPT, Familiarity
from injerto.core.errors import ModelError

_WIDTH = 24


def draw(centre: torch.Tensor, number: int, seed: int) -> torch.Tensor:
    return centre + torch.randn(number, len(centre), generator=torch.Generator().manual_seed(seed))


@pytest.fixture(scope="module")
def centres() -> torch.Tensor:
    return 3 * torch.randn(6, _WIDTH, generator=torch.Generator().manual_seed(0))


@pytest.fixture(scope="module")
def known(centres: torch.Tensor) -> Familiarity:
    """Three labels with sixty recordings each, and twenty each to draw the line by."""
    train = torch.cat([draw(centre, 60, 1) for centre in centres[:3]])
    tune = torch.cat([draw(centre, 200, 2) for centre in centres[:3]])
    return Familiarity.measure(train, torch.arange(3).repeat_interleave(60), tune)


def test_most_of_what_is_known_is_kept_and_what_is_foreign_is_not(known: Familiarity, centres: torch.Tensor) -> None:
    kept = torch.cat([known.knows(draw(centre, 1000, 3)) for centre in centres[:3]])
    assert float(kept.float().mean()) == pytest.approx(KEPT, abs=0.04)
    for centre in centres[3:]:
        assert float(known.knows(draw(centre, 1000, 4)).float().mean()) < 0.05


def test_a_louder_feature_counts_as_much_as_a_quiet_one(centres: torch.Tensor, known: Familiarity) -> None:
    scale = torch.logspace(-3, 3, _WIDTH)
    train = torch.cat([draw(centre, 60, 1) for centre in centres[:3]])
    tune = torch.cat([draw(centre, 200, 2) for centre in centres[:3]])
    scaled = Familiarity.measure(scale * train, torch.arange(3).repeat_interleave(60), scale * tune)
    torch.testing.assert_close(scaled.score(scale * tune), known.score(tune), atol=1e-4, rtol=1e-4)


def test_what_is_stored_says_the_same_and_what_does_not_fit_is_refused(known: Familiarity) -> None:
    again = Familiarity.of_tensors(known.tensors(), threshold=known.threshold, num_features=_WIDTH, where="x")
    probe = torch.randn(9, _WIDTH)
    assert torch.equal(again.score(probe), known.score(probe))
    broken = {**known.tensors(), "mean": torch.full((_WIDTH,), torch.nan)}
    for tensors, width in ((known.tensors(), _WIDTH + 1), (broken, _WIDTH), ({"mean": torch.zeros(3)}, 3)):
        with pytest.raises(ModelError, match="does not fit the model"):
            Familiarity.of_tensors(tensors, threshold=0.5, num_features=width, where="x")
