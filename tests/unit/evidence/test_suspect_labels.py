from pathlib import Path

import numpy as np
import pytest
import torch

import injerto
from injerto.evidence.suspect_labels import estimate_share, find_suspects, leave_out
from injerto.strategies.heads.closed_form import fit_ridge


def draw(num: int, flipped: float, *, gap: float = 4.0, seed: int = 0) -> tuple[torch.Tensor, np.ndarray, np.ndarray]:
    """Three spheres a gap apart, given labels, and which of them were flipped."""
    generator = np.random.default_rng(seed)
    true = np.arange(num) % 3
    features = torch.from_numpy(generator.normal(size=(num, 8)) + gap * np.eye(8)[true]).float()
    is_flipped = generator.uniform(size=num) < flipped
    given = np.where(is_flipped, (true + generator.integers(1, 3, num)) % 3, true)
    return features, given, is_flipped


def judge(features: torch.Tensor, given: np.ndarray) -> np.ndarray:
    return leave_out(features, torch.from_numpy(given), num_classes=3)


def test_leave_out_is_a_refit_without_the_example() -> None:
    features, given, _ = draw(60, 0.1)
    found = judge(features, given)
    facts = fit_ridge(features, torch.from_numpy(given), num_classes=3).facts
    mean, deviation = features.double().mean(0), features.double().std(0, correction=0)
    z, one_hot = (features.double() - mean) / deviation, torch.eye(3, dtype=torch.float64)[given]
    for row in (0, 7, 31):
        # Standardisation, intercept included in the hat matrix, and n lambda are held: only the example goes.
        kept = torch.arange(60) != row
        design = torch.cat([torch.ones(60, 1, dtype=torch.float64), z], dim=1)
        penalty = torch.diag(torch.tensor([0.0] + [60 * facts["lambda"]] * 8, dtype=torch.float64))
        weight = torch.linalg.solve(design[kept].T @ design[kept] + penalty, design[kept].T @ one_hot[kept])
        expected = torch.softmax(facts["scale"] * design[row] @ weight, dim=0)
        assert found[row] == pytest.approx(expected.numpy(), abs=1e-6)


@pytest.mark.parametrize("flipped", [0.02, 0.05, 0.1, 0.2])
def test_planted_flips_are_found_and_little_else(flipped: float) -> None:
    features, given, is_flipped = draw(600, flipped)
    found = find_suspects(judge(features, given), given)
    assert is_flipped[found].sum() / is_flipped.sum() >= 0.85  # Recall.
    assert is_flipped[found].mean() >= 0.85  # Precision.
    assert is_flipped[found[:10]].mean() >= 0.9  # The most suspect come first.


def test_clean_labels_are_hardly_suspected() -> None:
    features, given, _ = draw(600, 0.0)
    assert len(find_suspects(judge(features, given), given)) <= 6


@pytest.mark.parametrize("gap", [1.5, 2.5, 4.0])
@pytest.mark.parametrize("flipped", [0.0, 0.05, 0.2])
def test_the_bounds_hold_the_share_that_was_planted_also_where_examples_are_hard(gap: float, flipped: float) -> None:
    for seed in range(5):
        features, given, is_flipped = draw(500, flipped, gap=gap, seed=seed)
        share, low, high = estimate_share(judge(features, given), given)
        assert low <= share <= high
        assert low <= is_flipped.mean() <= high + 0.02


def test_a_fit_names_the_rows_whose_labels_were_planted(tmp_path: Path) -> None:
    moods = {"+": ("wonderful", "lovely", "brilliant"), "-": ("terrible", "awful", "boring")}
    rows = [
        [f"a {word} {thing} of {year}", label]
        for label, words in moods.items()
        for word in words
        for thing in ("film", "book", "play", "song", "meal")
        for year in range(1990, 2000)
    ]
    planted = {7, 60, 200, 290}
    for row in planted:
        rows[row][1] = "-" if rows[row][1] == "+" else "+"
    path = tmp_path / "moods.csv"
    path.write_text("\n".join(["text,label", *(",".join(row) for row in rows)]), encoding="utf-8")
    run = injerto.fit(path, strategy="linear-probe", device="cpu")
    found = run.evidence.suspect_labels
    assert found is not None
    named = {suspect.where for suspect in found.suspects}
    in_train = {f"moods.csv, line {row + 2}" for row in planted}
    assert named & in_train
    assert len(named - in_train) <= 1
    assert all(str(tmp_path) not in where for where in named)


def test_too_few_examples_contradict_nobody() -> None:
    few = [f"word {n}" for n in range(16)]
    run = injerto.fit((few, ["a", "b"] * 8), strategy="linear-probe", device="cpu")
    assert run.evidence.suspect_labels is None
