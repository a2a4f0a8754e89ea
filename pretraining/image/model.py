"""The network: a ResNet with one block per stage, and its folder in timm's own format."""

import json
from pathlib import Path

import timm
import torch
from safetensors.torch import save_file
from timm.models import ResNet
from torch import nn

ARCHITECTURE = "resnet18"
MODEL_ARGS: dict[str, object] = {"layers": [1, 1, 1, 1], "channels": [32, 64, 128, 256]}
INPUT_SIDE = 64
NUM_FEATURES = 256


def make_backbone(*, seed: int, zero_branches: bool = True) -> ResNet:
    """The backbone with random weights, channels last (twice as fast on a CPU).

    With `zero_branches`, timm's default, every residual branch starts at zero: good to train from, but as a random
    control it is a weaker network than the architecture could be.
    """
    torch.manual_seed(seed)
    backbone: ResNet = timm.create_model(
        ARCHITECTURE, pretrained=False, num_classes=0, zero_init_last=zero_branches, **MODEL_ARGS
    )
    return backbone.to(memory_format=torch.channels_last)


def load_backbone(folder: Path) -> ResNet:
    """A saved backbone in evaluation mode, read the way any user of timm would."""
    backbone: ResNet = timm.create_model(f"local-dir:{folder}", pretrained=True, num_classes=0)
    return backbone.eval().to(memory_format=torch.channels_last)


def save_backbone(backbone: nn.Module, folder: Path) -> None:
    """Write `config.json` and fp16 weights that `timm.create_model("local-dir:...")` reads back as fp32."""
    folder.mkdir(parents=True, exist_ok=True)
    tensors = {
        name: (tensor.half() if tensor.is_floating_point() else tensor).contiguous()
        for name, tensor in backbone.state_dict().items()
    }
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    side = [3, INPUT_SIDE, INPUT_SIDE]
    config = {
        "architecture": ARCHITECTURE,
        "num_classes": 0,
        "num_features": NUM_FEATURES,
        "model_args": MODEL_ARGS,
        "pretrained_cfg": {
            "tag": folder.name,
            "input_size": side,
            "fixed_input_size": False,
            "interpolation": "bicubic",
            "crop_pct": 1.0,
            "crop_mode": "center",
            "mean": [0.5, 0.5, 0.5],
            "std": [0.5, 0.5, 0.5],
            "num_classes": 0,
            "pool_size": [2, 2],
            "first_conv": "conv1",
            "classifier": "fc",
            "license": "apache-2.0",
        },
    }
    (folder / "config.json").write_text(json.dumps(config, indent=1, sort_keys=True) + "\n", encoding="utf-8")
