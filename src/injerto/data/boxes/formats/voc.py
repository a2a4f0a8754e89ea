"""Pascal VOC: `Annotations/*.xml`, `JPEGImages/`, `ImageSets/Main/train.txt` and its like."""

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar, final
from xml.etree import ElementTree

from injerto.core.atomic import write_file
from injerto.data.boxes.box import written
from injerto.data.boxes.writing import AbstractBoxFormat, WrittenImage, box_formats, by_split, copy_images


@box_formats.register
@final
class Voc(AbstractBoxFormat):
    """One XML file a picture; a crowd is an object that is `difficult`."""

    summary: ClassVar[str] = "Pascal VOC: Annotations/*.xml, JPEGImages/, ImageSets/Main/SPLIT.txt"

    def write(self, images: Sequence[WrittenImage], labels: Sequence[str], folder: Path) -> None:
        copy_images(images, folder / "JPEGImages")
        for image in images:
            write_file(folder / "Annotations" / f"{Path(image.name).stem}.xml", _render(image))
        for split, some in by_split(images).items():
            if split:
                lines = "".join(f"{Path(image.name).stem}\n" for image in some)
                write_file(folder / "ImageSets" / "Main" / f"{split}.txt", lines)


def _render(image: WrittenImage) -> bytes:
    root = ElementTree.Element("annotation")
    ElementTree.SubElement(root, "folder").text = "JPEGImages"
    ElementTree.SubElement(root, "filename").text = image.name
    size = ElementTree.SubElement(root, "size")
    for name, pixels in (("width", image.width), ("height", image.height), ("depth", 3)):
        ElementTree.SubElement(size, name).text = str(pixels)
    for box in image.boxes:
        entry = ElementTree.SubElement(root, "object")
        ElementTree.SubElement(entry, "name").text = box.label
        ElementTree.SubElement(entry, "difficult").text = str(int(box.crowd))
        corners = ElementTree.SubElement(entry, "bndbox")
        for name, value in zip(("xmin", "ymin", "xmax", "ymax"), box.corners, strict=True):
            ElementTree.SubElement(corners, name).text = repr(written(value))
    ElementTree.indent(root)
    return bytes(ElementTree.tostring(root, encoding="utf-8", xml_declaration=True))
