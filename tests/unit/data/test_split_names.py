"""Names of splits, in two languages."""

import pytest

from injerto.data.split_names import split_named


@pytest.mark.parametrize(
    ("name", "split"),
    [
        ("train", "train"),
        ("Training", "train"),
        ("entrenamiento", "train"),
        ("val", "tune"),
        ("valid", "tune"),
        ("validation", "tune"),
        ("dev", "tune"),
        ("tune", "tune"),
        ("validación", "tune"),
        ("validacio\u0301n", "tune"),
        ("TEST", "test"),
        ("prueba", "test"),
        ("test-00001-of-00003", "test"),
        ("train.0", "train"),
        ("trains", None),
        ("", None),
    ],
)
def test_split_is_named(name: str, split: str | None) -> None:
    assert split_named(name) == split
