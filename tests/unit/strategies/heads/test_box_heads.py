"""Heads that give boxes: the same bits after storing, no hostile settings, boxes where the proposals are."""

import json

import pytest
import torch
from head_cases import stored_and_loaded

from injerto.core.errors import ModelError
from injerto.strategies.heads.feature_pyramid import FeaturePyramidHead, FeaturePyramidSettings
from injerto.strategies.heads.head import AbstractHead, load_head
from injerto.strategies.heads.queries import QueryHead, QuerySettings
from injerto.tasks.detection.layout import split_proposals

MAPS = "4x8x12,6x4x6"
NUM_FEATURES = 4 * 8 * 12 + 6 * 4 * 6


def _heads() -> dict[str, AbstractHead]:
    torch.manual_seed(0)
    return {
        "feature-pyramid": FeaturePyramidHead(
            FeaturePyramidSettings(num_features=NUM_FEATURES, num_classes=3, maps=MAPS, width=8)
        ),
        "one-map": FeaturePyramidHead(
            FeaturePyramidSettings(num_features=6 * 4 * 6, num_classes=3, maps="6x4x6", width=8)
        ),
        "queries": QueryHead(QuerySettings(num_features=5 * 12, num_classes=3, num_queries=5)),
    }


@pytest.mark.parametrize(("name", "num_proposals"), [("feature-pyramid", 120), ("one-map", 126), ("queries", 5)])
def test_a_head_gives_the_same_bits_after_safetensors(name: str, num_proposals: int) -> None:
    head = _heads()[name].eval()
    features = torch.randn(2, head.num_features)
    loaded = stored_and_loaded(head).eval()
    assert loaded.settings() == head.settings() == json.loads(json.dumps(head.settings()))
    assert torch.equal(head(features), loaded(features))
    assert head(features).shape == (2, num_proposals, 3 + 7)


def test_first_boxes_lie_around_their_points_and_few_are_expected() -> None:
    head = _heads()["feature-pyramid"].eval()
    proposals = split_proposals(head(torch.zeros(1, NUM_FEATURES)))
    middle = (proposals.boxes[..., :2] + proposals.boxes[..., 2:]) / 2
    assert torch.allclose(middle, proposals.places[..., :2], atol=0.02)
    assert bool((proposals.logits.sigmoid() < 0.02).all())
    assert not proposals.are_queries


def test_first_boxes_of_queries_are_those_of_the_detector() -> None:
    head = _heads()["queries"].eval()
    box = torch.tensor([0.5, 0.4, 0.2, 0.3])
    features = torch.cat([torch.randn(1, 5, 8), torch.logit(box).expand(1, 5, 4)], dim=2).flatten(1)
    proposals = split_proposals(head(features))
    assert proposals.are_queries
    assert torch.allclose(proposals.boxes[0, 0], torch.tensor([0.4, 0.25, 0.6, 0.55]), atol=1e-5)


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("feature-pyramid", {"maps": "9999x9999x9999"}),
        ("feature-pyramid", {"maps": "4x8x12"}),
        ("feature-pyramid", {"maps": "0x8x12,6x4x6"}),
        ("feature-pyramid", {"maps": "four"}),
        ("feature-pyramid", {"width": 7}),
        ("feature-pyramid", {"surprise": 1}),
        ("queries", {"num_queries": 7}),
        ("queries", {"num_queries": 60}),
        ("queries", {"num_classes": 0}),
    ],
)
def test_hostile_settings_are_refused(name: str, change: dict[str, object]) -> None:
    head = _heads()[name]
    with pytest.raises(ModelError, match="M40"):
        load_head(name, head.settings() | change, head.state_dict())
