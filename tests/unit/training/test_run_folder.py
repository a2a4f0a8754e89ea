"""One run at a time, also across processes and after a kill."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from injerto.core.errors import UsageError
from injerto.training.run_folder import held_run_folder, run_folder

HOLD = """
import sys, time
from pathlib import Path
from injerto.training.run_folder import held_run_folder
with held_run_folder(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


def hold_elsewhere(output: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen([sys.executable, "-c", HOLD, str(output)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def fail_with_a_checkpoint(output: Path) -> None:
    with held_run_folder(output) as folder:
        (folder / "step-000001").mkdir()
        raise RuntimeError("boom")


def test_a_second_holder_is_refused_until_the_first_dies(tmp_path: Path) -> None:
    output = tmp_path / "model"
    process = hold_elsewhere(output)
    try:
        with pytest.raises(UsageError, match=r"U106.*model"), held_run_folder(output):
            pass
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
    with held_run_folder(output) as folder:
        assert folder.is_dir()
    assert not folder.exists()


def test_one_process_cannot_hold_it_twice(tmp_path: Path) -> None:
    with held_run_folder(tmp_path / "model") as folder:
        with pytest.raises(UsageError, match="U106"), held_run_folder(tmp_path / "model"):
            pass
        assert folder.is_dir()


def test_what_the_run_left_stays_and_an_error_passes(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="boom"):
        fail_with_a_checkpoint(tmp_path / "model")
    assert [entry.name for entry in run_folder(tmp_path / "model").iterdir()] == ["step-000001"]
