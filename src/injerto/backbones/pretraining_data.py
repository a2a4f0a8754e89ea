"""What is known of the data that backbones were pretrained on: `pretraining_data.toml`; imports no torch."""

import functools
import tomllib
from importlib import resources

from injerto.core.coverage import Coverage


@functools.cache
def list_pretraining_data() -> tuple[Coverage, ...]:
    """Every data set that is written down."""
    text = resources.files("injerto.backbones").joinpath("pretraining_data.toml").read_text("utf-8")
    return tuple(Coverage.model_validate(entry) for entry in tomllib.loads(text).values())


def find_pretraining_data(spec: str) -> tuple[Coverage, ...]:
    """The data sets that a network has seen; none where nothing is known of it, as of a folder.

    >>> [one.name for one in find_pretraining_data("hf:facebook/wav2vec2-base@0123abc")]
    ['LibriSpeech, 960 hours of read audiobooks']
    """
    return tuple(one for one in list_pretraining_data() if spec.partition("@")[0] in one.backbones)


def find_languages(spec: str) -> frozenset[str] | None:
    """Codes of all languages that a network has seen; None where that is not known of all of its data.

    >>> sorted(find_languages("shipped:injerto-minitext-en-es"))
    ['en', 'es']
    """
    stated = [one.languages for one in find_pretraining_data(spec)]
    if not stated or None in stated:
        return None
    return frozenset(code for one in stated if one is not None for code in one.what)
