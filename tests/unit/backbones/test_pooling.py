from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from injerto.backbones.loading import load_backbone
from injerto.backbones.pooling import pool_map, pool_tokens
from injerto.core.errors import UsageError
from injerto.data.items import Text


def test_the_generalised_mean_lies_between_mean_and_maximum() -> None:
    maps = torch.rand(3, 4, 5, 6)
    mean, gem, most = pool_map(maps, "mean"), pool_map(maps, "gem"), maps.amax((2, 3))
    assert bool((mean < gem).all())
    assert bool((gem < most).all())
    torch.testing.assert_close(pool_map(torch.full((1, 2, 3, 3), 0.7), "gem"), torch.full((1, 2), 0.7))
    assert torch.isfinite(pool_map(-maps, "gem")).all()


def test_tokens_are_pooled_by_their_mask() -> None:
    tokens, mask = torch.randn(2, 4, 3), torch.tensor([[1, 1, 1, 1], [1, 1, 0, 0]])
    assert torch.equal(pool_tokens(tokens, "cls", mask_NT=mask), tokens[:, 0])
    assert torch.equal(pool_tokens(tokens, "last", mask_NT=mask), torch.stack([tokens[0, 3], tokens[1, 1]]))
    torch.testing.assert_close(pool_tokens(tokens, "mean", mask_NT=mask)[1], tokens[1, :2].mean(0))
    torch.testing.assert_close(pool_tokens(tokens, "mean", num_prefix=1), tokens[:, 1:].mean(1))


@pytest.mark.parametrize(
    ("name", "pools"),
    [
        ("test_resnet", {"mean", "gem"}),
        ("test_vit", {"mean", "cls"}),
        ("test_convnext", {"mean", "gem"}),
        ("swin_tiny_patch4_window7_224", {"mean", "gem"}),
        ("mobilenetv3_small_050", {"mean", "gem"}),
    ],
)
def test_every_pool_of_an_image_network_has_its_length(name: str, pools: set[str]) -> None:
    backbone = load_backbone(f"timm:{name}", pretrained=False).eval()
    assert set(backbone.pools) == {"pooled", "flatten", "taps", "maps"} | pools
    images = {"x": torch.randn(2, 3, backbone.contract.height, backbone.contract.width)}
    with torch.no_grad():
        for pool in backbone.pools:
            assert backbone(images, pool).shape == (2, backbone.num_features(pool)), pool
    with pytest.raises(UsageError, match="U305"):
        backbone.num_features("last")


@pytest.mark.parametrize("name", ["bert", "gpt2"])
def test_every_pool_of_a_text_network(save_text_model: Callable[[str], Path], name: str) -> None:
    backbone = load_backbone(str(save_text_model(name))).eval()
    inputs = backbone.prepare([Text("a cat sat on the mat"), Text("a dog")])
    with torch.no_grad():
        found = {pool: backbone(inputs, pool) for pool in backbone.pools}
    for pool, features in found.items():
        assert features.shape == (2, backbone.num_features(pool)), pool
    own = "last" if name == "gpt2" else "mean"
    assert torch.equal(found["pooled"], found[own])
    for pool in ("flatten", "gem"):
        with pytest.raises(UsageError, match="U305"):
            backbone(inputs, pool)
