"""Boxes survive every way through the four formats, whatever they are."""

import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from PIL import Image

from injerto.core.survey import Modality, Split
from injerto.data.boxes.box import Box, exact
from injerto.data.boxes.writing import box_formats, convert_boxes
from injerto.data.items import ImageFile
from injerto.data.labelled import Example, LabelledData
from injerto.data.reading import read_data

Known = dict[str, tuple[Split | None, tuple[Box, ...]]]


def _known(data: LabelledData) -> Known:
    found: Known = {}
    for example in data.examples:
        assert isinstance(example.item, ImageFile)
        found[example.item.path.name] = example.split, example.boxes or ()
    return found


# Names that XML, YAML, CSV and JSON each quote in their own way.
_NAMES = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cs", "Cc", "Cn", "Co", "Zl", "Zp")), min_size=1, max_size=8
).map(lambda name: name.strip() or "x")


@st.composite
def boxes_of(draw: st.DrawFn, size: tuple[int, int], names: list[str], *, crowds: bool) -> tuple[Box, ...]:
    found = []
    for _ in range(draw(st.integers(0, 4))):
        sides = []
        for length in size:
            low = exact(draw(st.floats(0, length - 2)))
            high = exact(draw(st.floats(low + 1, length)))
            sides.append((low, max(high, exact(low + 1))))
        (left, right), (top, bottom) = sides
        crowd = crowds and draw(st.booleans())
        box = Box(draw(st.sampled_from(names)), left, top, min(right, size[0]), min(bottom, size[1]), crowd=crowd)
        if box not in found:
            found.append(box)
    return tuple(found)


@pytest.mark.parametrize("name", box_formats.names())
@settings(max_examples=12, deadline=None, phases=[Phase.explicit, Phase.generate])
@given(st.data())
def test_what_is_written_is_read_as_it_was(name: str, data: st.DataObject) -> None:
    names = data.draw(st.lists(_NAMES, min_size=1, max_size=3, unique=True))
    splits: list[Split | None] = [None] if data.draw(st.booleans()) else ["train", "tune", "test"]
    crowds = box_formats.get(name).keeps_crowds
    with TemporaryDirectory() as place:
        root = Path(place)
        examples = []
        for number in range(4):
            size = data.draw(st.integers(8, 40)), data.draw(st.integers(8, 40))
            Image.new("RGB", size, (number, 0, 0)).save(root / f"p{number}.png")
            # The first box names a class for sure: pictures without any are no data.
            boxes = data.draw(boxes_of(size, names, crowds=crowds))
            boxes = boxes or (Box(names[0], 0.0, 0.0, 5.5, 5.25),) if number == 0 else boxes
            examples.append(
                Example(
                    item=ImageFile(root / f"p{number}.png"),
                    labels=tuple(sorted({box.label for box in boxes})),
                    where=f"p{number}.png",
                    split=splits[number % len(splits)],
                    boxes=boxes,
                )
            )
        labels = tuple(sorted({label for example in examples for label in example.labels}))
        known = LabelledData(
            source=place, modality=Modality.IMAGE, examples=tuple(examples), labels=labels, multi_label=True
        )
        convert_boxes(known, name, root / "out")
        read = read_data(root / "out", check=False)
        assert _known(read) == _known(known)
        assert read.labels == known.labels


def test_real_boxes_come_back_from_every_format(shared: Path, tmp_path: Path) -> None:
    """COCO to VOC to YOLO to CSV to COCO, on every twelfth blood picture."""
    whole = read_data(shared / "data" / "blood_cells_det", check=False)
    first = whole.subset(range(0, len(whole), 12))
    current = first
    for name in ("voc", "yolo", "csv", "coco"):
        convert_boxes(current, name, tmp_path / name)
        current = read_data(tmp_path / name, check=False)
        assert _known(current) == _known(first)
        assert current.problems == ()
    shutil.rmtree(tmp_path)
