from pathlib import Path

import pytest

from injerto.core.errors import UsageError
from injerto.core.plan import Basis, Phase, Plan, Reason
from injerto.core.search import BackboneScore, Rung, Search
from injerto.planning.plan_file import read_plan, write_plan

PLAN = Plan(
    task="image-classification",
    backbone="shipped:x",
    strategy="lp-ft",
    head="linear",
    phases=(Phase(name="head", solver="closed-form"), Phase(name="everything", trains="all", epochs=3)),
    seed=7,
    head_options={"solver": "auto", "most": 4, "even": True, "rate": 0.5},
    reasons=(Reason(field="strategy", choice="lp-ft", basis=Basis.MEASUREMENT, because='it "won"\nby 2 ± 1 π'),),
    search=Search(
        seconds=1.5,
        num_examples=10,
        scores=(
            BackboneScore(
                name="x",
                spec="shipped:x",
                num_parameters=5,
                accuracy=0.5,
                several_layers=0.25,
                nearest=1.0,
                log_evidence=-0.5,
                h_score=1e-9,
                rank_sum=5,
                kept=True,
            ),
        ),
        rungs=(Rung(backbone="x", strategy="lora", outcome="skipped", because="no time"),),
        left_out={"y.z": "not here"},
    ),
)


def test_a_plan_comes_back_as_it_was(tmp_path: Path) -> None:
    write_plan(PLAN, tmp_path / "plan.toml")
    assert read_plan(tmp_path / "plan.toml") == (PLAN, True)


def edited(tmp_path: Path, old: str, new: str) -> Path:
    file = tmp_path / "plan.toml"
    write_plan(PLAN, file)
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")
    return file


def test_an_edited_setting_is_taken(tmp_path: Path) -> None:
    plan, fits_still = read_plan(edited(tmp_path, "epochs = 3", "epochs = 9"))
    assert fits_still
    assert plan.phases[1].epochs == 9


@pytest.mark.parametrize(
    ("old", "new"), [('strategy = "lp-ft"', 'strategy = "lora"'), ('backbone = "shipped:x"', 'backbone = "resnet18"')]
)
def test_phases_of_another_strategy_or_backbone_are_found_out(tmp_path: Path, old: str, new: str) -> None:
    file = tmp_path / "plan.toml"
    write_plan(PLAN, file)
    lines = [new if line == old else line for line in file.read_text(encoding="utf-8").splitlines()]
    file.write_text("\n".join(lines), encoding="utf-8")
    assert not read_plan(file)[1]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("epochs = 3", "epochs = -3", "phases.1.epochs"),
        ("epochs = 3", "epochs = 3\nepoch = 4", "phases.1.epoch"),
        ("seed = 7", "seed = ", "cannot be read as a plan"),
        ('head = "linear"', "", "head"),
    ],
)
def test_a_wrong_line_is_named(tmp_path: Path, old: str, new: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        read_plan(edited(tmp_path, old, new))


def test_a_missing_file_and_a_file_of_something_else(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="U521"):
        read_plan(tmp_path / "none.toml")
    (tmp_path / "bytes").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UsageError, match="U522"):
        read_plan(tmp_path / "bytes")
    with pytest.raises(UsageError, match="U522"):
        read_plan(tmp_path)
