"""Low-rank updates on disk, in PEFT's format: PEFT alone opens them, and injerto opens PEFT's."""

import json
import re
from pathlib import Path
from typing import Any, Final

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from injerto.backbones.backbone import AbstractBackbone
from injerto.core.errors import ModelError
from injerto.strategies.low_rank import inject_adapter

CONFIG_NAME: Final = "adapter_config.json"
WEIGHTS_NAME: Final = "adapter_model.safetensors"
_PREFIX: Final = "base_model.model."
_INSERTED: Final = re.compile(r"\.(lora_[AB])\.default\.")


def has_adapter(backbone: AbstractBackbone) -> bool:
    """Whether low-rank updates are in the network and not merged into its weights."""
    return any(".lora_" in name for name, _ in backbone.network.named_parameters())


def save_adapter(backbone: AbstractBackbone, folder: Path, *, base: str, task_type: str) -> None:
    """Write the updates that are in the network; `PeftModel.from_pretrained(network, folder)` opens them.

    Args:
        base: name or path of the network they belong to, as PEFT keeps it.
        task_type: PEFT's name of the task, such as `CAUSAL_LM`.
    """
    config: Any = backbone.network.peft_config["default"]  # type: ignore[index]
    tensors = {
        _PREFIX + _INSERTED.sub(r".\1.", name): value.detach().cpu().contiguous()
        for name, value in backbone.network.named_parameters()
        if ".lora_" in name
    }
    folder.mkdir(exist_ok=True)
    save_file(tensors, folder / WEIGHTS_NAME, metadata={"format": "pt"})
    settings = {
        "peft_type": "LORA",
        "task_type": task_type,
        "base_model_name_or_path": base,
        "r": config.r,
        "lora_alpha": config.lora_alpha,
        "lora_dropout": 0.0,
        "use_rslora": config.use_rslora,
        "target_modules": config.target_modules,
        "fan_in_fan_out": _has_transposed_layers(backbone),
        "bias": "none",
        "inference_mode": True,
    }
    (folder / CONFIG_NAME).write_text(json.dumps(settings, indent=2, sort_keys=True) + "\n", encoding="utf-8")


def load_adapter(backbone: AbstractBackbone, folder: Path) -> None:
    """Put the updates of a folder into the network, beside its weights.

    Raises `ModelError` where they are of another network: layers that it has not, or other shapes.
    """
    from peft import LoraConfig

    try:
        settings = json.loads((folder / CONFIG_NAME).read_bytes())
        tensors = load_file(folder / WEIGHTS_NAME)
        rank, alpha = int(settings["r"]), float(settings["lora_alpha"])
        is_stabilised = bool(settings.get("use_rslora"))
    except (OSError, ValueError, KeyError, TypeError, SafetensorError) as error:
        raise ModelError("adapter-unfit", path=folder, spec=backbone.spec, why=error) from error
    if settings.get("peft_type") != "LORA":
        raise ModelError("adapter-unfit", path=folder, spec=backbone.spec, why="it is no LoRA")
    modules = {name.removeprefix(_PREFIX).rpartition(".lora_")[0] for name in tensors}
    _check_fit(backbone, modules, tensors, folder)
    config = LoraConfig(r=rank, lora_alpha=alpha, use_rslora=is_stabilised, target_modules=_pattern(modules))
    inject_adapter(config, backbone.network)
    own = dict(backbone.network.named_parameters())
    with torch.no_grad():
        for name, value in tensors.items():
            inserted = re.sub(r"\.(lora_[AB])\.", r".\1.default.", name.removeprefix(_PREFIX))
            own[inserted].copy_(value)


def _check_fit(backbone: AbstractBackbone, modules: set[str], tensors: dict[str, Tensor], folder: Path) -> None:
    known = dict(backbone.network.named_modules())
    lacking = sorted(name for name in modules if name not in known)
    if lacking:
        raise ModelError("adapter-unfit", path=folder, spec=backbone.spec, why=f"it has no layer {lacking[0]}")
    transposed = _has_transposed_layers(backbone)
    for module in sorted(modules):
        weight = known[module].weight
        num_out, num_in = weight.shape[::-1] if transposed and _is_transposed(known[module]) else weight.shape[:2]
        found = (
            tensors[f"{_PREFIX}{module}.lora_B.weight"].shape[0],
            tensors[f"{_PREFIX}{module}.lora_A.weight"].shape[1],
        )
        if found != (num_out, num_in):
            why = f"{module} takes {num_in} numbers to {num_out}, the adapter's {found[1]} to {found[0]}"
            raise ModelError("adapter-unfit", path=folder, spec=backbone.spec, why=why)


def _pattern(modules: set[str]) -> str:
    """The layers that the file holds updates of, whatever way the settings name them."""
    return "|".join(name.replace(".", r"\.") for name in sorted(modules))


def _has_transposed_layers(backbone: AbstractBackbone) -> bool:
    return any(_is_transposed(module) for module in backbone.network.modules())


def _is_transposed(module: object) -> bool:
    """GPT-2's layers, whose weights are stored with inputs first."""
    from transformers.pytorch_utils import Conv1D

    return isinstance(module, Conv1D)
