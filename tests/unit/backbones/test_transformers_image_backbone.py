from pathlib import Path

import torch
import transformers
from PIL import Image

from injerto.backbones.library_noise import quiet_transformers
from injerto.backbones.loading import load_backbone
from injerto.core.provenance import ImageContract


def test_real_mobilenet_gives_transformers_own_features(shared_weights: Path, tmp_path: Path) -> None:
    folder = shared_weights / "mobilenet_v1_0.25_128.imagenet"
    backbone = load_backbone(str(folder))
    assert isinstance(backbone.contract, ImageContract)
    assert (backbone.contract.height, int(128 / backbone.contract.crop_fraction)) == (128, 146)
    x = torch.randn(1, 3, 128, 128, generator=torch.Generator().manual_seed(0))
    with quiet_transformers():
        theirs = transformers.AutoModelForImageClassification.from_pretrained(folder).eval()
    with torch.no_grad():
        features = backbone({"pixel_values": x})
        torch.testing.assert_close(features, theirs.mobilenet_v1(x).pooler_output)
        assert backbone({"pixel_values": x}, "flatten").shape == (1, backbone.num_features("flatten"))
        taps = backbone.read_taps({"pixel_values": x}, list(backbone.taps))
        assert {tap: values.shape[1] for tap, values in taps.items()} == backbone.taps
        backbone.save_network(str(tmp_path))
        again = load_backbone(str(tmp_path))
        assert (again.digest, again.contract) == (backbone.digest, backbone.contract)
        assert torch.equal(again({"pixel_values": x}), features)


def test_preparation_agrees_with_the_image_processor(shared_weights: Path) -> None:
    from injerto.backbones.image_preparation import center_view, to_tensor

    folder = shared_weights / "mobilenet_v1_0.25_128.imagenet"
    contract = load_backbone(str(folder)).contract
    assert isinstance(contract, ImageContract)
    image = Image.linear_gradient("L").resize((301, 211)).convert("RGB")
    processor = transformers.AutoImageProcessor.from_pretrained(folder)
    expected = processor(image, return_tensors="pt")["pixel_values"][0]
    ours = to_tensor(center_view(image, contract), contract)
    # Another resizing code: one level of 255 apart at most.
    assert (ours - expected).abs().max() <= 1.01 / 255 / 0.5


def test_vision_transformer_is_pooled_by_its_class_token(tmp_path: Path) -> None:
    config = transformers.ViTConfig(
        hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=32, image_size=32, patch_size=8
    )
    with quiet_transformers():
        transformers.ViTModel(config).save_pretrained(tmp_path)
    (tmp_path / "preprocessor_config.json").write_text(
        '{"do_center_crop": true, "crop_size": 32, "size": {"shortest_edge": 36}, "resample": 3,'
        ' "image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5]}'
    )
    backbone = load_backbone(str(tmp_path))
    x = torch.randn(2, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        expected = backbone.network(pixel_values=x).last_hidden_state[:, 0]
        assert torch.equal(backbone({"pixel_values": x}), expected)
    assert [group.name for group in backbone.layer_groups] == ["embeddings", "layer.0", "layer.1", "norm"]


def test_a_network_that_always_calls_its_pooler_keeps_it(tmp_path: Path) -> None:
    config = transformers.ResNetConfig(
        embedding_size=8, hidden_sizes=[8, 16], depths=[1, 1], layer_type="basic", num_channels=3
    )
    with quiet_transformers():
        transformers.ResNetModel(config).save_pretrained(tmp_path)
    (tmp_path / "preprocessor_config.json").write_text(
        '{"do_center_crop": true, "crop_size": 32, "size": {"shortest_edge": 36}, "resample": 3,'
        ' "image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5]}'
    )
    backbone = load_backbone(str(tmp_path))
    x = torch.randn(2, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        expected = backbone.network(pixel_values=x).pooler_output.flatten(1)
        torch.testing.assert_close(backbone({"pixel_values": x}), expected)
