import pytest

from injerto.core.spent import Basis, Spent


def spent(**values: float) -> Spent:
    return Spent(**values, finetuning_basis=Basis.ESTIMATED, pretraining_source="a paper")  # type: ignore[arg-type]


@pytest.mark.parametrize(("own", "word"), [(1e15, "below the third"), (0.5e18, "above the third")])
def test_the_ratio_is_held_against_a_third(own: float, word: str) -> None:
    found = spent(finetuning_flop=own, pretraining_flop=1e18)
    assert found.ratio == pytest.approx(own / 1e18)
    assert word in found.sentence
    assert "a paper" in found.sentence


@pytest.mark.parametrize(("own", "word"), [(1e15, "below 3.3e+22"), (1e23, "above 3.3e+22")])
def test_a_third_of_a_general_purpose_model_stands_in_for_what_is_not_published(own: float, word: str) -> None:
    found = spent(finetuning_flop=own)
    assert found.ratio is None
    assert found.pretraining_basis is Basis.UNKNOWN
    assert word in found.sentence


def test_nothing_is_made_up() -> None:
    found = Spent()
    assert (found.ratio, found.energy_wh, found.energy_basis) == (None, None, Basis.UNKNOWN)
    assert "not counted" in found.sentence
