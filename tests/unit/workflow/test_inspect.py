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
