"""Decision trees, one or many, as arrays: every tree is walked at once, in as many steps as the deepest is deep."""

# B examples, T trees, M nodes of all trees, L leaves, C classes.

from collections.abc import Mapping
from typing import Final, Self, final

import torch
from pydantic import Field
from torch import Tensor

from injerto.strategies.heads.head import AbstractHead, HeadSettings, heads
from injerto.strategies.heads.smoothing import Smoothing, log_shares


@final
class ForestSettings(HeadSettings):
    """The settings of a `ForestHead`."""

    num_trees: int = Field(ge=1, le=1 << 20)
    num_nodes: int = Field(ge=1, le=1 << 31, description="nodes of all trees together, leaves included")
    num_leaves: int = Field(ge=1, le=1 << 31)
    depth: int = Field(ge=0, le=1 << 12, description="splits on the longest way from a root to a leaf")
    smoothing: Smoothing


@final
@heads.register
class ForestHead(AbstractHead):
    """Scores = log of the smoothed mean of the trees' class shares.

    Node m asks whether feature `feature[m]`, in float32, is at most `threshold[m]`, and goes to `left[m]` if so, else
    to `right[m]`. A leaf goes to itself, so that all trees can take the same number of steps; its class shares are row
    `leaf[m]` of `share`. Elsewhere `leaf` is 0 and not read.
    """

    root: Tensor
    feature: Tensor
    threshold: Tensor
    left: Tensor
    right: Tensor
    leaf: Tensor
    share: Tensor

    def __init__(self, options: ForestSettings) -> None:
        super().__init__(options)
        self.options: Final = options
        self.register_buffer("root", torch.zeros(options.num_trees, dtype=torch.int64))
        for name in ("feature", "left", "right", "leaf"):
            self.register_buffer(name, torch.zeros(options.num_nodes, dtype=torch.int64))
        self.register_buffer("threshold", torch.zeros(options.num_nodes, dtype=torch.float64))
        self.register_buffer("share", torch.zeros(options.num_leaves, options.num_classes))

    @classmethod
    def from_settings(cls, settings: Mapping[str, object]) -> Self:
        return cls(ForestSettings.model_validate(settings, strict=True))

    @torch.no_grad()
    def forward(self, features: Tensor) -> Tensor:
        # scikit-learn compares float32 features with float64 thresholds; so must we, to take the same branches.
        x_BD = features.float()
        node_BT = self.root.expand(len(x_BD), -1)
        for _ in range(self.options.depth):
            low_BT = x_BD.gather(1, self.feature[node_BT]) <= self.threshold[node_BT]
            node_BT = torch.where(low_BT, self.left[node_BT], self.right[node_BT])
        leaf_BT = self.leaf[node_BT]
        share_BC = torch.zeros(len(x_BD), self.num_classes, dtype=torch.float64, device=x_BD.device)
        for tree in range(self.options.num_trees):  # One tree at a time: (batch, trees, classes) would be large.
            share_BC += self.share[leaf_BT[:, tree]]
        return log_shares(share_BC / self.options.num_trees, self.options.smoothing).to(self.share.dtype)

    def faulty_tensor(self) -> str | None:
        """Every index in bounds, children after parents, one parent a node, no share below 0, depth as told."""
        num_nodes, here = self.options.num_nodes, torch.arange(self.options.num_nodes, device=self.root.device)
        is_leaf = (self.left == here) & (self.right == here)
        bounds = {
            "root": (self.root, num_nodes),
            "feature": (self.feature, self.num_features),
            "left": (self.left, num_nodes),
            "right": (self.right, num_nodes),
            "leaf": (self.leaf, self.options.num_leaves),
        }
        for name, (index, end) in bounds.items():
            if not bool(((index >= 0) & (index < end)).all()):
                return name
        for name, child in (("left", self.left), ("right", self.right)):
            if not bool((is_leaf | (child > here)).all()):
                return name
        if not bool((self.share >= 0).all()) or bool((self.share.sum(1) - 1).abs().amax() > 1e-3):
            return "share"
        children = torch.cat([self.left[~is_leaf], self.right[~is_leaf]])
        parents = torch.bincount(torch.cat([children, self.root]), minlength=num_nodes)
        if not bool((parents == 1).all()):
            return "right"
        return super().faulty_tensor() or (None if self._reaches_leaves(is_leaf) else "left")

    def _reaches_leaves(self, is_leaf: Tensor) -> bool:
        """Whether `depth` steps end in a leaf on every way; cheap, since each node is visited once."""
        level = self.root
        for _ in range(self.options.depth):
            level = level[~is_leaf[level]]
            level = torch.cat([self.left[level], self.right[level]])
        return bool(is_leaf[level].all())
