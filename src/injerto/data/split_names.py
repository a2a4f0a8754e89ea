"""The names under which people keep their splits, in English and Spanish."""

import re
import unicodedata
from typing import Final

from injerto.core.survey import Split

_NAMES: Final[dict[str, Split]] = {
    "train": "train",
    "training": "train",
    "entrenamiento": "train",
    "entreno": "train",
    "val": "tune",
    "valid": "tune",
    "validation": "tune",
    "dev": "tune",
    "development": "tune",
    "tune": "tune",
    "validacion": "tune",
    "test": "test",
    "testing": "test",
    "eval": "test",
    "evaluation": "test",
    "prueba": "test",
    "pruebas": "test",
}


def split_named(name: str) -> Split | None:
    """The split that a folder, file stem or cell names; None for any other name.

    Case, accents and shard numbers do not matter.

    >>> split_named("Validación"), split_named("train-00000-of-00002"), split_named("daisy")
    ('tune', 'train', None)
    """
    plain = unicodedata.normalize("NFKD", name.strip().lower())
    plain = "".join(character for character in plain if not unicodedata.combining(character))
    return _NAMES.get(re.sub(r"[-_.]\d{1,6}([-_.]of[-_.]\d{1,6})?$", "", plain))
