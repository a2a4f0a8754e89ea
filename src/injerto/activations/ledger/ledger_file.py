"""A ledger as one safetensors file."""

from pathlib import Path
from typing import Annotated, Final

import torch
from pydantic import Field, ValidationError
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from injerto.activations.ledger.ledger import Cell, Ledger
from injerto.core.atomic import write_file
from injerto.core.errors import DataError
from injerto.core.hashing import digest_bytes
from injerto.core.record import Record
from injerto.strategies.heads.moments import Moments

_FORMAT: Final = 1
_Label = Annotated[int, Field(ge=-1, lt=1 << 20)]


class _Content(Record):
    """What the tensors do not say."""

    protocol: int
    multi_label: bool
    by_class: bool
    source: str
    cells: tuple[tuple[_Label, str, str], ...]


class _Index(Record):
    """The metadata of the file."""

    content: _Content
    digest: str


def save_ledger(ledger: Ledger, path: Path) -> None:
    """Write a ledger, complete or not at all. The file is personal data where the examples are."""
    cells = list(ledger.cells())
    every = [moments for _, moments in cells]
    width, classes = ledger.num_features, ledger.num_classes
    tensors = {
        "count": _stack([moments.count for moments in every], ()),
        "sum": _stack([moments.sum_D for moments in every], (width,)),
        "product": _stack([moments.product_DD for moments in every], (width, width)),
        "label": _stack([moments.label_C for moments in every], (classes,)),
        "cross": _stack([moments.cross_DC for moments in every], (width, classes)),
    }
    content = _Content(
        protocol=_FORMAT,
        multi_label=ledger.multi_label,
        by_class=ledger.by_class,
        source=ledger.source,
        cells=tuple((cell.label, cell.group, cell.user) for cell, _ in cells),
    )
    index = _Index(content=content, digest=_digest(content, tensors))
    write_file(path, save(tensors, {"injerto": index.to_json()}))


def load_ledger(path: Path) -> Ledger:
    """Read what `save_ledger` wrote; raises `DataError` where the file is something else or has changed."""
    try:
        with safe_open(path, "pt") as file:
            index = _Index.from_json((file.metadata() or {}).get("injerto", ""))
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118, the file is no mapping.
    except FileNotFoundError as error:
        raise DataError("ledger-missing", path=path) from error
    except (OSError, SafetensorError, ValidationError) as error:
        raise DataError("ledger-damaged", path=path) from error
    content = index.content
    cells = [Cell(*parts) for parts in content.cells]
    if not _is_whole(content, cells, tensors) or index.digest != _digest(content, tensors):
        raise DataError("ledger-damaged", path=path)
    width, classes = tensors["cross"].shape[1:]
    ledger = Ledger(width, classes, multi_label=content.multi_label, by_class=content.by_class, source=content.source)
    for number, cell in enumerate(cells):
        moments = Moments(
            count=tensors["count"][number],
            sum_D=tensors["sum"][number],
            product_DD=tensors["product"][number],
            label_C=tensors["label"][number],
            cross_DC=tensors["cross"][number],
        )
        ledger.set_cell(cell, moments)
    return ledger


def _digest(content: _Content, tensors: dict[str, Tensor]) -> str:
    return digest_bytes(content.to_json().encode(), *(tensors[name].numpy().tobytes() for name in sorted(tensors)))


def _is_whole(content: _Content, cells: list[Cell], tensors: dict[str, Tensor]) -> bool:
    if content.protocol != _FORMAT or tensors.keys() != {"count", "sum", "product", "label", "cross"}:
        return False
    if tensors["cross"].ndim != 3 or len(set(cells)) != len(cells):
        return False
    width, classes = tensors["cross"].shape[1:]
    expected = {"count": (), "sum": (width,), "product": (width, width), "label": (classes,), "cross": (width, classes)}
    return all(
        tensors[name].shape == (len(cells), *shape)
        and tensors[name].dtype == torch.float64
        and bool(torch.isfinite(tensors[name]).all())
        for name, shape in expected.items()
    ) and bool((tensors["count"] > 0).all() and (tensors["label"] >= 0).all())


def _stack(parts: list[Tensor], shape: tuple[int, ...]) -> Tensor:
    return torch.stack(parts).contiguous() if parts else torch.zeros(0, *shape, dtype=torch.float64)
