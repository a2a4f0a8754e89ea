"""Small detectors with random weights, saved as transformers saves them."""

import json
from pathlib import Path
from typing import Any

NAMES = ("detr", "conditional_detr", "deformable_detr", "yolos", "rt_detr", "rt_detr_v2", "d_fine", "dab_detr")


def save_detector(name: str, folder: Path) -> Path:
    """A random detector of that family for eleven classes; the same every time."""
    import torch

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        _make(name).save_pretrained(folder)
    processor = {
        "image_mean": [0.485, 0.456, 0.406],
        "image_std": [0.229, 0.224, 0.225],
        "size": {"shortest_edge": 800, "longest_edge": 1333},
        "do_normalize": not name.startswith("rt"),
    }
    (folder / "preprocessor_config.json").write_text(json.dumps(processor))
    return folder


def _make(name: str) -> Any:
    import transformers

    if name == "yolos":
        config = transformers.YolosConfig(
            hidden_size=16,
            num_hidden_layers=3,
            num_attention_heads=2,
            intermediate_size=32,
            image_size=[96, 128],
            patch_size=16,
            num_detection_tokens=12,
            num_labels=11,
        )
        return transformers.YolosForObjectDetection(config)
    if name in ("detr", "conditional_detr", "deformable_detr", "dab_detr"):
        return _with_plain_queries(name)
    return _with_chosen_queries(name)


def _with_plain_queries(name: str) -> Any:
    """DETR and what followed it: queries are learnt, and the same for every picture."""
    import transformers

    configs = {
        "detr": transformers.DetrConfig,
        "conditional_detr": transformers.ConditionalDetrConfig,
        "deformable_detr": transformers.DeformableDetrConfig,
        "dab_detr": transformers.DabDetrConfig,
    }
    networks = {
        "detr": transformers.DetrForObjectDetection,
        "conditional_detr": transformers.ConditionalDetrForObjectDetection,
        "deformable_detr": transformers.DeformableDetrForObjectDetection,
        "dab_detr": transformers.DabDetrForObjectDetection,
    }
    levels = ["stage3", "stage4"] if name == "deformable_detr" else ["stage4"]
    trunk = transformers.ResNetConfig(
        embedding_size=8, hidden_sizes=[8, 16, 24, 32], depths=[1, 1, 1, 1], out_features=levels
    )
    sizes: dict[str, Any] = {
        "encoder_layers": 1,
        "decoder_layers": 2,
        "encoder_attention_heads": 2,
        "decoder_attention_heads": 2,
        "encoder_ffn_dim": 32,
        "decoder_ffn_dim": 32,
        "num_queries": 12,
        "num_labels": 11,
    }
    if name == "deformable_detr":
        sizes |= {"num_feature_levels": 2, "encoder_n_points": 2, "decoder_n_points": 2, "disable_custom_kernels": True}
    # Deformable DETR normalises its levels in 32 groups of channels.
    sizes |= {"hidden_size": 16} if name == "dab_detr" else {"d_model": 32 if name == "deformable_detr" else 16}
    return networks[name](configs[name](use_timm_backbone=False, backbone_config=trunk, **sizes))


def _with_chosen_queries(name: str) -> Any:
    """RT-DETR and what followed it: queries are what the encoder finds the most likely."""
    import transformers

    configs = {
        "rt_detr": transformers.RTDetrConfig,
        "rt_detr_v2": transformers.RTDetrV2Config,
        "d_fine": transformers.DFineConfig,
    }
    networks = {
        "rt_detr": transformers.RTDetrForObjectDetection,
        "rt_detr_v2": transformers.RTDetrV2ForObjectDetection,
        "d_fine": transformers.DFineForObjectDetection,
    }
    trunk = transformers.RTDetrResNetConfig(
        embedding_size=8,
        hidden_sizes=[16, 32, 48, 64],
        depths=[1, 1, 1, 1],
        out_features=["stage2", "stage3", "stage4"],
    )
    config = configs[name](
        backbone_config=trunk,
        d_model=16,
        encoder_hidden_dim=16,
        encoder_in_channels=[32, 48, 64],
        decoder_in_channels=[16, 16, 16],
        feat_strides=[8, 16, 32],
        encoder_ffn_dim=32,
        decoder_ffn_dim=32,
        encoder_attention_heads=2,
        decoder_attention_heads=2,
        encoder_layers=1,
        decoder_layers=2,
        num_queries=12,
        num_labels=11,
        num_denoising=0,
        hidden_expansion=1.0,
    )
    return networks[name](config)
