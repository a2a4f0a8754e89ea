"""`verify`: whether a model's folder is as it was written."""

from pathlib import Path

from injerto.artifacts.verifying import verify_artifact
from injerto.core.verification import Verification


def verify(path: str | Path) -> Verification:
    """Every file of an artifact folder against its manifest.

    Raises:
        UsageError: there is no such folder.
    """
    return verify_artifact(Path(path))
