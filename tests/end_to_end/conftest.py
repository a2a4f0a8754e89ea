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
def program(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Finished]:
    """The same program in this process, which has imported everything once: for the many cases that end early."""
    monkeypatch.chdir(tmp_path)

    def call(*arguments: object) -> Finished:
        from injerto.cli.app import main

        with pytest.raises(SystemExit) as left:
            main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return Finished(int(left.value.code or 0), captured.out, captured.err)

    return call


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
