"""Faults planted in annotations: each is named with its file and box, and nothing else is."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from injerto.core.errors import DataError
from injerto.data.reading import read_data
from tests.small_cells import write_cells

Content = dict[str, Any]


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_cells(tmp_path_factory.mktemp("sound") / "cells", num_images=40, splits=False)


@pytest.fixture
def cells(sound: Path, tmp_path: Path) -> Path:
    """A copy to plant a fault in."""
    return shutil.copytree(sound, tmp_path / "cells")


def _plant(cells: Path, change: Callable[[Content], None]) -> Path:
    file = cells / "annotations_all.json"
    content = json.loads(file.read_text())
    change(content)
    file.write_text(json.dumps(content))
    return cells


def _box(values: dict[str, Any]) -> Callable[[Content], None]:
    """Change the second annotation, which is box 2 of its image or box 1 of the next."""

    def change(content: Content) -> None:
        content["annotations"][1].update(values)

    return change


def _where(cells: Path) -> str:
    """What messages must call the second annotation."""
    content = json.loads((cells / "annotations_all.json").read_text())
    image = content["annotations"][1]["image_id"]
    number = sum(one["image_id"] == image for one in content["annotations"][:2])
    return f"annotations_all.json, image cell{image:03d}.png, box {number}"


BOXES = {
    "reaches out": ({"bbox": [-5, 3, 40, 30]}, "box-outside", "clipped"),
    "wholly outside": ({"bbox": [500, 3, 40, 30]}, "box-off-image", "dropped"),
    "no area": ({"bbox": [5, 3, 0, 30]}, "box-empty", "dropped"),
    "negative width": ({"bbox": [50, 3, -20, 30]}, "box-inverted", "dropped"),
    "under a pixel": ({"bbox": [5, 3, 0.25, 30]}, "box-tiny", "kept"),
    "a word for a number": ({"bbox": ["left", 3, 4, 5]}, "box-not-numbers", "dropped"),
    "three numbers": ({"bbox": [5, 3, 4]}, "box-not-numbers", "dropped"),
    "no box": ({"bbox": None}, "box-not-numbers", "dropped"),
    "an endless number": ({"bbox": [5, 3, 1e300, 4]}, "box-not-numbers", "dropped"),
    "an unknown class": ({"category_id": 99}, "box-class-unknown", "dropped"),
    "no class": ({"category_id": None}, "box-class-missing", "dropped"),
}


@pytest.mark.parametrize(("values", "code", "action"), BOXES.values(), ids=BOXES.keys())
def test_a_faulty_box_is_named_with_file_and_box(cells: Path, values: dict[str, Any], code: str, action: str) -> None:
    where = _where(cells)
    data = read_data(_plant(cells, _box(values)), check=False)
    found = [problem for problem in data.problems if problem.code.startswith("box-")]
    assert [(problem.code, problem.where) for problem in found] == [(code, where)]
    assert found[0].action.startswith(action)


TWENTY: list[tuple[dict[str, Any], str]] = [
    ({"bbox": [-5, 3, 40, 30]}, "box-outside"),
    ({"bbox": [100, 80, 60, 40]}, "box-outside"),
    ({"bbox": [500, 3, 40, 30]}, "box-off-image"),
    ({"bbox": [5, -90, 40, 30]}, "box-off-image"),
    ({"bbox": [5, 3, 0, 30]}, "box-empty"),
    ({"bbox": [5, 3, 30, 0]}, "box-empty"),
    ({"bbox": [50, 3, -20, 30]}, "box-inverted"),
    ({"bbox": [50, 60, 20, -30]}, "box-inverted"),
    ({"bbox": [5, 3, 0.25, 30]}, "box-tiny"),
    ({"bbox": [5, 3, 30, 0.5]}, "box-tiny"),
    ({"bbox": ["left", 3, 4, 5]}, "box-not-numbers"),
    ({"bbox": [5, 3, 4]}, "box-not-numbers"),
    ({"bbox": [5, 3, 4, 5, 6]}, "box-not-numbers"),
    ({"bbox": "5 3 4 5"}, "box-not-numbers"),
    ({"bbox": None}, "box-not-numbers"),
    ({"bbox": [5, 3, 1e300, 4]}, "box-not-numbers"),
    ({"bbox": [5, 3, float("nan"), 4]}, "box-not-numbers"),
    ({"category_id": 99}, "box-class-unknown"),
    ({"category_id": "disc"}, "box-class-unknown"),
    ({"category_id": None}, "box-class-missing"),
]


def test_twenty_faults_at_once_are_each_named_with_file_and_box_and_nothing_else(tmp_path: Path) -> None:
    cells = write_cells(tmp_path / "cells", num_images=80, splits=False)
    expected = []

    def change(content: Content) -> None:
        every = content["annotations"]
        places = range(0, 5 * len(TWENTY), 5)
        assert places[-1] < len(every)
        for place, (values, code) in zip(places, TWENTY, strict=True):
            every[place].update(values)
            image = every[place]["image_id"]
            number = sum(one["image_id"] == image for one in every[: place + 1])
            expected.append((code, f"annotations_all.json, image cell{image:03d}.png, box {number}"))

    data = read_data(_plant(cells, change), check=False)
    found = [(problem.code, problem.where) for problem in data.problems]
    assert len(found) == 20
    assert sorted(found) == sorted(expected)


def test_sound_boxes_have_no_problem_and_negatives_are_kept(cells: Path) -> None:
    data = read_data(cells, check=False)
    assert data.problems == ()
    assert any("kept" in note for note in data.notes)
    assert [example.boxes for example in data.examples].count(()) == 5


def test_repeated_boxes_ids_and_strangers_are_named(cells: Path) -> None:
    def change(content: Content) -> None:
        first, second, third = content["annotations"][:3]
        third["id"] = second["id"]
        content["annotations"].append({**first, "id": 900})
        content["annotations"].append({**first, "id": 901, "image_id": 555})

    data = read_data(_plant(cells, change), check=False)
    assert {problem.code for problem in data.problems} == {"box-id-repeated", "box-repeated", "box-image-unknown"}
    assert "annotation 901" in next(p.where for p in data.problems if p.code == "box-image-unknown")


def test_faulty_images_are_skipped_and_named(cells: Path) -> None:
    def change(content: Content) -> None:
        content["images"][1]["width"] = 640
        content["images"][2]["file_name"] = "nowhere.png"
        content["images"][3]["id"] = content["images"][4]["id"]

    data = read_data(_plant(cells, change), check=False)
    skipped = {problem.code: problem.where for problem in data.problems if problem.action == "skipped"}
    assert skipped.keys() == {"image-size-differs", "image-missing", "image-id-repeated"}
    assert "cell002.png" in skipped["image-size-differs"]
    assert data.num_skipped == 3


def test_a_damaged_picture_is_skipped(cells: Path) -> None:
    file = cells / "images" / "cell002.png"
    file.write_bytes(file.read_bytes()[:200])
    data = read_data(cells)
    assert [problem.action for problem in data.problems if "cell002" in problem.where] == ["skipped"]


def test_a_picture_listed_twice_is_named(cells: Path) -> None:
    def change(content: Content) -> None:
        content["images"].append({**content["images"][0], "id": 777})

    data = read_data(_plant(cells, change), check=False)
    assert [problem.code for problem in data.problems] == ["image-listed-twice"]


def test_an_upright_picture_that_the_annotation_knows_lying_is_named(cells: Path) -> None:
    with Image.open(cells / "images" / "cell002.png") as image:
        exif = image.getexif()
        exif[0x0112] = 6
        image.save(cells / "images" / "cell002.png", exif=exif)
    data = read_data(cells, check=False)
    assert [problem.code for problem in data.problems] == ["image-size-differs"]


def test_a_path_out_of_the_folder_is_refused(cells: Path, tmp_path: Path) -> None:
    Image.new("RGB", (9, 9)).save(tmp_path / "secret.png")

    def change(content: Content) -> None:
        content["images"][0]["file_name"] = "../../secret.png"

    with pytest.raises(DataError, match="outside the folder"):
        read_data(_plant(cells, change), check=False)


def test_a_file_with_shares_for_pixels_is_refused_as_a_whole(cells: Path) -> None:
    def change(content: Content) -> None:
        for one in content["annotations"]:
            one["bbox"] = [value - 200 for value in one["bbox"][:2]] + [20, 20]

    with pytest.raises(DataError, match="boxes cannot be used"):
        read_data(_plant(cells, change), check=False)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda content: content.pop("categories"), "no list called categories"),
        (lambda content: content["categories"].append({"id": 1, "name": "x"}), "occurs twice"),
        (lambda content: content["categories"].append({"id": 3, "name": "disc"}), "occurs twice"),
        (lambda content: content["categories"].append({"name": "x"}), "needs an id"),
    ],
)
def test_a_file_without_sense_is_refused(cells: Path, change: Callable[[Content], None], message: str) -> None:
    with pytest.raises(DataError, match=message):
        read_data(_plant(cells, change), check=False)


def _yolo(folder: Path, line: str) -> Path:
    for name in ("images", "labels"):
        (folder / name / "train").mkdir(parents=True)
    for number in range(8):
        Image.new("RGB", (100, 80), (number, 0, 0)).save(folder / "images" / "train" / f"a{number}.png")
        text = line if number == 0 else f"{number % 2} 0.5 0.5 0.25 0.25"
        (folder / "labels" / "train" / f"a{number}.txt").write_text(f"0 0.2 0.2 0.1 0.1\n{text}\n")
    (folder / "data.yaml").write_text("names: [cat, dog]\ntrain: images/train\n")
    return folder


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("0 0.5 0.5 0.2", "box-line"),
        ("5 0.5 0.5 0.2 0.2", "box-class-unknown"),
        ("cat 0.5 0.5 0.2 0.2", "box-class-unknown"),
        ("0 0.5 x 0.2 0.2", "box-not-numbers"),
        ("0 50 40 20 20", "box-off-image"),
        ("0 0.5 0.5 nan 0.2", "box-not-numbers"),
    ],
)
def test_a_faulty_yolo_line_is_named(tmp_path: Path, line: str, code: str) -> None:
    data = read_data(_yolo(tmp_path / "yolo", line), check=False)
    assert [problem.code for problem in data.problems] == [code]
    assert "a0.png, box 2" in data.problems[0].where


def test_yolo_labels_without_a_picture_are_named(tmp_path: Path) -> None:
    folder = _yolo(tmp_path / "yolo", "0 0.5 0.5 0.2 0.2")
    (folder / "labels" / "train" / "gone.txt").write_text("0 0.5 0.5 0.2 0.2\n")
    assert [problem.code for problem in read_data(folder, check=False).problems] == ["labels-without-image"]


def _voc(folder: Path, changed: str) -> Path:
    for name in ("Annotations", "JPEGImages"):
        (folder / name).mkdir(parents=True)
    for number in range(6):
        Image.new("RGB", (100, 80), (number, 0, 0)).save(folder / "JPEGImages" / f"a{number}.png")
        box = "<bndbox><xmin>10</xmin><ymin>10</ymin><xmax>40</xmax><ymax>50</ymax></bndbox>"
        one = f"<object><name>{'cat' if number % 2 else 'dog'}</name>{box}</object>"
        text = f"<annotation><filename>a{number}.png</filename>{one}</annotation>"
        (folder / "Annotations" / f"a{number}.xml").write_text(changed if number == 0 else text)
    return folder


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("<annotation><filename>a0.png</filename>", "voc-xml"),
        ("<!DOCTYPE x [<!ENTITY a 'b'>]><annotation/>", "voc-xml"),
        ("<kml/>", "voc-xml"),
        ("<annotation><filename>a0.png</filename><object><name>cat</name></object></annotation>", "box-not-numbers"),
        ("<annotation><filename>a0.png</filename><object/></annotation>", "box-class-missing"),
    ],
)
def test_a_faulty_voc_file_is_named(tmp_path: Path, text: str, code: str) -> None:
    data = read_data(_voc(tmp_path / "voc", text), check=False)
    assert [problem.code for problem in data.problems if problem.code != "class-single"] == [code]
    assert "a0.xml" in data.problems[0].where


def test_a_row_of_a_table_without_a_class_is_named(tmp_path: Path) -> None:
    Image.new("RGB", (100, 80)).save(tmp_path / "a.png")
    rows = ["a.png,cat,1,2,30,40", "a.png,dog,5,5,50,50", "a.png,,1,2,30,40"]
    (tmp_path / "boxes.csv").write_text("image,label,xmin,ymin,xmax,ymax\n" + "\n".join(rows))
    data = read_data(tmp_path / "boxes.csv", check=False)
    assert [(problem.code, problem.where) for problem in data.problems if problem.code.startswith("box-")] == [
        ("box-class-missing", "boxes.csv, line 4, image a.png, box 3")
    ]
