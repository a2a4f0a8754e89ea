"""Real architectures of timm with random weights, and the real weights beside the repository."""

from pathlib import Path

import numpy as np
import pytest
import timm
import torch

from injerto.backbones.loading import load_backbone
from injerto.backbones.timm_backbone import TimmBackbone
from injerto.core.errors import ModelError, UsageError
from injerto.data.items import ImageArray, Text

# Name, pooled length, flattened length, number of groups. The lengths are timm's and Keras' own.
ARCHITECTURES = [
    ("vgg16.tv_in1k", 512, 25088, 18),
    ("vgg11_bn.tv_in1k", 512, 25088, 13),
    ("resnet18.tv_in1k", 512, 25088, 9),
    ("resnet50.tv_in1k", 2048, 100352, 17),
    ("inception_v3.tv_in1k", 2048, 131072, 13),
    ("mobilenetv3_small_100.lamb_in1k", 1024, 28224, 14),
    ("vit_tiny_patch16_224.augreg_in21k_ft_in1k", 192, 37824, 14),
    ("convnext_atto.d2_in1k", 320, 15680, 14),
    ("swin_tiny_patch4_window7_224.ms_in1k", 768, 37632, 14),
]


@pytest.mark.parametrize(("name", "pooled", "flat", "num_groups"), ARCHITECTURES, ids=[a[0] for a in ARCHITECTURES])
def test_architecture(name: str, pooled: int, flat: int, num_groups: int, tmp_path: Path) -> None:
    backbone = load_backbone(f"timm:{name}", pretrained=False, seed=3)
    assert isinstance(backbone, TimmBackbone)
    assert (backbone.num_features(), backbone.num_features("flatten")) == (pooled, flat)
    assert len(backbone.layer_groups) == num_groups

    grouped = [parameter for group in backbone.layer_groups for parameter in group.parameters]
    assert sorted(grouped) == sorted(name for name, _ in backbone.network.named_parameters())
    sizes = {name: parameter.numel() for name, parameter in backbone.network.named_parameters()}
    for group in backbone.layer_groups:
        assert group.num_parameters == sum(sizes[parameter] for parameter in group.parameters)
    assert len({group.name for group in backbone.layer_groups}) == num_groups

    generator = torch.Generator().manual_seed(0)
    inputs = {"x": torch.randn(1, 3, backbone.contract.height, backbone.contract.width, generator=generator)}
    reached: list[str] = []
    modules = [module for group in backbone.layer_groups for module in group.modules]
    hooks = [
        backbone.network.get_submodule(module).register_forward_pre_hook(
            lambda *_, module=module: reached.append(module)
        )
        for module in modules
    ]
    with torch.no_grad():
        features = backbone(inputs)
    for hook in hooks:
        hook.remove()
    # The first module of each group, where a cut goes, runs after every module of the groups before it.
    assert list(dict.fromkeys(reached)) == modules
    assert features.shape == (1, pooled)

    with torch.no_grad():
        taps = backbone.read_taps(inputs, list(backbone.taps))
    assert {tap: values.shape[1] for tap, values in taps.items()} == backbone.taps
    assert torch.equal(taps["pooled"], features)

    backbone.save_network(str(tmp_path))
    again = load_backbone(str(tmp_path))
    assert again.digest == backbone.digest
    assert again.contract == backbone.contract
    assert again.layer_groups == backbone.layer_groups
    with torch.no_grad():
        assert torch.equal(again(inputs), features)
        theirs = timm.create_model(f"local-dir:{tmp_path}", pretrained=True).eval()
        ours = backbone(inputs, "flatten")
        assert torch.equal(theirs.forward_features(inputs["x"]).flatten(1), ours)
    assert ours.shape == (1, flat)


