"""What a network looked at, where the truth is planted: a label that one corner or one word decides."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from injerto.artifacts.model import Model
from injerto.backbones.backbone import AbstractBackbone
from injerto.backbones.loading import load_backbone
from injerto.core.survey import Modality
from injerto.data.items import ImageArray, Text
from injerto.data.labelled import Example
from injerto.evidence.close_up import CloseUp
from injerto.evidence.embedding_map import make_map
from injerto.evidence.grad_cam import find_grid, measure_heat
from injerto.evidence.occlusion import split_parts
from injerto.strategies.heads.linear import LinearHead
from injerto.tasks.task import tasks


def grown(backbone: AbstractBackbone, weight_D: torch.Tensor) -> Model:
    """A model whose second label is the more likely the larger the features are along the weight."""
    kind = "image" if backbone.modality is Modality.IMAGE else "text"
    head = LinearHead.from_weights(torch.stack([-weight_D, weight_D]), torch.zeros(2))
    return Model(
        task_name=f"{kind}-classification",
        task=tasks.get(f"{kind}-classification")(),
        backbone=backbone,
        head=head,
        labels=("a", "b"),
        multi_label=False,
        pool="pooled",
    )


def picture(corner: tuple[int, int]) -> ImageArray:
    """Noise in one corner of a flat picture."""
    pixels = np.full((32, 32, 3), 90, dtype=np.uint8)
    top, left = corner
    noise = np.random.default_rng(0).integers(0, 255, (16, 16, 3))
    pixels[top : top + 16, left : left + 16] = noise
    return ImageArray(pixels, where=str(corner))


@pytest.mark.parametrize("corner", [(0, 0), (16, 16), (0, 16)])
def test_the_heat_lies_where_the_features_of_the_label_come_from(network_folder: Path, corner: tuple[int, int]) -> None:
    backbone = load_backbone(str(network_folder))
    item, flat = picture(corner), ImageArray(np.full((32, 32, 3), 90, dtype=np.uint8), where="flat")
    with torch.no_grad():
        features = backbone(backbone.prepare([item, flat]))
    model = grown(backbone, features[0] - features[1])
    (heat,) = measure_heat(model, [item], [1])
    assert heat is not None
    assert heat.max() == 1
    assert heat.min() >= 0
    height, width = heat.shape
    top, left = corner[0] * height // 32, corner[1] * width // 32
    inside = heat[top : top + height // 2, left : left + width // 2].mean()
    assert inside > heat.mean()
    assert all(parameter.grad is None for parameter in backbone.parameters())


@pytest.mark.parametrize(("tokens", "grid"), [(197, (14, 14)), (201, (14, 14)), (49, (7, 7)), (2, None)])
def test_the_grid_of_tokens_is_found_behind_prefixes(tokens: int, grid: tuple[int, int] | None) -> None:
    assert find_grid(tokens, height=224, width=224) == grid


def test_words_that_decide_are_told(save_text_model: Callable[[str], Path]) -> None:
    backbone = load_backbone(str(save_text_model("bert")))
    texts = [Text("the cat sat on the mat"), Text("cat")]
    with torch.no_grad():
        with_, without = backbone(backbone.prepare([texts[0], Text("the sat on the mat")]))
    model = grown(backbone, 50 * (with_ - without) / (with_ - without).norm())
    close_up = CloseUp(model=model, test=[Example(item=one, labels=("b",), where="here") for one in texts])
    parts, alone = close_up.words([0, 1], [1, 1])
    assert "".join(part.text for part in parts) == texts[0].text
    assert max(parts, key=lambda part: part.effect).text == "cat "
    assert [part.effect for part in alone] == [0.0]
    assert close_up.heat([0], [1]) == [None]


@pytest.mark.parametrize("text", ["", " ", "one", "a  b\nc ", "word " * 500])
def test_parts_joined_are_the_text_and_never_many(text: str) -> None:
    parts = split_parts(text)
    assert "".join(parts) == text[:1200]
    assert len(parts) <= 32


def test_neighbours_are_the_nearest_and_a_copy_is_its_own(network_folder: Path) -> None:
    items = [picture(corner) for corner in ((0, 0), (16, 16), (0, 16), (16, 0))]
    train = [Example(item=item, labels=("a",), where=item.where) for item in items]
    close_up = CloseUp(model=grown(load_backbone(str(network_folder)), torch.zeros(1)), test=train[1:3], train=train)
    close_up.__dict__ |= {"features": np.eye(4)[1:3], "train_features": np.eye(4)}
    assert [rows[0] for rows in close_up.nearest([0, 1])] == [1, 2]
    assert close_up.likeness() == pytest.approx([1, 1])


def test_the_map_keeps_islands_apart_and_is_the_same_twice() -> None:
    generator = np.random.default_rng(0)
    island = np.repeat([0, 1], 40)
    features = generator.normal(size=(80, 12)) + 8 * island[:, None]
    made = make_map(features, seed=0)
    assert made is not None
    assert made.places.min() == 0
    assert made.places.max() == 1
    middles = [made.places[island == one].mean(axis=0) for one in (0, 1)]
    nearest = np.linalg.norm(made.places[:, None] - np.array(middles), axis=2).argmin(axis=1)
    assert (nearest == island).mean() > 0.97
    again = make_map(features, seed=0)
    assert again is not None
    assert np.array_equal(made.places, again.places)


@pytest.mark.parametrize("features", [np.ones((50, 4)), np.eye(2), np.zeros((0, 3))])
def test_there_is_no_map_of_nothing(features: np.ndarray) -> None:
    assert make_map(features, seed=0) is None


def test_few_examples_or_one_feature_make_a_map_too() -> None:
    for features in (np.arange(10.0)[:, None], np.random.default_rng(0).normal(size=(12, 5))):
        made = make_map(features, seed=0)
        assert made is not None
        assert made.method == "PCA"
        assert bool(np.isfinite(made.places).all())
