from pathlib import Path

import pytest
import torch
from torch import nn

from injerto.activations.cut.cut import make_cut, placeholder_inputs
from injerto.backbones.loading import load_backbone
from injerto.data.items import Text

NETWORKS = ("test_resnet", "test_vit", "test_efficientnet", "test_convnext")


@pytest.mark.parametrize("name", NETWORKS)
def test_every_cut_that_is_trusted_gives_the_uncut_features(name: str) -> None:
    backbone = load_backbone(f"timm:{name}", pretrained=False)
    backbone.eval()
    inputs = {"x": torch.randn(3, 3, backbone.contract.height, backbone.contract.width)}
    with torch.no_grad():
        expected = backbone(inputs)
    trusted = 0
    for index in range(1, len(backbone.layer_groups)):
        cut = make_cut(backbone, index, sample=inputs)
        if cut is None:
            continue
        trusted += 1
        found = cut.run_suffix(cut.run_prefix(inputs), placeholder_inputs(inputs))
        assert torch.allclose(found, expected, atol=1e-6), backbone.layer_groups[index].name
    assert trusted >= len(backbone.layer_groups) - 2


def test_the_suffix_follows_another_batch_size() -> None:
    backbone = load_backbone("timm:test_vit", pretrained=False).eval()
    size = (3, backbone.contract.height, backbone.contract.width)
    cut = make_cut(backbone, 2, sample={"x": torch.randn(2, *size)})
    assert cut is not None
    inputs = {"x": torch.randn(7, *size)}
    found = cut.run_suffix(cut.run_prefix(inputs), placeholder_inputs(inputs))
    assert torch.allclose(found, backbone(inputs), atol=1e-6)


def test_the_suffix_gives_the_gradient_of_the_whole_network() -> None:
    backbone = load_backbone("timm:test_resnet", pretrained=False).eval()
    inputs = {"x": torch.randn(2, 3, backbone.contract.height, backbone.contract.width)}
    index = len(backbone.layer_groups) - 1
    cut = make_cut(backbone, index, sample=inputs)
    assert cut is not None
    name = backbone.layer_groups[index].parameters[0]
    parameter = dict(backbone.network.named_parameters())[name]
    backbone(inputs).square().sum().backward()
    expected = parameter.grad.clone()
    backbone.zero_grad()
    cut.run_suffix(cut.run_prefix(inputs), placeholder_inputs(inputs)).square().sum().backward()
    assert torch.allclose(parameter.grad, expected, rtol=1e-5, atol=1e-7)
    first = dict(backbone.network.named_parameters())[backbone.layer_groups[0].parameters[0]]
    assert first.grad is None or not first.grad.any()


def test_the_network_is_as_before_after_a_cut_ran() -> None:
    backbone = load_backbone("timm:test_resnet", pretrained=False).eval()
    inputs = {"x": torch.randn(2, 3, backbone.contract.height, backbone.contract.width)}
    expected = backbone(inputs)
    cut = make_cut(backbone, 3, sample=inputs)
    assert cut is not None
    cut.run_suffix(cut.run_prefix(inputs), placeholder_inputs(inputs))
    assert torch.equal(backbone(inputs), expected)


@pytest.mark.parametrize("layer", ["denseblock1.denselayer2", "denseblock3.denselayer7", "denseblock4.denselayer16"])
def test_a_list_of_maps_crosses_as_one_tensor(layer: str) -> None:
    backbone = load_backbone("timm:densenet121", pretrained=False).eval()
    index = next(i for i, g in enumerate(backbone.layer_groups) if g.modules and g.modules[0].endswith(layer))
    inputs = {"x": torch.randn(3, 3, 64, 64)}
    cut = make_cut(backbone, index, sample={"x": inputs["x"][:2]})
    assert cut is not None
    crossing = cut.run_prefix(inputs)
    assert crossing.ndim == 4
    found = cut.run_suffix(crossing.requires_grad_(), placeholder_inputs(inputs))
    torch.testing.assert_close(found, backbone(inputs))
    found.sum().backward()
    assert crossing.grad is not None
    assert bool(crossing.grad.any())


def test_a_list_of_other_things_refuses_the_cut() -> None:
    class Listed(nn.Module):
        """Hands the layer a list of maps that differ in size."""

        def __init__(self, layer: nn.Module) -> None:
            super().__init__()
            self.layer = layer

        def forward(self, parts: list[torch.Tensor]) -> torch.Tensor:
            return torch.as_tensor(self.layer(parts[0]))

    backbone = load_backbone("timm:test_resnet", pretrained=False).eval()
    inputs = {"x": torch.randn(2, 3, backbone.contract.height, backbone.contract.width)}
    name = backbone.layer_groups[3].modules[0]
    layer = Listed(backbone.network.get_submodule(name))
    backbone.network.set_submodule(name, layer)
    layer.register_forward_pre_hook(lambda _module, args: ([args[0], args[0][:, :, ::2]],), prepend=True)
    assert make_cut(backbone, 3, sample=inputs) is None


def test_a_model_that_reads_its_input_after_the_cut_is_not_trusted() -> None:
    backbone = load_backbone("timm:test_resnet", pretrained=False).eval()
    forward = backbone.network.forward_features
    backbone.network.forward_features = lambda x: forward(x) + x.mean()
    inputs = {"x": torch.randn(2, 3, backbone.contract.height, backbone.contract.width)}
    assert make_cut(backbone, 3, sample=inputs) is None


@pytest.mark.parametrize("name", ["bert", "distilbert", "gpt2", "roberta", "modernbert"])
def test_texts_of_other_lengths_pass_a_cut(save_text_model, name: str) -> None:
    backbone = load_backbone(str(save_text_model(name))).eval()
    sample = backbone.prepare([Text("the cat sat on the mat"), Text("a dog"), Text("the dog ran")])
    index = len(backbone.layer_groups) - 1
    while not any(".1" in module for module in backbone.layer_groups[index].modules):
        index -= 1
    cut = make_cut(backbone, index, sample=sample)
    assert cut is not None
    for texts in (["el gato", "a"], ["a dog ran far away from home and home and home", "the", "cat sat"]):
        inputs = backbone.prepare([Text(text) for text in texts])
        found = cut.run_suffix(cut.run_prefix(inputs), inputs)
        assert torch.equal(found, backbone(inputs))


def test_the_shipped_backbones_can_be_cut() -> None:
    backbone = load_backbone("shipped:injerto-glyphs-r10").eval()
    inputs = {"x": torch.randn(2, 3, backbone.contract.height, backbone.contract.width)}
    assert make_cut(backbone, len(backbone.layer_groups) - 1, sample=inputs) is not None


def test_real_weights_can_be_cut(shared: Path) -> None:
    backbone = load_backbone(str(shared / "weights" / "mobilenetv2_035.imagenet_trunk")).eval()
    inputs = {"x": torch.randn(2, 3, 96, 96)}
    for index in (3, 10, len(backbone.layer_groups) - 1):
        assert make_cut(backbone, index, sample=inputs) is not None
