"""A model as one graph, from the pixels of resized pictures to what a program reads."""

from typing import Final, final

import torch
from torch import Tensor, nn

from injerto.artifacts.model import Model
from injerto.backbones.image_preparation import normalise_pixels
from injerto.core.provenance import ImageContract

_SIDES: Final = 4
"""Of a box; `tasks.detection.layout` says where they lie."""


@final
class PictureGraph(nn.Module):
    """Normalisation, network and head; the outputs are called as `outputs` says.

    A classifier gives `probabilities`, shape (batch, labels), calibrated. A detector gives `scores`, shape (batch,
    proposals, labels), and `boxes`, shape (batch, proposals, 4): left, top, right, bottom as fractions of the input.
    """

    def __init__(self, model: Model, *, input_name: str) -> None:
        super().__init__()
        assert isinstance(model.backbone.contract, ImageContract)  # Whoever exports has looked.
        self.contract = model.backbone.contract
        self.backbone = model.backbone
        self.head = model.head
        self.pool = model.pool
        self.input_name = input_name
        self.finds_boxes = model.finds_boxes
        self.num_labels = len(model.labels)
        self.many_labels = model.multi_label
        self.temperature = model.temperature
        self.outputs = ("scores", "boxes") if model.finds_boxes else ("probabilities",)

    def forward(self, pixels: Tensor) -> Tensor | tuple[Tensor, Tensor]:
        features = self.backbone({self.input_name: normalise_pixels(pixels, self.contract)}, self.pool)
        scores = self.head(features)
        if self.finds_boxes:
            # Cut by whole numbers: sizes taken from the tensor would be traced as part of the graph.
            boxes = scores[..., self.num_labels : self.num_labels + _SIDES]
            return scores[..., : self.num_labels].sigmoid(), boxes
        scaled = scores / self.temperature
        return torch.sigmoid(scaled) if self.many_labels else torch.softmax(scaled, dim=1)
