"""The nearest of some known names, as a question in an error message."""

import difflib
from collections.abc import Collection


def nearest(name: str, known: Collection[str]) -> str:
    """A question that suggests the nearest known name, or nothing.

    >>> nearest("resnet81", ["resnet18", "vgg16"])
    "Did you mean 'resnet18'? "
    """
    near = difflib.get_close_matches(name, list(known), n=1, cutoff=0.5)
    return f"Did you mean {near[0]!r}? " if near else ""
