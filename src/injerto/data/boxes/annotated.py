"""What the readers of boxes hand over, format apart: pictures with boxes as they stand in the file, nothing judged."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, final

from injerto.core.errors import DataError
from injerto.core.messages import say
from injerto.core.paths import is_inside
from injerto.core.survey import Modality, Problem, Split
from injerto.data.boxes.box import Box, exact
from injerto.data.draft import Draft, Fault, make_problem
from injerto.data.items import ImageFile
from injerto.data.labelled import Example

_TINY: Final = 1.0
"""Pixels of a side below which a box shows nothing."""
_MOST_DROPPED: Final = 0.2
"""Share of the boxes that may be unusable before the file must be wrong as a whole."""
_FEW: Final = 5


@final
@dataclass(frozen=True, kw_only=True, slots=True)
class RawBox:
    """A box as it was written."""

    label: str | None
    """None where the class is missing or has no name; `fault` then says which."""
    corners: tuple[object, ...] = ()
    """Left, top, right, bottom as the file gives them, or shares of the picture."""
    relative: bool = False
    """Whether the corners are shares of the picture's width and height."""
    crowd: bool = False
    where: str
    """File, picture and box: what messages name."""
    fault: Problem | None = None
    """Why the reader itself can't use it."""


@final
@dataclass(kw_only=True, slots=True)
class AnnotatedImage:
    """One picture with its boxes."""

    path: Path
    root: Path
    """The folder that the picture must lie in."""
    where: str
    split: Split | None = None
    size: tuple[int, int] | None = None
    """Width and height as the file states them."""
    boxes: list[RawBox] = field(default_factory=list)
    attributes: tuple[str | None, ...] = ()
    """What the file says of the picture in the columns that were asked for."""


def draft_from_boxes(
    source: str, images: Sequence[AnnotatedImage], *, problems: Sequence[Problem] = (), faults: Sequence[Fault] = ()
) -> Draft:
    """Check every box against its picture; pictures without boxes are kept as negatives.

    Raises `DataError` where a path leads out of the data's folder, or where most boxes cannot be used.
    """
    draft = Draft(source=source, modality=Modality.IMAGE, multi_label=True)
    draft.problems += problems
    draft.faults += faults
    seen: set[Path] = set()
    num_dropped = num_all = 0
    for image in images:
        labels = tuple(sorted({box.label for box in image.boxes if box.label is not None}))
        try:
            size = _measure(image, seen)
        except DataError as error:
            if error.key == "image-path-outside":
                raise  # No slip of the pen but annotations that reach for other files: never skipped.
            draft.faults.append(Fault(error=error, where=image.where, labels=labels))
            continue
        found: list[Box] = []
        for raw in image.boxes:
            box, problem = check_box(raw, size, found)
            draft.problems += [problem] if problem is not None else []
            num_all += 1
            if box is None:
                num_dropped += 1
            else:
                found.append(box)
        draft.examples.append(
            Example(
                item=ImageFile(image.path),
                labels=tuple(sorted({box.label for box in found})),
                where=image.where,
                split=image.split,
                boxes=tuple(found),
                attributes=image.attributes,
            )
        )
    if num_dropped > max(_FEW, _MOST_DROPPED * num_all):
        first = next(problem for problem in draft.problems if problem.code.startswith("box-"))
        raise DataError("boxes-bad", num_bad=num_dropped, num_all=num_all, where=first.where, what=first.what)
    if negatives := sum(not example.boxes for example in draft.examples):
        draft.notes.append(say("data.note.negatives", number=negatives))
    if crowds := sum(box.crowd for example in draft.examples for box in example.boxes or ()):
        draft.notes.append(say("data.note.crowds", number=crowds))
    return draft


def check_box(raw: RawBox, size: tuple[int, int], others: Sequence[Box]) -> tuple[Box | None, Problem | None]:
    """The box that can be used of what was written, and what is wrong with it; None where nothing can, or is."""

    def dropped(code: str, **values: object) -> tuple[None, Problem]:
        return None, make_problem(code, raw.where, say(f"data.problem.{code}", **values), "dropped")

    if raw.fault is not None:
        return None, raw.fault
    if raw.label is None or not raw.label.strip():
        return dropped("box-class-missing")
    numbers = _read_numbers(raw.corners)
    if numbers is None:
        return dropped("box-not-numbers", found=", ".join(map(str, raw.corners)))
    width, height = size
    if raw.relative:
        numbers = tuple(exact(value * side) for value, side in zip(numbers, (width, height) * 2, strict=True))
    left, top, right, bottom = map(exact, numbers)
    shown = f"{left:g} {top:g} {right:g} {bottom:g}"
    if right < left or bottom < top:
        return dropped("box-inverted", box=shown)
    if right == left or bottom == top:
        return dropped("box-empty", box=shown)
    if right <= 0 or bottom <= 0 or left >= width or top >= height:
        return dropped("box-off-image", box=shown, width=width, height=height)
    box = Box(
        raw.label.strip(),
        max(left, 0.0),
        max(top, 0.0),
        min(right, float(width)),
        min(bottom, float(height)),
        crowd=raw.crowd,
    )
    if box in others:
        return dropped("box-repeated", box=shown)
    if box.corners != (left, top, right, bottom):
        what = say("data.problem.box-outside", box=shown, width=width, height=height)
        return box, make_problem("box-outside", raw.where, what, "clipped")
    if min(box.width, box.height) < _TINY:
        return box, make_problem("box-tiny", raw.where, say("data.problem.box-tiny", box=shown), "kept")
    return box, None


def faulty_box(code: str, where: str, **values: object) -> RawBox:
    """A box that the reader itself can't use."""
    fault = make_problem(code, where, say(f"data.problem.{code}", **values), "dropped")
    return RawBox(label=None, where=where, fault=fault)


def repeated_ids(ids: Sequence[tuple[object, str]]) -> list[Problem]:
    """One problem for every id that several boxes carry, at the place of the second."""
    counts = Counter(str(number) for number, _ in ids if number is not None)
    seen: set[str] = set()
    found = []
    for number, where in ids:
        name = str(number)
        if counts[name] > 1 and name in seen:
            what = say("data.problem.box-id-repeated", number=name, count=counts[name])
            found.append(make_problem("box-id-repeated", where, what, "kept"))
            counts[name] = 1
        seen.add(name)
    return found


def _measure(image: AnnotatedImage, seen: set[Path]) -> tuple[int, int]:
    """Width and height of the picture, upright, as the file itself says."""
    if "\0" in str(image.path):
        raise DataError("row-nul", where=image.where)
    if not is_inside(image.path, image.root):
        raise DataError("image-path-outside", where=image.where, path=image.path, root=image.root)
    if image.path in seen:
        raise DataError("image-listed-twice", where=image.where, path=image.path)
    seen.add(image.path)
    size = ImageFile(image.path).read_size()
    if image.size is not None and image.size != size:
        declared, found = (f"{width} x {height}" for width, height in (image.size, size))
        raise DataError("image-size-differs", where=image.where, declared=declared, found=found)
    return size


def _read_numbers(corners: tuple[object, ...]) -> tuple[float, ...] | None:
    if len(corners) != 4:
        return None
    found = []
    for value in corners:
        if isinstance(value, bool) or not isinstance(value, int | float | str):
            return None
        try:
            number = float(value)
        except (ValueError, OverflowError):
            return None
        if not math.isfinite(number) or abs(number) > 1e9:
            return None
        found.append(number)
    return tuple(found)
