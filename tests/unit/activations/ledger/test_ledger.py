"""The ledger: adding and taking away is fitting again."""

from functools import partial

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from injerto.activations.ledger.ledger import Cell, Ledger
from injerto.activations.ledger.ledger_heads import (
    choose_head,
    solve_discriminant,
    solve_ridge,
)
from injerto.core.errors import UsageError
from injerto.strategies.heads.closed_form import fit_ridge
from injerto.strategies.heads.discriminant import fit_discriminant, fit_nearest_mean
from injerto.strategies.heads.linear import LinearHead

WIDTH, CLASSES = 6, 3


def examples(num: int, seed: int) -> tuple[Tensor, Tensor, list[str], list[str]]:
    generator = torch.Generator().manual_seed(seed)
    labels = torch.randint(0, CLASSES, (num,), generator=generator)
    features = torch.randn(num, WIDTH, generator=generator) * 3 + labels[:, None] + 20
    groups = [("day", "night")[n % 2] for n in range(num)]
    users = [f"u{n % 4}" for n in range(num)]
    return features, labels, groups, users


def make_ledger(num: int, seed: int = 0, *, by_class: bool = False) -> Ledger:
    ledger = Ledger(WIDTH, CLASSES, by_class=by_class)
    features, labels, groups, users = examples(num, seed)
    ledger.add(features, labels, groups=groups, users=users)
    return ledger


def weights(head: LinearHead) -> Tensor:
    return torch.cat([head.linear.weight, head.linear.bias[:, None]], 1).detach().double()


def assert_same_head(found: Ledger, wanted: Ledger) -> None:
    """To 1e-8 in the sums; heads are float32."""
    for left, right in ((found.moments(), wanted.moments()),):
        for name in ("count", "sum_D", "product_DD", "label_C", "cross_DC"):
            a, b = getattr(left, name), getattr(right, name)
            torch.testing.assert_close(a, b, rtol=1e-10, atol=1e-10 * float(b.abs().max().clamp_min(1)))
    for solve in (
        lambda ledger: solve_ridge(ledger, penalty=0.1),
        lambda ledger: solve_discriminant(ledger, shrinkage=0.1),
    ):
        torch.testing.assert_close(weights(solve(found)), weights(solve(wanted)))


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_any_stream_of_additions_and_subtractions_is_the_fit_of_what_is_left(data: st.DataObject) -> None:
    kept = make_ledger(40, seed=1)
    changing = make_ledger(40, seed=1)
    batches = data.draw(st.lists(st.tuples(st.integers(1, 9), st.integers(2, 50)), max_size=4))
    for size, seed in batches:
        features, labels, groups, users = examples(size, seed)
        changing.add(features, labels, groups=groups, users=users)
    for size, seed in data.draw(st.permutations(batches)):
        features, labels, groups, users = examples(size, seed)
        order = data.draw(st.permutations(range(size)))
        changing.subtract(
            features[order], labels[order], groups=[groups[n] for n in order], users=[users[n] for n in order]
        )
    assert changing.num_examples == 40
    assert_same_head(changing, kept)


@pytest.mark.parametrize("by_class", [False, True])
def test_a_user_is_forgotten_as_if_never_there(by_class: bool) -> None:
    features, labels, groups, users = examples(60, 0)
    others = [n for n in range(60) if users[n] != "u2"]
    wanted = Ledger(WIDTH, CLASSES, by_class=by_class)
    wanted.add(features[others], labels[others], groups=[groups[n] for n in others], users=[users[n] for n in others])
    found = make_ledger(60, by_class=by_class).without(user="u2")
    assert found.num_examples == len(others)
    assert_same_head(found, wanted)
    assert_same_head(found.merged(make_ledger(60, by_class=by_class).only(user="u2")), make_ledger(60))


def test_classes_kept_apart_can_be_taken_out_and_added() -> None:
    ledger = make_ledger(60, by_class=True)
    two = ledger.without(label=2)
    assert solve_ridge(two, penalty=0.1).linear.bias[2] == -30
    assert_same_head(two.merged(ledger.only(label=2)), ledger)
    wide = ledger.widened(4)
    wide.add(torch.randn(5, WIDTH) - 30, torch.full((5,), 3))
    head = solve_discriminant(wide, shrinkage=0.1)
    assert head(torch.full((1, WIDTH), -30.0)).argmax().item() == 3


def test_weights_of_groups_are_repetitions() -> None:
    ledger, twice = make_ledger(40), make_ledger(40)
    features, labels, groups, users = examples(40, 0)
    night = [n for n in range(40) if groups[n] == "night"]
    twice.add(features[night], labels[night], groups=["night"] * len(night), users=[users[n] for n in night])
    found = solve_ridge(ledger, penalty=0.1, weights={"night": 2.0})
    torch.testing.assert_close(weights(found), weights(solve_ridge(twice, penalty=0.1)))
    nobody = ledger.moments({"night": 0.0})
    assert int(nobody.count) == 40 - len(night)


