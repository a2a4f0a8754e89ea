"""Runs the real program in a real process."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest


@dataclass(frozen=True)
class Finished:
    """What a process left."""

    code: int
    out: str
    err: str

    def document(self) -> Any:
        """Standard output as the one JSON document it has to be."""
        return json.loads(self.out)


@pytest.fixture
def injerto(tmp_path: Path) -> Callable[..., Finished]:
    """`injerto("fit", …)` in a process of its own, whose working folder is `tmp_path`."""

    def call(*arguments: object, **environment: str) -> Finished:
        command = [sys.executable, "-m", "injerto.cli", *map(str, arguments)]
        done = subprocess.run(
            command, capture_output=True, text=True, cwd=tmp_path, env=os.environ | environment, check=False
        )
        return Finished(done.returncode, done.stdout, done.stderr)

    return call
