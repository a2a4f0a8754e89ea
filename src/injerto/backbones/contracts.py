"""Preprocessing contracts: read from what timm and transformers store beside the weights, and bound to the digest."""

import math
from collections.abc import Mapping
from typing import Any, Literal, get_args

from injerto.backbones.backbone import AbstractBackbone
from injerto.core.errors import ModelError
from injerto.core.provenance import ImageContract, Provenance

Interpolation = Literal["nearest", "bilinear", "bicubic", "lanczos"]
CropMode = Literal["center", "squash", "border"]

# PIL's numbers, in which transformers' processors name their filters.
_PIL_FILTERS: dict[int, Interpolation] = {0: "nearest", 1: "lanczos", 2: "bilinear", 3: "bicubic"}


def timm_contract(pretrained_cfg: Mapping[str, Any], *, where: str) -> ImageContract:
    """The contract of a timm `pretrained_cfg`; what it leaves out has timm's own default."""
    from timm.data import resolve_data_config  # Networks of transformers do without timm.

    size = pretrained_cfg.get("input_size") or (3, 224, 224)
    settings = resolve_data_config(args={"in_chans": size[0]}, pretrained_cfg=dict(pretrained_cfg))
    channels, height, width = settings["input_size"]
    if border := pretrained_cfg.get("crop_border_pixels"):
        raise ModelError("contract-unfit", where=where, setting=f"crop_border_pixels = {border}")
    return ImageContract(
        height=height,
        width=width,
        interpolation=_check_interpolation(settings["interpolation"], where=where),
        crop_mode=_check_crop_mode(settings.get("crop_mode") or "center", where=where),
        crop_fraction=float(settings["crop_pct"]),
        mean=tuple(map(float, settings["mean"])),
        std=tuple(map(float, settings["std"])),
        channel_order=_channel_order(channels, where=where),
    )


def transformers_contract(settings: Mapping[str, Any], *, num_channels: int, where: str) -> ImageContract:
    """The contract of a transformers `preprocessor_config.json`: resize, perhaps crop, rescale, normalise."""
    crop = settings["crop_size"] if settings.get("do_center_crop") else settings["size"]
    height, width = _height_width(crop, where=where)
    edge = settings["size"].get("shortest_edge") if isinstance(settings["size"], dict) else settings["size"]
    if settings.get("do_center_crop") and edge is None:
        raise ModelError("contract-unfit", where=where, setting=f"size = {settings['size']} before a crop")
    scale = float(settings.get("rescale_factor", 1 / 255)) * 255 if settings.get("do_rescale", True) else 255.0
    normalises = settings.get("do_normalize", True)
    return ImageContract(
        height=height,
        width=width,
        interpolation=_check_interpolation(_PIL_FILTERS.get(settings.get("resample", 2)), where=where),
        crop_mode="squash" if edge is None else "center",
        crop_fraction=_crop_fraction(min(height, width), int(edge or min(height, width))),
        mean=tuple(map(float, settings["image_mean"])) if normalises else (0.0,) * num_channels,
        std=tuple(map(float, settings["image_std"])) if normalises else (1.0,) * num_channels,
        value_range=(0.0, scale),
        channel_order=_channel_order(num_channels, where=where),
    )


def check_provenance(backbone: AbstractBackbone, recorded: Provenance) -> None:
    """Raise `ModelError` unless `backbone` has the weights and the contract on which something was made.

    A contract belongs to its weights: fine-tuning hides a wrong one, and frozen features lose tens of points by it.
    """
    if backbone.digest != recorded.digest:
        raise ModelError(
            "provenance-weights",
            name=recorded.card.name,
            expected=recorded.digest[:12],
            spec=backbone.spec,
            found=backbone.digest[:12],
        )
    found, expected = backbone.contract.model_dump(), recorded.contract.model_dump()
    if found != expected:
        names = sorted(found.keys() | expected.keys())
        differences = [f"{n}: {found.get(n)} not {expected.get(n)}" for n in names if found.get(n) != expected.get(n)]
        raise ModelError("provenance-contract", spec=backbone.spec, differences="; ".join(differences))


def _crop_fraction(crop: int, edge: int) -> float:
    """A fraction by which `floor(crop / fraction)` gives `edge` back exactly."""
    fraction = crop / edge
    while math.floor(crop / fraction) < edge:
        fraction = math.nextafter(fraction, 0.0)
    return fraction


def _height_width(size: object, *, where: str) -> tuple[int, int]:
    if isinstance(size, int):
        return size, size
    if isinstance(size, dict) and {"height", "width"} <= size.keys():
        return int(size["height"]), int(size["width"])
    if isinstance(size, dict) and "shortest_edge" in size:
        return int(size["shortest_edge"]), int(size["shortest_edge"])
    raise ModelError("contract-unfit", where=where, setting=f"size = {size}")


def _check_interpolation(name: object, *, where: str) -> Interpolation:
    if name not in get_args(Interpolation):
        raise ModelError("contract-unfit", where=where, setting=f"interpolation = {name}")
    return name  # type: ignore[return-value]


def _check_crop_mode(name: object, *, where: str) -> CropMode:
    if name not in get_args(CropMode):
        raise ModelError("contract-unfit", where=where, setting=f"crop_mode = {name}")
    return name  # type: ignore[return-value]


def _channel_order(num_channels: int, *, where: str) -> Literal["rgb", "grey"]:
    if num_channels not in (1, 3):
        raise ModelError("contract-unfit", where=where, setting=f"{num_channels} channels")
    return "rgb" if num_channels == 3 else "grey"
