"""What is written of pretraining data has a source, and belongs to networks that exist."""

import re

import pytest
from pydantic import ValidationError

from injerto.backbones.catalogue import list_cards
from injerto.backbones.pretraining_data import find_languages, find_pretraining_data, list_pretraining_data
from injerto.core.coverage import Coverage


@pytest.mark.parametrize("card", list_cards(), ids=lambda card: card.name)
def test_every_network_of_the_catalogue_has_its_data_listed(card) -> None:
    assert find_pretraining_data(card.spec)


def test_no_listed_network_is_misspelt() -> None:
    """Hub names cannot be looked up here; all others are those of the catalogue."""
    specs = {card.spec for card in list_cards()}
    listed = {spec for data in list_pretraining_data() for spec in data.backbones}
    assert {spec for spec in listed if not spec.startswith("hf:")} <= specs
    assert all(re.fullmatch(r"hf:[\w.-]+/[\w.-]+", spec) for spec in listed if spec.startswith("hf:"))


def test_codes_of_languages_are_codes() -> None:
    stated = [data.languages.what for data in list_pretraining_data() if data.languages is not None]
    assert all(re.fullmatch("[a-z]{2,3}", code) for codes in stated for code in codes)
    assert all(len(set(codes)) == len(codes) for codes in stated)


def test_of_a_folder_nothing_is_known() -> None:
    assert find_pretraining_data("/home/me/weights") == ()
    assert find_languages("/home/me/weights") is None


@pytest.mark.parametrize("stated", [{"what": "everywhere"}, {"source": "a friend"}, "everywhere"])
def test_a_statement_without_its_source_is_refused(stated) -> None:
    with pytest.raises(ValidationError, match=r"places"):
        Coverage.model_validate({"name": "mine", "places": stated})
