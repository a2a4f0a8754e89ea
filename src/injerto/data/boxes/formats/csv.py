"""CSV: `annotations.csv`, a line a box, beside `images/`; a picture without boxes has one line of empty cells."""

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar, Final, final

from injerto.core.atomic import write_file
from injerto.data.boxes.box import written
from injerto.data.boxes.writing import SPLIT_NAMES, AbstractBoxFormat, WrittenImage, box_formats, copy_images

_COLUMNS: Final = ("image", "width", "height", "split", "label", "xmin", "ymin", "xmax", "ymax", "crowd")


@box_formats.register
@final
class Csv(AbstractBoxFormat):
    """Corners in pixels."""

    summary: ClassVar[str] = "CSV: annotations.csv with a line a box, images/"

    def write(self, images: Sequence[WrittenImage], labels: Sequence[str], folder: Path) -> None:
        copy_images(images, folder / "images")
        text = io.StringIO(newline="")
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(_COLUMNS)
        for image in images:
            start = (image.name, image.width, image.height, SPLIT_NAMES[image.split])
            for box in image.boxes:
                writer.writerow((*start, box.label, *map(written, box.corners), int(box.crowd)))
            if not image.boxes:
                writer.writerow((*start, *("",) * 6))
        write_file(folder / "annotations.csv", text.getvalue())
