"""Statistics of batch norms and words of a tokenizer, against known answers."""

import math
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from sklearn.datasets import load_digits

from injerto.backbones.loading import load_backbone
from injerto.core.similarity import Similarity
from injerto.data.items import AbstractItem, ImageFile, Text
from injerto.planning.channel_statistics import ChannelStatistics
from injerto.planning.similarity import measure_similarity


def layer(mean: float, variance: float, values: torch.Tensor) -> ChannelStatistics:
    found = ChannelStatistics.beside(torch.tensor([mean]), torch.tensor([variance]))
    for part in values.split(2):
        found.add(part[:, None])
    return found


def test_two_gaussians_are_as_far_apart_as_the_formulas_say() -> None:
    """Source: mean 1000, variance 1. Values of mean 1001 and deviation 2: 1 + (2 - 1)^2."""
    found = layer(1000, 1, torch.tensor([1003.0, 999.0, 1003.0, 999.0]))
    assert found.frechet() == pytest.approx(2)
    assert found.overlap() == pytest.approx(math.sqrt(2 * 2 / 5) * math.exp(-1 / (4 * 5)))


def test_equal_statistics_are_at_distance_zero_and_overlap_wholly() -> None:
    found = layer(5, 4, torch.tensor([7.0, 3.0]))
    assert found.frechet() == pytest.approx(0)
    assert found.overlap() == pytest.approx(1)


def test_a_dead_channel_overlaps_with_its_own_constant_alone() -> None:
    assert layer(3, 0, torch.full((4,), 3.0)).overlap() == 1
    assert layer(3, 0, torch.full((4,), 4.0)).overlap() == 0


@pytest.fixture
def stripes(pictures: Path) -> list[AbstractItem]:
    return [ImageFile(file) for file in sorted(pictures.rglob("*.png"))[::4]]


@pytest.fixture
def characters(tmp_path: Path) -> list[AbstractItem]:
    for number, pixels in enumerate(load_digits().images[:48]):
        Image.fromarray((pixels * 15.9).astype(np.uint8)).save(tmp_path / f"{number}.png")
    return [ImageFile(file) for file in sorted(tmp_path.iterdir())]


def test_characters_are_nearer_to_a_network_of_characters_than_stripes(
    stripes: list[AbstractItem], characters: list[AbstractItem]
) -> None:
    backbone = load_backbone("injerto-glyphs-r10")
    known, strange = (measure_similarity(backbone, items) for items in (characters[:16], stripes))
    assert known.frechet is not None
    assert strange.frechet is not None
    assert 2 * known.frechet < strange.frechet
    assert known.overlap is not None
    assert strange.overlap is not None
    assert known.overlap > strange.overlap
    assert known.num_layers == 13
    assert known.num_examples == 16


@pytest.mark.parametrize("spec", ["timm:test_vit", "timm:test_resnet"])
def test_weights_that_keep_no_trace_of_their_source_say_nothing(spec: str, pictures: Path) -> None:
    """A vision transformer has no running statistics; those of random weights are no one's."""
    backbone = load_backbone(spec, pretrained=False)
    items: list[AbstractItem] = [ImageFile(path) for path in sorted(pictures.rglob("*.png"))[:2]]
    backbone.pretrained = spec == "timm:test_vit"
    assert measure_similarity(backbone, items) == Similarity()


def test_frequent_words_are_whole_and_invented_ones_are_not() -> None:
    backbone = load_backbone("injerto-minitext-en-es")
    texts = [Text("The house is very old, 1234 !!"), Text("qzxvkjq")]
    found = measure_similarity(backbone, texts)
    assert found.known_words == pytest.approx(5 / 6)
    assert found.num_examples == 2
    assert measure_similarity(backbone, [Text("1234 ?")]).known_words is None


def test_without_batch_norms_a_reference_set_stands_for_the_source(
    stripes: list[AbstractItem], characters: list[AbstractItem]
) -> None:
    backbone = load_backbone("timm:test_vit", pretrained=False)
    backbone.pretrained = True
    known, strange = (
        measure_similarity(backbone, items, reference=characters[:32]) for items in (characters[32:], stripes)
    )
    assert known.frechet is not None
    assert strange.frechet is not None
    assert known.frechet < 0.3 < strange.frechet
    assert (known.num_reference, known.num_examples, known.num_layers) == (32, 16, len(backbone.taps))


def test_what_the_weights_remember_goes_before_a_reference(
    stripes: list[AbstractItem], characters: list[AbstractItem]
) -> None:
    backbone = load_backbone("injerto-glyphs-r10")
    assert measure_similarity(backbone, stripes, reference=characters) == measure_similarity(backbone, stripes)


def test_texts_have_both(tmp_path: Path) -> None:
    backbone = load_backbone("injerto-minitext-en-es")
    english = [Text(f"The house number {number} is very old.") for number in range(30)]
    spanish = [Text(f"La casa número {number} es muy vieja.") for number in range(30)]
    near, far = (measure_similarity(backbone, items, reference=english[:20]) for items in (english[20:], spanish))
    assert near.known_words is not None
    assert near.frechet is not None
    assert far.frechet is not None
    assert near.frechet < far.frechet
