"""Statistics of batch norms and words of a tokenizer, against known answers."""

import math
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from sklearn.datasets import load_digits
from torch import nn

from injerto.backbones.loading import load_backbone
from injerto.core.similarity import Similarity
from injerto.data.items import AbstractItem, ImageFile, Text
from injerto.planning.similarity import _Layer, measure_similarity


def layer(mean: float, variance: float, values: torch.Tensor) -> _Layer:
    norm = nn.BatchNorm1d(1)
    norm.running_mean, norm.running_var = torch.tensor([mean]), torch.tensor([variance])
    found = _Layer.of(norm)
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


def test_characters_are_nearer_to_a_network_of_characters_than_stripes(pictures: Path, tmp_path: Path) -> None:
    backbone = load_backbone("injerto-glyphs-r10")
    for number, pixels in enumerate(load_digits().images[:16]):
        Image.fromarray((pixels * 15.9).astype(np.uint8)).save(tmp_path / f"{number}.png")
    known, strange = (
        measure_similarity(backbone, [ImageFile(file) for file in files])
        for files in (sorted(tmp_path.iterdir()), sorted(pictures.rglob("*.png"))[::4])
    )
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
