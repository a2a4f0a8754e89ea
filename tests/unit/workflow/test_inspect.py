"""`inspect` with a network to hold the data against."""

from pathlib import Path

import pytest

import injerto
from injerto.core.errors import UsageError


def test_a_named_network_says_how_like_the_data_are_to_its_source(pictures: Path) -> None:
    survey = injerto.inspect(pictures, backbone="injerto-glyphs-r10")
    assert survey.backbone == "injerto-glyphs-r10"
    assert survey.similarity is not None
    assert survey.similarity.frechet is not None
    assert survey.similarity.num_examples == 48
    assert injerto.inspect(pictures, backbone="injerto-glyphs-r10").similarity == survey.similarity
    assert injerto.inspect(pictures).similarity is None


def test_a_network_for_texts_is_refused_for_pictures(pictures: Path) -> None:
    with pytest.raises(UsageError, match="injerto-minitext-en-es"):
        injerto.inspect(pictures, backbone="injerto-minitext-en-es")


def test_a_reference_set_is_for_a_network_and_has_examples(pictures: Path, network_folder: Path) -> None:
    with pytest.raises(UsageError, match="none is asked"):
        injerto.inspect(pictures, reference=pictures)
    with pytest.raises(UsageError, match="none is asked"):
        injerto.plan(pictures, strategy="linear-probe", reference=pictures)
    few = sorted((pictures / "down").iterdir())[:19]
    with pytest.raises(UsageError, match="19 examples are too few"):
        injerto.inspect(pictures, backbone=str(network_folder), reference=few)


def test_a_network_that_remembers_nothing_is_held_beside_the_reference(pictures: Path, network_folder: Path) -> None:
    found = injerto.inspect(pictures, backbone=str(network_folder), reference=pictures / "down").similarity
    assert found is not None
    assert found.frechet is not None
    assert found.num_reference == 20
