import torch

from injerto.strategies.heads.balanced import balance, fit_averaged, fit_balanced, fit_reweighted
from injerto.strategies.heads.closed_form import fit_ridge
from injerto.strategies.strategy import parse_strategy


def cued(number: int, goes_with: float, seed: int) -> tuple[torch.Tensor, torch.Tensor, list[str]]:
    """Two labels: a weak direction that tells them, and a strong cue that mostly goes with them."""
    generator = torch.Generator().manual_seed(seed)
    target_N = torch.arange(number) % 2
    same_N = torch.rand(number, generator=generator) < goes_with
    cue_N = torch.where(same_N, target_N, 1 - target_N)
    features = torch.randn(number, 12, generator=generator)
    features[:, 0] += 2.2 * (2 * target_N - 1)
    features[:, 1] += 6.0 * (2 * cue_N - 1)
    return features, target_N, [f"cue {int(cue)}" for cue in cue_N]


def worst_cell(head: torch.nn.Module) -> float:
    features, target_N, groups = cued(2000, 0.5, seed=1)
    with torch.no_grad():
        right_N = head(features).argmax(1) == target_N
    cells = list(zip(target_N.tolist(), groups, strict=True))
    masks = [torch.tensor([cell == one for one in cells]) for cell in set(cells)]
    return min(float(right_N[mask].double().mean()) for mask in masks)


def test_every_cell_has_the_same_weight_and_those_without_a_group_are_one() -> None:
    weight_N = balance(torch.tensor([0, 0, 0, 1, 1, 1]), ["a", "a", "b", "a", None, None])
    assert weight_N.tolist() == [0.5, 0.5, 1, 1, 0.5, 0.5]


def test_a_cue_that_went_with_the_label_no_longer_decides() -> None:
    features, target_N, groups = cued(400, 0.97, seed=0)
    plain = fit_ridge(features, target_N, num_classes=2)
    even = fit_balanced(features, target_N, groups, num_classes=2)
    assert worst_cell(plain.head) < 0.75
    assert worst_cell(even.head) > 0.93
    assert even.facts["cells"] == 4
    assert even.facts["smallest_cell"] < 15 < even.facts["largest_cell"]


def test_groups_in_balance_already_change_nothing() -> None:
    features, target_N, _ = cued(80, 0.5, seed=2)
    groups = ["a", "a", "b", "b"] * 20
    plain, even = fit_ridge(features, target_N, num_classes=2), fit_balanced(features, target_N, groups, num_classes=2)
    assert torch.allclose(plain.head(features), even.head(features), atol=1e-6)


def test_a_column_keeps_its_capitals_on_the_way_through_a_line() -> None:
    written = parse_strategy("balanced-probe:by=Site").written()
    assert written == "balanced-probe:by=Site"
    assert parse_strategy(written).head_options()["by"] == "Site"


def test_one_cell_alone_is_the_plain_head() -> None:
    features, target_N, _ = cued(40, 0.5, seed=3)
    even = fit_balanced(features, target_N, ["a"] * 40, num_classes=2)
    assert even.facts["cells"] == 2
    assert even.head(features).shape == (40, 2)


def test_averaged_heads_on_balanced_draws_need_few_of_a_rare_cell() -> None:
    features, target_N, groups = cued(400, 0.94, seed=0)
    averaged = fit_averaged(features, target_N, groups, num_classes=2, draws=30, seed=0)
    assert worst_cell(averaged.head) > 0.9
    again = fit_averaged(features, target_N, groups, num_classes=2, draws=30, seed=0)
    assert torch.equal(averaged.head.linear.weight, again.head.linear.weight)  # type: ignore[union-attr]
    assert averaged.facts["draws"] == 30


def test_cells_too_small_to_draw_from_are_weighed() -> None:
    features, target_N, groups = cued(400, 0.94, seed=0)
    solvers = [
        fit_reweighted(features[:rows], target_N[:rows], groups[:rows], num_classes=2, draws=draws, seed=0).facts[
            "solver"
        ]
        for rows, draws in ((400, 30), (400, 0), (60, 30))
    ]
    assert solvers == ["averaged", "balanced", "balanced"]
