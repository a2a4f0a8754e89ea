"""Turns ink into pictures: pen width, warping, blur, low resolution, colours, backgrounds, noise."""

# B batch, N side of the picture

import torch
from torch import Tensor
from torch.nn import functional as F

LOW_RESOLUTIONS = (8, 8, 12, 16, 24, 32)


def make_pictures(ink: Tensor, generator: torch.Generator) -> Tensor:
    """Augment ink (batch, 1, 64, 64) in [0, 1] into RGB pictures (batch, 3, 64, 64) in [-1, 1]."""
    ink = _warp(_change_pen(ink, generator), generator)
    ink = _lower_resolution(_blur(ink, generator), generator)
    hard = _rand(ink, generator) < 0.2
    ink = torch.where(hard, (ink > 0.45).float(), ink)
    return _colour(ink, generator) * 2 - 1


def _rand(like: Tensor, generator: torch.Generator, *channels: int) -> Tensor:
    """One uniform number (or `channels` of them) per picture, broadcastable over it."""
    return torch.rand(len(like), *(channels or (1,)), 1, 1, generator=generator)


def _change_pen(ink: Tensor, generator: torch.Generator) -> Tensor:
    """Thicken or thin the strokes; thin ones are spared, or they would vanish."""
    choice, strength = _rand(ink, generator), _rand(ink, generator)
    thick = F.max_pool2d(ink, 3, stride=1, padding=1)
    thicker = F.max_pool2d(thick, 3, stride=1, padding=1)
    thin = -F.max_pool2d(-ink, 3, stride=1, padding=1)
    survives = thin.mean(dim=(1, 2, 3), keepdim=True) > 0.5 * ink.mean(dim=(1, 2, 3), keepdim=True)
    target = torch.where(choice < 0.25, thick, torch.where(choice < 0.45, thicker, ink))
    target = torch.where((choice > 0.75) & survives, thin, target)
    return ink + strength * (target - ink)


def _warp(ink: Tensor, generator: torch.Generator) -> Tensor:
    """Random affine map plus a smooth elastic one."""
    batch = len(ink)
    angle, shear, log_scale, log_aspect = (
        torch.randn(4, batch, generator=generator) * torch.tensor([[0.16], [0.18], [0.16], [0.14]])
    ).unbind()
    scale_x, scale_y = (-log_scale - log_aspect).exp(), (-log_scale + log_aspect).exp()
    shift = 0.14 * (torch.rand(2, batch, generator=generator) * 2 - 1)
    cos, sin = angle.cos(), angle.sin()
    rows = [
        torch.stack([cos * scale_x, (shear * cos - sin) * scale_y, shift[0]], dim=1),
        torch.stack([sin * scale_x, (shear * sin + cos) * scale_y, shift[1]], dim=1),
    ]
    grid = F.affine_grid(torch.stack(rows, dim=1), list(ink.shape), align_corners=False)
    amplitude = 0.16 * torch.rand(batch, 1, 1, 1, generator=generator)
    coarse = amplitude * torch.randn(batch, 2, 4, 4, generator=generator)
    bend = F.interpolate(coarse, size=ink.shape[2:], mode="bicubic", align_corners=True)
    return F.grid_sample(ink, grid + bend.permute(0, 2, 3, 1), align_corners=False)


def _blur(ink: Tensor, generator: torch.Generator) -> Tensor:
    weight = (_rand(ink, generator) * 2 - 0.8).clamp(0, 1)
    soft = F.avg_pool2d(F.avg_pool2d(ink, 3, 1, 1), 3, 1, 1)
    return ink + weight * (soft - ink)


def _lower_resolution(ink: Tensor, generator: torch.Generator) -> Tensor:
    """A third of the pictures become small ones enlarged again, as thumbnails and 8-pixel digits are."""
    resolutions = torch.randperm(len(LOW_RESOLUTIONS), generator=generator)[:2].tolist()
    share = len(ink) // 6
    start = int(torch.randint(0, len(ink), (1,), generator=generator))
    order = torch.arange(len(ink)).roll(start)
    ink = ink.clone()
    for turn, which in enumerate(resolutions):
        rows = order[turn * share : (turn + 1) * share]
        small = F.interpolate(ink[rows], size=LOW_RESOLUTIONS[which], mode="area")
        small = small / small.amax(dim=(1, 2, 3), keepdim=True).clamp_min(0.25)
        ink[rows] = F.interpolate(small, size=ink.shape[2:], mode="bicubic").clamp(0, 1)
    return ink


def _colour(ink: Tensor, generator: torch.Generator) -> Tensor:
    """Ink and paper of random tone (half of them pure black and white), sometimes cloudy paper, then noise."""
    tinted = (_rand(ink, generator) < 0.35).float()
    dark = _rand(ink, generator) * 0.35 + tinted * 0.3 * (_rand(ink, generator, 3) - 0.5)
    light = 1 - _rand(ink, generator) * 0.35 + tinted * 0.5 * (_rand(ink, generator, 3) - 0.7)
    plain = _rand(ink, generator) < 0.5
    dark, light = dark.masked_fill(plain, 0.0), light.masked_fill(plain, 1.0)
    white_ink = _rand(ink, generator) < 0.5
    pen, paper = torch.where(white_ink, light, dark), torch.where(white_ink, dark, light)
    cloud = F.interpolate(torch.randn(len(ink), 3, 5, 5, generator=generator), size=ink.shape[2:], mode="bilinear")
    paper = paper + 0.2 * cloud * (_rand(ink, generator) < 0.3)
    picture = paper + ink * (pen - paper)
    grain = 0.12 * _rand(ink, generator) * (_rand(ink, generator) < 0.4)
    noise = torch.randn(len(ink), 1, *ink.shape[2:], generator=generator)
    return (picture + grain * noise).clamp(0, 1)
