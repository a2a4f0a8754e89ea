"""Invented characters: each class is a small program of pen strokes, redrawn by a new unsteady hand every time."""

# B batch, P points along all strokes, S strokes, C classes, N side of the picture

import torch
from torch import Tensor

SIDE = 64
MAX_STROKES = 4
POINTS_PER_STROKE = 40


class StrokeAlphabet:
    """`num_classes` characters of two to four cubic Bezier strokes in the unit square."""

    def __init__(self, num_classes: int, *, seed: int) -> None:
        generator = torch.Generator().manual_seed(seed)
        self.controls_CS42 = _invent_strokes(num_classes, generator)
        num_strokes_C = torch.randint(2, MAX_STROKES + 1, (num_classes,), generator=generator)
        self.present_CS = torch.arange(MAX_STROKES)[None, :] < num_strokes_C[:, None]

    def draw(self, labels_B: Tensor, generator: torch.Generator) -> Tensor:
        """Ink in [0, 1], shape (batch, 1, 64, 64), of one new specimen per label."""
        batch = len(labels_B)
        controls = self.controls_CS42[labels_B]
        controls = controls + 0.028 * torch.randn(controls.shape, generator=generator)
        controls = controls + 0.025 * torch.randn(batch, MAX_STROKES, 1, 2, generator=generator)
        t = torch.linspace(0, 1, POINTS_PER_STROKE)
        bernstein = torch.stack([(1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t**2 * (1 - t), t**3], dim=1)
        points_BSP2 = torch.einsum("pk,bskx->bspx", bernstein, controls)
        present_BP = self.present_CS[labels_B].repeat_interleave(POINTS_PER_STROKE, dim=1).float()
        points_BP2 = _fit_into_box(points_BSP2.flatten(1, 2), present_BP)
        return _render_points(points_BP2, present_BP, generator)


def _invent_strokes(num_classes: int, generator: torch.Generator) -> Tensor:
    """Control points; a stroke often starts where an earlier one ended or halfway along it, as in real letters."""
    starts = torch.rand(num_classes, MAX_STROKES, 2, generator=generator)
    angles = 2 * torch.pi * torch.rand(num_classes, MAX_STROKES, generator=generator)
    turns = 0.75 * torch.randn(num_classes, MAX_STROKES, 2, generator=generator)
    lengths = 0.12 + 0.3 * torch.rand(num_classes, MAX_STROKES, 1, generator=generator)
    links = torch.rand(num_classes, MAX_STROKES, generator=generator)
    controls = torch.zeros(num_classes, MAX_STROKES, 4, 2)
    for stroke in range(MAX_STROKES):
        start = starts[:, stroke]
        if stroke:
            previous, link = controls[:, stroke - 1], links[:, stroke, None]
            start = torch.where(link < 0.35, previous[:, 3], start)
            start = torch.where((link >= 0.35) & (link < 0.6), previous.mean(dim=1), start)
        point, angle = start, angles[:, stroke]
        controls[:, stroke, 0] = point
        for step in range(3):
            point = point + lengths[:, stroke] * torch.stack([angle.cos(), angle.sin()], dim=1)
            controls[:, stroke, step + 1] = point
            angle = angle + turns[:, stroke, min(step, 1)]
    return controls


def _fit_into_box(points_BP2: Tensor, present_BP: Tensor) -> Tensor:
    """Move and scale every character so that its longer side is 0.7 of the picture."""
    absent = (1 - present_BP[..., None]) * 1e3
    low, high = (points_BP2 + absent).amin(dim=1), (points_BP2 - absent).amax(dim=1)
    extent = (high - low).amax(dim=1).clamp_min(0.05)
    return (points_BP2 - ((low + high) / 2)[:, None]) * (0.7 / extent)[:, None, None] + 0.5


def _render_points(points_BP2: Tensor, present_BP: Tensor, generator: torch.Generator) -> Tensor:
    """A pen of random width, as a sum of Gaussian dots; the dots are separable, so the sum is one matrix product."""
    width_B11 = 0.009 + 0.012 * torch.rand(len(points_BP2), 1, 1, generator=generator)
    grid_N = (torch.arange(SIDE) + 0.5) / SIDE
    across, down = torch.exp(-(((grid_N - points_BP2[..., None]) / width_B11[..., None]) ** 2) / 2).unbind(dim=2)
    density = (down * present_BP[..., None]).transpose(1, 2) @ across
    return ((density - 0.35) * 2.5).clamp(0, 1)[:, None]
