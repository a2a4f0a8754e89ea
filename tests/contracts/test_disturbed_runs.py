"""A few rounds of `benchmarks.kills` and `benchmarks.failing_writes`, which kill fits and let their writes fail."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def run(name: str, out: Path, *arguments: str) -> dict[str, object]:
    done = subprocess.run(
        [sys.executable, "-m", f"benchmarks.{name}", "--out", str(out), *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    found: dict[str, object] = json.loads(out.read_text(encoding="utf-8"))["rows"][0]
    return found


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="children are forked")
def test_killed_fits_go_on_and_end_with_the_same_bits(tmp_path: Path) -> None:
    found = run("kills", tmp_path / "kills.json", "--kills", "3", "--seed", "1")
    assert (found["damaged"], found["wrong"]) == (0, 0)


@pytest.mark.slow
def test_whatever_write_fails_the_next_fit_ends_with_the_same_bits(tmp_path: Path) -> None:
    found = run("failing_writes", tmp_path / "writes.json", "--first", "3", "--step", "30")
    assert found["wrong"] == 0
    assert found["errors"] == "R101"
    assert int(str(found["failed"])) >= 2
