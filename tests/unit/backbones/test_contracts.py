import math

import numpy as np
import pytest
import torch
import transformers
from PIL import Image

from injerto.backbones.contracts import check_provenance, timm_contract, transformers_contract
from injerto.backbones.image_preparation import center_view, to_tensor
from injerto.backbones.loading import load_backbone
from injerto.core.errors import ModelError
from injerto.core.provenance import ImageContract


def test_timm_contract_says_what_the_configuration_says() -> None:
    contract = timm_contract(
        {"input_size": (3, 160, 192), "interpolation": "bilinear", "crop_pct": 0.95, "mean": [0.1, 0.2, 0.3]}, where="x"
    )
    assert (contract.height, contract.width, contract.crop_fraction) == (160, 192, 0.95)
    assert contract.mean == (0.1, 0.2, 0.3)
    assert contract.std == (0.229, 0.224, 0.225)  # timm's default


@pytest.mark.parametrize(
    ("setting", "value"),
    [("crop_mode", "wild"), ("crop_border_pixels", 3), ("interpolation", "random"), ("input_size", (4, 64, 64))],
)
def test_what_cannot_be_prepared_exactly_is_refused(setting: str, value: object) -> None:
    with pytest.raises(ModelError, match="M112"):
        timm_contract({"input_size": (3, 64, 64), setting: value}, where="x")


def test_one_channel_is_grey() -> None:
    contract = timm_contract({"input_size": (1, 28, 28), "mean": [0.5], "std": [0.5]}, where="x")
    assert contract.channel_order == "grey"


@pytest.mark.parametrize("crop", [96, 128, 160, 224, 299, 384])
def test_resized_side_of_transformers_is_met_exactly(crop: int) -> None:
    for edge in range(crop, crop + 80):
        settings = {
            "do_center_crop": True,
            "crop_size": {"height": crop, "width": crop},
            "size": {"shortest_edge": edge},
            "image_mean": [0.5] * 3,
            "image_std": [0.5] * 3,
        }
        contract = transformers_contract(settings, num_channels=3, where="x")
        assert math.floor(crop / contract.crop_fraction) == edge


@pytest.mark.parametrize("mode", ["center", "squash", "border"])
def test_crop_mode_is_kept(mode: str) -> None:
    assert timm_contract({"input_size": (3, 64, 64), "crop_mode": mode}, where="x").crop_mode == mode


def test_processor_without_a_crop_squashes_as_transformers_does() -> None:
    settings = {
        "do_resize": True,
        "size": {"height": 32, "width": 48},
        "resample": 3,
        "image_mean": [0.5, 0.4, 0.3],
        "image_std": [0.5, 0.2, 0.1],
    }
    contract = transformers_contract(settings, num_channels=3, where="x")
    assert (contract.crop_mode, contract.crop_fraction) == ("squash", 1.0)
    image = Image.fromarray(np.random.default_rng(0).integers(0, 256, (61, 83, 3), dtype=np.uint8))
    expected = transformers.ViTImageProcessorPil(**settings)(image, return_tensors="pt")["pixel_values"][0]
    found = to_tensor(center_view(image, contract), contract)
    torch.testing.assert_close(found, expected, atol=1e-5, rtol=0)


def test_contract_is_bound_to_the_weights() -> None:
    backbone = load_backbone("timm:test_resnet", pretrained=False, seed=1)
    recorded = backbone.provenance()
    check_provenance(backbone, recorded)

    other = load_backbone("timm:test_resnet", pretrained=False, seed=2)
    with pytest.raises(ModelError, match=f"M115.*{backbone.digest[:12]}"):
        check_provenance(other, recorded)

    assert isinstance(backbone.contract, ImageContract)
    backbone.contract = backbone.contract.model_copy(update={"mean": (0.4, 0.4, 0.4)})
    with pytest.raises(ModelError, match=r"M116.*mean"):
        check_provenance(backbone, recorded)