def test_last_four_groups_of_vgg_are_the_layers_of_the_textbook() -> None:
    backbone = load_backbone("vgg16", pretrained=False)
    last = backbone.layer_groups[-4:]
    assert [group.name for group in last] == ["block5_conv1", "block5_conv2", "block5_conv3", "block5_pool"]
    assert [group.num_parameters for group in last] == [2359808, 2359808, 2359808, 0]  # Keras' model.summary()
    assert sum(group.num_parameters for group in backbone.layer_groups) == 14714688  # VGG16(include_top=False)


def test_resnet_groups_are_its_blocks() -> None:
    backbone = load_backbone("resnet18", pretrained=False)
    blocks = [f"layer{stage}.{block}" for stage in (1, 2, 3, 4) for block in (0, 1)]
    assert [group.name for group in backbone.layer_groups] == ["stem", *blocks]
    assert backbone.layer_groups[0].modules == ("conv1", "bn1", "act1", "maxpool")


def test_class_token_belongs_to_the_first_group() -> None:
    backbone = load_backbone("timm:vit_tiny_patch16_224", pretrained=False)
    assert {"cls_token", "pos_embed"} < set(backbone.layer_groups[0].parameters)
    assert backbone.layer_groups[-1].name == "norm"


def test_tap_of_a_map_is_its_mean_over_space() -> None:
    backbone = load_backbone("resnet18", pretrained=False)
    x = torch.randn(2, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        network = backbone.network
        expected = network.layer1(network.maxpool(network.act1(network.bn1(network.conv1(x))))).mean((2, 3))
        assert torch.equal(backbone.read_taps({"x": x}, ["layer1.1"])["layer1.1"], expected)


def test_random_weights_follow_the_seed_only() -> None:
    def digest(seed: int) -> str:
        return load_backbone("mobilenetv3-small", pretrained=False, seed=seed).digest

    torch.manual_seed(99)
    first = digest(1)
    assert digest(1) == first
    assert digest(2) != first


def test_prepared_images_are_the_same_alone_and_in_company() -> None:
    backbone = load_backbone("timm:test_resnet", pretrained=False)
    generator = np.random.default_rng(0)
    items = [ImageArray(generator.integers(0, 256, (40 + n, 60, 3), dtype=np.uint8), where=f"{n}") for n in range(10)]
    batch = backbone.prepare(items)["x"]
    assert torch.equal(batch[7:8], backbone.prepare(items[7:8])["x"])


def test_text_given_to_an_image_backbone_is_refused() -> None:
    backbone = load_backbone("timm:test_resnet", pretrained=False)
    with pytest.raises(UsageError, match=r"U306.*reads images, and was given Text"):
        backbone.prepare([Text("a text")])


def test_unknown_tap_suggests_the_nearest() -> None:
    backbone = load_backbone("timm:test_resnet", pretrained=False)
    with pytest.raises(UsageError, match="Did you mean 'pooled'"):
        backbone.read_taps({"x": torch.zeros(1, 3, 160, 160)}, ["poold"])


def test_real_weights_give_timms_own_features(shared_weights: Path) -> None:
    folder = shared_weights / "mobilenetv2_100.imagenet"
    backbone = load_backbone(str(folder))
    theirs = timm.create_model(f"local-dir:{folder}", pretrained=True).eval()
    x = torch.randn(1, 3, 224, 224, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        features = backbone({"x": x})
        assert torch.equal(features, theirs.forward_head(theirs.forward_features(x), pre_logits=True))
        # The classifier that was left out, put back on our features, classifies as timm's whole model does.
        torch.testing.assert_close(theirs.classifier(features), theirs(x))
    assert backbone.card.license == "apache-2.0"
    assert backbone.pretrained


def test_half_precision_file_is_loaded_as_single(shared_weights: Path) -> None:
    backbone = load_backbone(str(shared_weights / "mobilenetv2_100.inat_birds"))
    assert {parameter.dtype for parameter in backbone.network.parameters()} == {torch.float32}


def test_a_network_of_several_outputs_is_refused_in_one_line() -> None:
    with pytest.raises(ModelError, match="several feature maps"):
        load_backbone("timm:coat_tiny", pretrained=False)
