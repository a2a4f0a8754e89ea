"""What people hand over, brought to the shape in which it is compared, and what its shape alone shows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, final

import numpy as np
import torch
from torch import Tensor

from injerto.backbones.text_preparation import padding_id
from injerto.core.errors import UsageError
from injerto.core.input_finding import InputFinding
from injerto.core.messages import say
from injerto.core.provenance import ImageContract


@final
@dataclass(frozen=True, kw_only=True, slots=True)
class Given:
    """Pixels of shape (examples, channels, height, width), and faults of their shape."""

    values: Tensor
    findings: tuple[InputFinding, ...] = ()
    can_be_compared: bool = True


def arrange_pixels(given: Any, contract: ImageContract) -> Given:
    """Raises `UsageError` for what is neither four-dimensional nor one picture."""
    if isinstance(given, Mapping):
        given = next((value for value in given.values() if np.ndim(value) >= 3), None)
    pixels = torch.as_tensor(np.ascontiguousarray(given)) if isinstance(given, np.ndarray) else given
    if isinstance(pixels, Tensor) and pixels.ndim == 3:
        pixels = pixels[None]
    if not isinstance(pixels, Tensor) or pixels.ndim != 4 or 0 in pixels.shape[1:]:
        shape = tuple(np.shape(given)) if given is not None else ()
        raise UsageError("guard-given", expected=say("guard.shape-pixels"), found=f"{type(given).__name__} {shape}")
    pixels = pixels.detach().cpu().float()
    findings = []
    wanted = len(contract.mean)
    if pixels.shape[1] not in (1, 3, 4) and pixels.shape[3] in (1, 3, 4):
        findings.append(_finding("channel-order", "channels-last", {}))
        pixels = pixels.permute(0, 3, 1, 2)
    if (found := pixels.shape[1]) != wanted:
        measured = {"channels": float(found)}
        findings.append(_finding("channel-order", "channel-count", measured, found=found, expected=wanted))
        pixels = pixels[:, :3].mean(1, keepdim=True).expand(-1, wanted, -1, -1) if found < 4 else pixels[:, :wanted]
    if not torch.isfinite(pixels).all():
        share = 1 - float(torch.isfinite(pixels).float().mean())
        finding = _finding("value-range", "not-finite", {"share": share}, percent=f"{100 * share:.2g}")
        return Given(values=pixels, findings=(*findings, finding), can_be_compared=False)
    return Given(values=pixels, findings=tuple(findings))


def arrange_rows(given: Any, tokenizer: Any) -> tuple[list[list[int]], bool]:
    """Rows of ids without padding, and whether the padding stood on the left."""
    mask = given.get("attention_mask") if isinstance(given, Mapping) else None
    ids = given.get("input_ids") if isinstance(given, Mapping) else given
    if isinstance(ids, Tensor | np.ndarray):
        ids = ids.tolist()
    if isinstance(mask, Tensor | np.ndarray):
        mask = mask.tolist()
    if not isinstance(ids, Sequence) or not all(_is_row(row) for row in ids):
        raise UsageError("guard-given", expected=say("guard.shape-ids"), found=type(given).__name__)
    if mask is not None:
        left = any(len(row) > 1 and not row[0] and row[-1] for row in mask)
        return [[i for i, read in zip(row, m, strict=False) if read] for row, m in zip(ids, mask, strict=False)], left
    padding = padding_id(tokenizer)
    left = any(len(row) > 2 and row[0] == row[1] == padding != row[-1] for row in ids)
    return [_strip(list(row), padding, left=left) for row in ids], left


def _is_row(row: Any) -> bool:
    return isinstance(row, Sequence) and all(isinstance(token, int) for token in row)


def _strip(row: list[int], padding: int, *, left: bool) -> list[int]:
    end, start = len(row), 0
    while end > 1 and row[end - 1] == padding:
        end -= 1
    while left and start < end - 1 and row[start] == padding:
        start += 1
    return row[start:end]


def _finding(name: str, key: str, measured: dict[str, float], **values: object) -> InputFinding:
    return InputFinding(name=name, measured=measured, sentence=say(f"guard.{key}", **values))
