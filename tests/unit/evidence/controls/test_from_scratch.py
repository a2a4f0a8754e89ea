from pathlib import Path

import pytest

import injerto
from injerto.core.errors import UsageError


def names_of(run: "injerto.Run") -> set[str]:
    return {control.name for control in run.evidence.controls}


def test_a_frozen_model_does_not_wait_for_it(pictures: Path, network_folder: Path) -> None:
    run = injerto.fit(pictures, backbone=str(network_folder), strategy="linear-probe", device="cpu")
    assert "from-scratch" not in names_of(run)
    assert [(skipped.name, "no network was trained" in skipped.because) for skipped in run.evidence.not_run] == [
        ("from-scratch", True)
    ]


def test_it_runs_where_the_network_was_trained_and_gets_as_many_epochs(pictures: Path, network_folder: Path) -> None:
    runs = [
        injerto.fit(pictures, backbone=str(network_folder), strategy="lp-ft", epochs=2, device="cpu", seed=1)
        for _ in range(2)
    ]
    found = [next(c for c in run.evidence.controls if c.name == "from-scratch") for run in runs]
    assert found[0].judges_transfer
    assert found[0].seconds is not None
    assert found[0].accuracy == found[1].accuracy  # The same seed gives the same control.


@pytest.mark.slow
def test_it_runs_where_it_is_asked_for(pictures: Path, network_folder: Path) -> None:
    run = injerto.fit(pictures, backbone=str(network_folder), strategy="linear-probe", controls="all", device="cpu")
    assert "from-scratch" in names_of(run)
    assert run.evidence.not_run == ()


def test_another_choice_of_controls_is_refused(pictures: Path) -> None:
    with pytest.raises(UsageError, match="affordable, all"):
        injerto.fit(pictures, controls="some")  # type: ignore[arg-type]
