"""Signed, mergeable sums over examples, one set for each class, group and user."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, final

import torch
from torch import Tensor

from injerto.core.errors import UsageError
from injerto.strategies.heads.examples import Examples, check_examples
from injerto.strategies.heads.moments import Moments


@final
@dataclass(frozen=True, order=True, slots=True)
class Cell:
    """Whose examples a set of sums is over."""

    label: int = -1
    """Class index; -1 where the ledger does not keep classes apart."""
    group: str = ""
    user: str = ""


@final
class Ledger:
    """Sums over examples, by which heads are solved without them.

    Args:
        num_features: length of a feature vector.
        num_classes: length of a target.
        multi_label: whether targets are 0/1 matrices instead of class indices.
        by_class: keeps the products of each class apart, so that a class can be taken out; memory grows with classes.
        source: digest of what made the features (`StoreKey.digest`); ledgers of different sources do not add.

    >>> ledger = Ledger(num_features=2, num_classes=2)
    >>> ledger.add(torch.tensor([[0.0, 1.0], [1.0, 0.0]]), torch.tensor([0, 1]), users=["ana", "ben"])
    >>> ledger.without(user="ben").num_examples
    1
    """

    def __init__(
        self,
        num_features: int,
        num_classes: int,
        *,
        multi_label: bool = False,
        by_class: bool = False,
        source: str = "",
    ) -> None:
        if by_class and multi_label:
            raise UsageError("ledger-by-class")
        self.num_features: Final = num_features
        self.num_classes: Final = num_classes
        self.multi_label: Final = multi_label
        self.by_class: Final = by_class
        self.source: Final = source
        self._cells: dict[Cell, Moments] = {}

    @property
    def num_examples(self) -> int:
        """Examples that were added and not subtracted."""
        return sum(int(moments.count) for moments in self._cells.values())

    def cells(self) -> Iterator[tuple[Cell, Moments]]:
        """Every cell that holds examples, in order."""
        yield from sorted(self._cells.items())

    def add(
        self,
        features: Tensor,
        targets: Tensor,
        *,
        groups: Sequence[str] | None = None,
        users: Sequence[str] | None = None,
    ) -> None:
        """Count examples in: features of shape (examples, `num_features`), targets as those of `fit_ridge`.

        `groups` and `users` name one for each example. Raises `UsageError` where lengths, shapes or labels do not fit,
        `ModelError` where features are not finite; nothing was added then.
        """
        self._change(features, targets, groups, users, sign=1)

    def subtract(
        self,
        features: Tensor,
        targets: Tensor,
        *,
        groups: Sequence[str] | None = None,
        users: Sequence[str] | None = None,
    ) -> None:
        """Count examples out that were counted in under the same group, user and targets; see `add`.

        Raises `UsageError` where a class, group or user would be left with fewer than no examples.
        """
        self._change(features, targets, groups, users, sign=-1)

    def merged(self, other: "Ledger") -> "Ledger":
        """Both ledgers' examples; raises `UsageError` where they were made in different ways."""
        if self._kind() != other._kind():
            raise UsageError("ledger-kinds", left=self._describe(), right=other._describe())
        result = self._with_cells(self._cells)
        for cell, moments in other._cells.items():
            result._put(cell, result._get(cell).plus(moments))
        return result

    def widened(self, num_classes: int) -> "Ledger":
        """The same examples among more classes, the new ones last."""
        if num_classes < self.num_classes:
            raise UsageError("ledger-widen", found=num_classes, least=self.num_classes)
        result = Ledger(
            self.num_features,
            num_classes,
            multi_label=self.multi_label,
            by_class=self.by_class,
            source=self.source,
        )
        more = num_classes - self.num_classes
        for cell, moments in self._cells.items():
            result._cells[cell] = Moments(
                count=moments.count,
                sum_D=moments.sum_D,
                product_DD=moments.product_DD,
                label_C=torch.nn.functional.pad(moments.label_C, (0, more)),
                cross_DC=torch.nn.functional.pad(moments.cross_DC, (0, more)),
            )
        return result

    def only(self, *, label: int | None = None, group: str | None = None, user: str | None = None) -> "Ledger":
        """The examples of a class, a group, a user, or what is all of those that are given."""
        return self._with_cells({c: m for c, m in self._cells.items() if self._is_in(c, label, group, user)})

    def without(self, *, label: int | None = None, group: str | None = None, user: str | None = None) -> "Ledger":
        """All other examples, exactly as if these had never been added."""
        return self._with_cells({c: m for c, m in self._cells.items() if not self._is_in(c, label, group, user)})

    def moments(self, weights: Mapping[str, float] | None = None) -> Moments:
        """The sums over all cells, each group's times its weight, which is 1 unless given.

        Raises `UsageError` for an unknown group, a negative weight, and where no example is left.
        """
        weights = weights or {}
        if unknown := weights.keys() - {cell.group for cell in self._cells}:
            raise UsageError("ledger-group", group=sorted(unknown)[0])
        if bad := [group for group, weight in weights.items() if not 0 <= weight < float("inf")]:
            raise UsageError("ledger-weight", group=bad[0], weight=weights[bad[0]])
        total = Moments.zeros(self.num_features, self.num_classes)
        for cell, moments in self.cells():
            total = total.plus(moments, weight=weights.get(cell.group, 1.0))
        if float(total.count) <= 0:
            raise UsageError("ledger-empty")
        return total

    def _change(
        self,
        features: Tensor,
        targets: Tensor,
        groups: Sequence[str] | None,
        users: Sequence[str] | None,
        *,
        sign: int,
    ) -> None:
        examples = check_examples(features, targets, num_classes=self.num_classes, multi_label=self.multi_label)
        if features.shape[1] != self.num_features:
            raise UsageError("ledger-features", found=features.shape[1], expected=self.num_features)
        for name, given in (("groups", groups), ("users", users)):
            if given is not None and len(given) != len(features):
                raise UsageError("ledger-names", what=name, found=len(given), expected=len(features))
        changed: dict[Cell, Moments] = {}
        for cell, rows in self._by_cell(examples, groups, users).items():
            part = Examples(
                features=examples.features[rows], targets=examples.targets[rows], multi_label=self.multi_label
            )
            changed[cell] = self._get(cell).plus(Moments.of(part), weight=sign)
            if float(changed[cell].count) < 0 or bool((changed[cell].label_C < 0).any()):
                raise UsageError("ledger-negative", group=cell.group or "-", user=cell.user or "-")
        for cell, moments in changed.items():
            self._put(cell, moments)

    def _by_cell(
        self, examples: Examples, groups: Sequence[str] | None, users: Sequence[str] | None
    ) -> dict[Cell, list[int]]:
        labels = examples.labels.tolist() if self.by_class else None
        rows: dict[Cell, list[int]] = {}
        for row in range(len(examples)):
            cell = Cell(labels[row] if labels else -1, groups[row] if groups else "", users[row] if users else "")
            rows.setdefault(cell, []).append(row)
        return rows

    def _is_in(self, cell: Cell, label: int | None, group: str | None, user: str | None) -> bool:
        if label is None and group is None and user is None:
            raise UsageError("ledger-nobody")
        if label is not None and not self.by_class:
            raise UsageError("ledger-no-classes")
        asked = ((label, cell.label), (group, cell.group), (user, cell.user))
        return all(wanted is None or wanted == found for wanted, found in asked)

    def _get(self, cell: Cell) -> Moments:
        return self._cells.get(cell) or Moments.zeros(self.num_features, self.num_classes)

    def set_cell(self, cell: Cell, moments: Moments) -> None:
        """Give a cell its sums as they are, for what reads them back from a file."""
        self._put(cell, moments)

    def _put(self, cell: Cell, moments: Moments) -> None:
        if float(moments.count):
            self._cells[cell] = moments
        else:
            self._cells.pop(cell, None)  # Rounding that was left of them would stay for ever.

    def _with_cells(self, cells: Mapping[Cell, Moments]) -> "Ledger":
        result = Ledger(
            self.num_features,
            self.num_classes,
            multi_label=self.multi_label,
            by_class=self.by_class,
            source=self.source,
        )
        result._cells = dict(cells)
        return result

    def _kind(self) -> tuple[int, int, bool, bool, str]:
        return self.num_features, self.num_classes, self.multi_label, self.by_class, self.source

    def _describe(self) -> str:
        kind = "many labels" if self.multi_label else "one label"
        apart = ", classes apart" if self.by_class else ""
        source = f", source {self.source[:8]}" if self.source else ""
        return f"{self.num_features} features, {self.num_classes} classes, {kind}{apart}{source}"
