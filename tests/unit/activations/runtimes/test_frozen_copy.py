from pathlib import Path

import pytest
import timm
import torch
from timm.layers import BatchNormAct2d
from torch import nn

from injerto.activations.cut.frozen_part import FrozenPart
from injerto.activations.runtimes.choosing import open_runtime
from injerto.activations.runtimes.frozen_copy import channels_last, make_frozen_copy
from injerto.backbones.loading import load_backbone

NAMES = [
    "resnet18",
    "mobilenetv3_small_050",
    "mobilenetv2_035",
    "efficientnet_lite0",
    "inception_v3",
    "densenet121",
    "vgg11_bn",
]


def shaken(name: str):
    """A network whose batch norms do something, as after pretraining."""
    backbone = load_backbone(f"timm:{name}", pretrained=False, seed=0)
    generator = torch.Generator().manual_seed(0)
    for module in backbone.network.modules():
        if isinstance(module, nn.BatchNorm2d):
            for tensor in (module.running_mean, module.bias.data):
                tensor.copy_(0.1 * torch.randn(tensor.shape, generator=generator))
            for tensor in (module.running_var, module.weight.data):
                tensor.copy_(0.5 + torch.rand(tensor.shape, generator=generator))
    return backbone.eval()


@pytest.mark.parametrize("name", NAMES)
def test_the_copy_gives_the_same_features_with_its_norms_folded(name: str) -> None:
    backbone = shaken(name)
    side = 96 if name == "inception_v3" else 64
    images = torch.randn(3, 3, side, side, generator=torch.Generator().manual_seed(1))
    before = {key: value.clone() for key, value in backbone.network.state_dict().items()}
    quick = make_frozen_copy(backbone, {"x": images[:2]}, pool="pooled")
    assert quick is not backbone
    norms = [sum(type(m) in (nn.BatchNorm2d, BatchNormAct2d) for m in b.network.modules()) for b in (backbone, quick)]
    # DenseNet normalises before it convolves: only its first norm and those inside its layers follow a convolution.
    assert norms[1] <= norms[0] * (0.6 if name == "densenet121" else 0.0)
    with torch.no_grad():
        expected, found = backbone({"x": images}), quick(channels_last({"x": images}))
    assert (found - expected).abs().max() <= 1e-4 * expected.abs().max()
    assert all(torch.equal(value, before[key]) for key, value in backbone.network.state_dict().items())


def test_without_a_batch_norm_to_fold_there_is_no_copy() -> None:
    backbone = load_backbone("timm:vit_tiny_patch16_224", pretrained=False)
    assert make_frozen_copy(backbone, {"x": torch.randn(2, 3, 224, 224)}, pool="pooled") is backbone


def test_a_convolution_that_two_read_is_found_by_the_comparison(network_folder: Path) -> None:
    class Twice(nn.Module):
        """Its second reader wants the convolution without the norm."""

        def __init__(self) -> None:
            super().__init__()
            self.convolution, self.norm = nn.Conv2d(3, 4, 1), nn.BatchNorm2d(4)
            nn.init.constant_(self.norm.weight, 3.0)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            given = self.convolution(x)
            return self.norm(given) + given

    backbone = load_backbone(str(network_folder))
    stem = next(name for name, m in backbone.network.named_modules() if isinstance(m, nn.Conv2d))
    backbone.network.set_submodule(stem, nn.Sequential(Twice().eval(), backbone.network.get_submodule(stem)))
    backbone.network.get_submodule(f"{stem}.1").in_channels = 4
    old = backbone.network.get_submodule(f"{stem}.1")
    backbone.network.set_submodule(
        f"{stem}.1",
        nn.Conv2d(4, old.out_channels, old.kernel_size, old.stride, old.padding, bias=old.bias is not None),
    )
    part = FrozenPart(backbone, pool="pooled")
    with open_runtime(part, lambda number: {"x": torch.randn(number, 3, 32, 32)}, num_items=40) as opened:
        assert opened.choice.runtime == "eager"
        assert "other values" in opened.choice.reason


def test_timm_still_has_the_parts_that_are_kept() -> None:
    network = timm.create_model("mobilenetv3_small_050")
    norm = next(m for m in network.modules() if isinstance(m, BatchNormAct2d))
    assert isinstance(norm.drop, nn.Module)
    assert isinstance(norm.act, nn.Module)
