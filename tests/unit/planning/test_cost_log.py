"""The log grows by whole lines whoever writes, and predictions move from the default to what was seen."""

import subprocess
import sys
from pathlib import Path

import pytest

from injerto.planning.cost_log import CostLog, CostRecord


def record(*, ratio: float = 2.0, num_train: int = 100, machine: str = "here", what: str = "lora") -> CostRecord:
    return CostRecord(
        machine=machine,
        what=what,
        num_train=num_train,
        num_classes=3,
        basis_seconds=10,
        predicted_seconds=10,
        seconds=10 * ratio,
    )


def ratio_of(log: CostLog, *, num_train: int = 100) -> float:
    return log.estimate_ratio("lora", num_train=num_train, num_classes=3, default=0.5)


def test_without_records_the_default_is_expected(tmp_path: Path) -> None:
    assert ratio_of(CostLog("here", tmp_path / "log")) == pytest.approx(0.5)


def test_records_of_this_machine_and_strategy_move_it(tmp_path: Path) -> None:
    log = CostLog("here", tmp_path / "log")
    for _ in range(9):
        log.note(record())
        log.note(record(machine="there", ratio=50))
        log.note(record(what="lp-ft", ratio=50))
    # Nine records of just this kind and one of the default, in logarithms.
    assert ratio_of(CostLog("here", tmp_path / "log")) == pytest.approx((2.0**9 * 0.5) ** 0.1)


def test_near_sizes_count_more_than_far_ones(tmp_path: Path) -> None:
    log = CostLog("here", tmp_path / "log")
    for _ in range(5):
        log.note(record(ratio=4, num_train=100))
        log.note(record(ratio=0.25, num_train=10_000))
    assert ratio_of(log, num_train=100) > 2
    assert ratio_of(log, num_train=10_000) < 0.4


def test_broken_lines_and_those_of_other_versions_are_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "log"
    CostLog("here", path).note(record())
    with path.open("a") as stream:
        stream.write('{"machine": "here", "what": "lo\n{"new": 1}\n')
    CostLog("here", path).note(record())
    assert ratio_of(CostLog("here", path)) == pytest.approx((2.0**2 * 0.5) ** (1 / 3))


def test_many_processes_write_whole_lines(tmp_path: Path) -> None:
    code = (
        "from pathlib import Path; import sys; sys.path.insert(0, sys.argv[2]);"
        "from test_cost_log import CostLog, record;"
        "log = CostLog('here', Path(sys.argv[1])); [log.note(record()) for _ in range(50)]"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "log"), str(Path(__file__).parent)]
    for process in [subprocess.Popen(command) for _ in range(3)]:
        assert process.wait() == 0
    lines = (tmp_path / "log").read_text().splitlines()
    assert len(lines) == 150
    assert all(CostRecord.from_json(line).what == "lora" for line in lines)


def test_a_folder_that_cannot_be_written_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    log = CostLog("here", tmp_path / "file" / "log")
    log.note(record())
    assert ratio_of(log) == pytest.approx(1.0)
