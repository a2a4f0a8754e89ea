"""Boxes from a trained model: whole pictures, or large ones tile by tile."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final, Protocol

import torch
from torch import Tensor

from injerto.core.detection import DetectedBox
from injerto.core.errors import UsageError
from injerto.core.messages import say
from injerto.core.progress import Reporter, Silent
from injerto.core.provenance import ImageContract
from injerto.data.items import AbstractImageItem, AbstractItem, ImageObject
from injerto.data.placement import place_whole
from injerto.tasks.detection.decoding import decode_boxes, merge_tiles
from injerto.tasks.detection.prediction import Detections, make_detections

if TYPE_CHECKING:
    from injerto.artifacts.model import Model

_BATCH: Final = 8
_SHARED: Final = 4
"""Neighbouring tiles share a quarter of their side: what is smaller than that lies whole in one of them."""
_EDGE: Final = 2.0
"""Pixels from an inner border of a tile within which a box is cut off, and the neighbour has the whole."""
LEAST_TILE: Final = 64


class BoxFinder(Protocol):
    """A detector as `detect` sees it: a trained model, or an exported one."""

    threshold: float

    @property
    def labels(self) -> tuple[str, ...]: ...

    def find_boxes(self, items: Sequence[AbstractItem]) -> Iterator[tuple[DetectedBox, ...]]:
        """All boxes of each whole picture, however unsure."""


def detect(
    model: BoxFinder, items: Sequence[AbstractItem], *, tile: int | None = None, reporter: Reporter | None = None
) -> list[Detections]:
    """The objects of each picture above the model's threshold.

    Args:
        model: of the task `object-detection`.
        items: pictures.
        tile: side in pixels of the tiles in which pictures larger than that are searched too; None looks at whole ones.
        reporter: told of the progress.
    """
    if tile is not None and tile < LEAST_TILE:
        raise UsageError("tile-small", tile=tile, least=LEAST_TILE)
    found = []
    for item in (reporter or Silent()).track(items, label=say("progress.predicting"), total=len(items)):
        assert isinstance(item, AbstractImageItem)  # A detector's inputs are pictures.
        boxes, size = _search(model, item, tile)
        found.append(make_detections([box for box in boxes if box.score >= model.threshold], size, model.labels))
    return found


@torch.no_grad()
def find_boxes(model: "Model", items: Sequence[AbstractItem]) -> Iterator[tuple[DetectedBox, ...]]:
    """All boxes of each whole picture, however unsure; a few pictures are in memory at a time."""
    model.backbone.eval()
    model.head.eval()
    for start in range(0, len(items), _BATCH):
        some = items[start : start + _BATCH]
        inputs = {name: value.to(model.backbone.device()) for name, value in model.backbone.prepare(some).items()}
        yield from boxes_of_scores(model, some, model.head(model.backbone(inputs, model.pool)))


def boxes_of_scores(model: "Model", items: Sequence[AbstractItem], scores: Tensor) -> Iterator[tuple[DetectedBox, ...]]:
    """What the scores of a batch say of its pictures."""
    contract = model.backbone.contract
    assert isinstance(contract, ImageContract)
    for item, row in zip(items, scores, strict=True):
        assert isinstance(item, AbstractImageItem)
        placement = place_whole(item.read_size(), (contract.width, contract.height))
        yield decode_boxes(row.float().cpu(), placement, model.labels)


def _search(
    model: BoxFinder, item: AbstractImageItem, tile: int | None
) -> tuple[tuple[DetectedBox, ...], tuple[int, int]]:
    size = item.read_size()
    whole = next(iter(model.find_boxes([item])))
    if tile is None or max(size) <= tile:
        return whole, size
    image = item.read()
    corners = [(left, top) for top in _starts(size[1], tile) for left in _starts(size[0], tile)]
    frames = [(left, top, min(left + tile, size[0]), min(top + tile, size[1])) for left, top in corners]
    tiles = [ImageObject(image.crop(frame), f"tile {frame}") for frame in frames]
    found = list(whole)
    for frame, boxes in zip(frames, model.find_boxes(tiles), strict=True):
        found += [_shift(box, frame) for box in boxes if not _is_cut(box, frame, size)]
    return merge_tiles(found, model.labels), size


def _starts(length: int, tile: int) -> list[int]:
    """Where tiles begin along a side: evenly, the last one ending with the picture."""
    if length <= tile:
        return [0]
    number = -(-(length - tile) // (tile - tile // _SHARED)) + 1
    return [round(index * (length - tile) / (number - 1)) for index in range(number)]


def _is_cut(box: DetectedBox, frame: tuple[int, int, int, int], size: tuple[int, int]) -> bool:
    left, top, right, bottom = frame
    return (
        (left > 0 and box.left < _EDGE)
        or (top > 0 and box.top < _EDGE)
        or (right < size[0] and box.right > right - left - _EDGE)
        or (bottom < size[1] and box.bottom > bottom - top - _EDGE)
    )


def _shift(box: DetectedBox, frame: tuple[int, int, int, int]) -> DetectedBox:
    left, top = frame[:2]
    moved = {"left": box.left + left, "right": box.right + left, "top": box.top + top, "bottom": box.bottom + top}
    return box.model_copy(update=moved)
