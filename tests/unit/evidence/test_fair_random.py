from pathlib import Path

import torch
from torch.nn.modules.batchnorm import _BatchNorm

from injerto.backbones.loading import load_backbone
from injerto.data.items import ImageFile, Text
from injerto.evidence.fair_random import make_fair


def test_closed_branches_are_opened_and_statistics_fitted(pictures: Path) -> None:
    backbone = load_backbone("timm:resnet18", pretrained=False)
    items = [ImageFile(path) for path in sorted(pictures.rglob("*.png"))[:8]]
    norms = [module for module in backbone.network.modules() if isinstance(module, _BatchNorm)]
    assert any(not norm.weight.any() for norm in norms)
    momentum = norms[0].momentum
    make_fair(backbone, items)
    assert all(norm.weight.any() for norm in norms)
    assert all(norm.running_mean.any() for norm in norms)
    assert norms[0].momentum == momentum
    assert not any(norm.training for norm in norms)


def test_a_network_without_batch_norms_is_left_as_it_is(save_text_model) -> None:
    backbone = load_backbone(str(save_text_model("bert")), pretrained=False)
    before = {name: value.clone() for name, value in backbone.network.state_dict().items()}
    make_fair(backbone, [Text("a")])
    assert all(torch.equal(before[name], value) for name, value in backbone.network.state_dict().items())
