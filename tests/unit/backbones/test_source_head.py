"""The classifier that lay beside the weights gives what the library's own whole network gives."""

from pathlib import Path

import pytest
import timm
import torch
from torch import nn

from injerto.backbones.library_noise import quiet_transformers
from injerto.backbones.loading import load_backbone
from injerto.backbones.source_head import SourceHead

X = torch.randn(4, 3, 32, 32, generator=torch.Generator().manual_seed(0))
PROCESSOR = (
    '{"do_center_crop": true, "crop_size": 32, "size": {"shortest_edge": 36}, "resample": 3,'
    ' "image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5]}'
)


def scores(head: SourceHead | None, features: torch.Tensor) -> torch.Tensor:
    assert head is not None
    return features @ head.weight_KD.T + head.bias_K


@pytest.mark.parametrize("architecture", ["test_resnet", "test_vit", "test_efficientnet"])
def test_a_classifier_of_timm_reads_our_features(architecture: str, tmp_path: Path) -> None:
    size = {} if architecture != "test_vit" else {"img_size": 32}
    whole = timm.create_model(architecture, num_classes=7, pretrained_cfg_overlay={"input_size": (3, 32, 32)}, **size)
    timm.models.save_for_hf(whole, str(tmp_path), model_args=size or None, safe_serialization=True)
    backbone = load_backbone(str(tmp_path))
    with torch.no_grad():
        theirs = whole.eval()(X)
        torch.testing.assert_close(scores(backbone.source_head, backbone({"x": X})), theirs)
        assert backbone.source_head is not None
        assert torch.equal(backbone.source_head.classify(backbone({"x": X})), theirs.argmax(1))
    assert load_backbone(str(tmp_path), pretrained=False).source_head is None


@pytest.mark.parametrize("kind", ["MobileNetV1", "MobileNetV2", "ViT"])
def test_a_classifier_of_transformers_reads_our_features(kind: str, tmp_path: Path) -> None:
    import transformers

    settings = {
        "MobileNetV1": {"image_size": 32, "depth_multiplier": 0.25, "num_labels": 7},
        "MobileNetV2": {"image_size": 32, "depth_multiplier": 0.25, "num_labels": 7},
        "ViT": {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 32}
        | {"image_size": 32, "patch_size": 8, "num_labels": 7},
    }[kind]
    with quiet_transformers():
        config = getattr(transformers, f"{kind}Config")(**settings)
        whole = getattr(transformers, f"{kind}ForImageClassification")(config).eval()
        whole.save_pretrained(tmp_path)
    (tmp_path / "preprocessor_config.json").write_text(PROCESSOR)
    backbone = load_backbone(str(tmp_path))
    with torch.no_grad():
        ours = scores(backbone.source_head, backbone({"pixel_values": X}))
        torch.testing.assert_close(ours, whole(X).logits)


def test_what_is_no_classifier_of_these_features_is_none(network_folder: Path) -> None:
    assert load_backbone(str(network_folder)).source_head is None
    tensors = nn.Linear(5, 3).state_dict()
    weights = {f"fc.{name}": value for name, value in tensors.items()}
    assert SourceHead.find(weights, ("fc",), num_features=5) is not None
    assert SourceHead.find(weights, ("fc",), num_features=4) is None
    assert SourceHead.find(weights, ("head",), num_features=5) is None
    assert SourceHead.find(weights | {"fc.bias": torch.tensor(0.0)}, ("fc",), num_features=5) is None