@pytest.mark.parametrize("weight", [0.5, 0.1])
def test_only_the_proportions_of_weights_count(weight: float) -> None:
    ledger, lighter = make_ledger(41), {"day": weight, "night": weight}
    for solve in (partial(solve_ridge, penalty=0.1), partial(solve_discriminant, shrinkage=0.1)):
        found, wanted = weights(solve(ledger, weights=lighter)), weights(solve(ledger))
        # The discriminant counts degrees of freedom, n - K, so its covariance is larger for fewer examples.
        factor = 1.0 if solve.func is solve_ridge else (41 * weight - CLASSES) / (41 - CLASSES) / weight
        torch.testing.assert_close(found[:, :WIDTH], factor * wanted[:, :WIDTH], rtol=1e-5, atol=1e-6)


def test_with_the_features_every_choice_is_that_of_a_plain_fit() -> None:
    ledger = make_ledger(80)
    features, labels, _, _ = examples(80, 0)
    for fit in (fit_ridge, fit_discriminant, fit_nearest_mean):
        found = choose_head(ledger, features, labels, fit=fit)
        wanted = fit(features, labels, num_classes=CLASSES)
        torch.testing.assert_close(found.head(features), wanted.head(features), atol=1e-5, rtol=1e-5)
        for name in wanted.facts.keys() - {"seconds"}:
            assert float(found.facts[name]) == pytest.approx(float(wanted.facts[name]), rel=1e-6)


def test_many_labels() -> None:
    generator = torch.Generator().manual_seed(0)
    features = torch.randn(50, WIDTH, generator=generator)
    targets = (features[:, :CLASSES] > 0).long()
    ledger = Ledger(WIDTH, CLASSES, multi_label=True)
    ledger.add(features[:20], targets[:20])
    ledger.add(features[20:], targets[20:])
    wanted = fit_ridge(features, targets, num_classes=CLASSES, multi_label=True).head
    torch.testing.assert_close(choose_head(ledger, features, targets).head(features), wanted(features))
    for solve in (partial(solve_ridge, penalty=0.1), partial(solve_discriminant, shrinkage=0.1)):
        with pytest.raises(UsageError, match="one label"):
            solve(ledger)


def test_emptied_cells_leave_nothing() -> None:
    ledger = Ledger(WIDTH, CLASSES)
    features, labels, _, _ = examples(7, 0)
    ledger.add(features * 1e6, labels)
    ledger.subtract(features * 1e6, labels)
    assert list(ledger.cells()) == []
    with pytest.raises(UsageError, match="U445"):
        ledger.moments()


def test_cells_are_named_by_class_group_and_user() -> None:
    names = [cell for cell, _ in make_ledger(20, by_class=True).cells()]
    assert names == sorted(names)
    assert Cell(0, "day", "u0") in names or Cell(0, "day", "u2") in names


FEATURES, LABELS = torch.zeros(2, WIDTH), torch.tensor([0, 1])


@pytest.mark.parametrize(
    ("code", "call"),
    [
        ("U440", lambda _: Ledger(2, 2, multi_label=True, by_class=True)),
        ("U441", lambda ledger: ledger.merged(Ledger(WIDTH, CLASSES, source="other"))),
        ("U442", lambda ledger: ledger.widened(2)),
        ("U443", lambda ledger: ledger.moments({"dusk": 1.0})),
        ("U444", lambda ledger: ledger.moments({"day": -1.0})),
        ("U444", lambda ledger: ledger.moments({"day": float("nan")})),
        ("U446", lambda ledger: ledger.add(torch.zeros(2, WIDTH + 1), LABELS)),
        ("U447", lambda ledger: ledger.add(FEATURES, LABELS, users=["a"])),
        ("U448", lambda ledger: ledger.subtract(FEATURES, LABELS, users=["nobody", "u0"])),
        ("U449", lambda ledger: ledger.without()),
        ("U450", lambda ledger: ledger.without(label=1)),
        ("U451", lambda ledger: choose_head(ledger, FEATURES, LABELS)),
        ("U402", lambda ledger: ledger.add(FEATURES, torch.tensor([0, 7]))),
        ("M", lambda ledger: ledger.add(FEATURES / 0, LABELS)),
    ],
)
def test_wrong_use_is_one_line_and_changes_nothing(code: str, call: object) -> None:
    ledger = make_ledger(12)
    with pytest.raises(Exception, match=code):
        call(ledger)  # type: ignore[operator]
    assert_same_head(ledger, make_ledger(12))
