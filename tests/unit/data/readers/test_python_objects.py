"""Data frames, Hugging Face data sets and pairs read like the files that they would be."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from injerto.core.survey import Modality
from injerto.data.items import ImageCell
from injerto.data.labelled import LabelledData
from injerto.data.reading import read_data

_TEXTS = [f"sentence {i}" for i in range(12)]
_NUMBERS = [i % 2 for i in range(12)]
_NAMES = ["neg" if i % 2 == 0 else "pos" for i in range(12)]
_IMAGES = [Image.fromarray(np.random.default_rng(i).integers(0, 256, (5, 7, 3), dtype=np.uint8)) for i in range(12)]


def _labels(data: LabelledData) -> list[str]:
    return [example.labels[0] for example in data.examples]


def test_pandas_frame_reads_and_its_missing_labels_are_listed() -> None:
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"text": _TEXTS, "label": [float(n) for n in _NUMBERS]})
    frame.loc[3, "label"] = np.nan
    data = read_data(frame)
    assert data.labels == ("0", "1")
    assert [problem.where for problem in data.problems] == ["row 4"]
    assert _labels(read_data(frame.assign(label=pandas.Categorical(_NAMES)))) == _NAMES
    assert _labels(read_data((frame["text"], pandas.Series(_NAMES)))) == _NAMES


def test_pandas_frame_with_repeated_columns_is_refused() -> None:
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame([["a", "b", "c"]], columns=["text", "label", "text"])
    with pytest.raises(Exception, match="names the column text more than once"):
        read_data(frame)


def test_polars_frame_with_lists_has_many_labels() -> None:
    polars = pytest.importorskip("polars")
    data = read_data(polars.DataFrame({"sentence": _TEXTS, "tags": [["a", "b"] if n else ["b"] for n in _NUMBERS]}))
    assert data.multi_label
    assert data.targets()[:2].tolist() == [[0, 1], [1, 1]]


def _dataset(column: str, values: list[Any], feature: Any) -> Any:
    datasets = pytest.importorskip("datasets")
    features = datasets.Features({column: feature, "label": datasets.ClassLabel(names=["neg", "pos"])})
    return datasets.Dataset.from_dict({column: values, "label": _NUMBERS}, features=features)


def test_hugging_face_class_numbers_become_names() -> None:
    datasets = pytest.importorskip("datasets")
    dataset = _dataset("text", _TEXTS, datasets.Value("string"))
    assert _labels(read_data(dataset)) == _NAMES
    assert _labels(read_data(dataset.select(range(10, -1, -1)))) == _NAMES[10::-1]


def test_hugging_face_images_stay_encoded_until_read() -> None:
    datasets = pytest.importorskip("datasets")
    data = read_data(_dataset("image", _IMAGES, datasets.Image()).select(range(11, -1, -1)))
    item = data.examples[0].item
    assert isinstance(item, ImageCell)
    assert np.array_equal(np.asarray(item.read()), np.asarray(_IMAGES[11]))


def test_hugging_face_splits_are_kept_and_unknown_ones_reported() -> None:
    datasets = pytest.importorskip("datasets")
    dataset = _dataset("text", _TEXTS, datasets.Value("string"))
    data = read_data(datasets.DatasetDict({"train": dataset, "validation": dataset.select(range(4)), "other": dataset}))
    assert [example.split for example in data.examples].count("tune") == 4
    assert [problem.code for problem in data.problems] == ["split-unknown"]
    assert data.examples[-1].where == "validation, row 4"


@pytest.mark.parametrize("kind", ["text", "image"])
def test_parquet_as_hugging_face_writes_it_keeps_names_and_images(kind: str, tmp_path: Path) -> None:
    datasets = pytest.importorskip("datasets")
    feature = datasets.Image() if kind == "image" else datasets.Value("string")
    _dataset(kind, _IMAGES if kind == "image" else _TEXTS, feature).to_parquet(str(tmp_path / "train.parquet"))
    data = read_data(tmp_path / "train.parquet")
    assert data.modality is Modality(kind)
    assert _labels(data) == _NAMES


@pytest.mark.parametrize(
    "inputs",
    [_IMAGES, [np.asarray(i) for i in _IMAGES], np.stack([np.asarray(i) for i in _IMAGES])],
    ids=["pillow", "arrays", "one array"],
)
def test_pair_of_pictures_and_names_reads(inputs: Any) -> None:
    data = read_data((inputs, np.array(_NAMES)))
    assert data.modality is Modality.IMAGE
    assert _labels(data) == _NAMES


@pytest.mark.parametrize("as_type", [str, Path])
def test_pair_of_paths_and_names_reads(as_type: type, tmp_path: Path) -> None:
    for number, image in enumerate(_IMAGES):
        image.save(tmp_path / f"{number}.png")
    data = read_data(([as_type(tmp_path / f"{number}.png") for number in range(12)], _NAMES))
    assert data.modality is Modality.IMAGE
    assert _labels(data) == _NAMES


def test_matrix_of_zeros_and_ones_is_many_labels() -> None:
    matrix = np.array([[n, 1, 0] for n in _NUMBERS])
    data = read_data((_TEXTS, matrix))
    assert data.multi_label
    assert data.labels == ("0", "1")
    assert data.examples[1].labels == ("0", "1")
