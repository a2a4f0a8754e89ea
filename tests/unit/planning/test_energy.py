"""Energy is counted, or what the user says, or nothing; counters are files in a folder as the system has them."""

from pathlib import Path

import pytest

from injerto.planning.energy import EnergyMeter, to_wh

RANGE = 1_000_000_000


def write_counter(root: Path, name: str, microjoules: int) -> None:
    (root / name).mkdir(exist_ok=True)
    (root / name / "energy_uj").write_text(f"{microjoules}\n")
    (root / name / "max_energy_range_uj").write_text(f"{RANGE}\n")


def test_packages_are_counted_and_their_parts_are_not(tmp_path: Path) -> None:
    for name in ("intel-rapl:0", "intel-rapl:1", "intel-rapl:0:0"):
        write_counter(tmp_path, name, 500)
    meter = EnergyMeter(watts=65, root=tmp_path)
    for name in ("intel-rapl:0", "intel-rapl:1", "intel-rapl:0:0"):
        write_counter(tmp_path, name, 36_000_500)
    power = meter.describe()
    assert power.source == "rapl"
    assert power.measured_wh == pytest.approx(2 * 36 / 3600)


def test_a_counter_that_ran_over_goes_on(tmp_path: Path) -> None:
    write_counter(tmp_path, "intel-rapl:0", RANGE - 10_000_000)
    meter = EnergyMeter(root=tmp_path)
    write_counter(tmp_path, "intel-rapl:0", 26_000_000)
    assert meter.describe().measured_wh == pytest.approx(36 / 3600)


def test_without_counters_only_the_given_figure_is_said(tmp_path: Path) -> None:
    assert EnergyMeter(watts=65, root=tmp_path).describe().model_dump() == {
        "source": "given",
        "watts": 65,
        "measured_wh": None,
    }
    nothing = EnergyMeter(root=tmp_path).describe()
    assert (nothing.source, nothing.watts) == ("none", None)


def test_a_counter_that_cannot_be_read_is_none(tmp_path: Path) -> None:
    write_counter(tmp_path, "intel-rapl:0", 1)
    (tmp_path / "intel-rapl:0" / "energy_uj").write_text("not a number")
    assert EnergyMeter(root=tmp_path).describe().source == "none"


def test_watt_hours() -> None:
    assert to_wh(1800, 10) == 5
    assert to_wh(1800, None) is None
