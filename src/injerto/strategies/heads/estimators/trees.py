"""scikit-learn's decision trees and forests as a `ForestHead`."""

from typing import ClassVar, final

import numpy as np
import torch
from sklearn.ensemble import ExtraTreesClassifier, RandomForestClassifier
from sklearn.tree import DecisionTreeClassifier, ExtraTreeClassifier

from injerto.strategies.heads.estimators.family import AbstractFamily, Estimator, Shape
from injerto.strategies.heads.forest import ForestHead, ForestSettings
from injerto.strategies.heads.head import AbstractHead
from injerto.strategies.heads.smoothing import TRACE


@final
class Trees(AbstractFamily):
    """One tree, or a forest whose probabilities are the mean of its trees'."""

    types: ClassVar[tuple[type, ...]] = (
        DecisionTreeClassifier,
        ExtraTreeClassifier,
        RandomForestClassifier,
        ExtraTreesClassifier,
    )

    def check_settings(self, estimator: Estimator) -> None:
        """Every setting decides the fit alone, which is over when a tree is stored."""

    def convert(self, estimator: Estimator, shape: Shape) -> AbstractHead:
        forest = isinstance(estimator, (RandomForestClassifier, ExtraTreesClassifier))
        trees = [member.tree_ for member in estimator.estimators_] if forest else [estimator.tree_]
        counts = np.array([tree.node_count for tree in trees])
        roots = np.cumsum(counts) - counts
        first = np.repeat(roots, counts)
        left = np.concatenate([tree.children_left for tree in trees])
        right = np.concatenate([tree.children_right for tree in trees])
        is_leaf = left < 0
        here = np.arange(len(left))
        shares = np.concatenate([tree.value[:, 0, :] for tree in trees])[is_leaf]
        all_shares = np.zeros((len(shares), shape.num_classes))
        all_shares[:, shape.present_K.numpy()] = shares / shares.sum(1, keepdims=True)
        with torch.device("meta"):
            head = ForestHead(
                ForestSettings(
                    num_features=shape.num_features,
                    num_classes=shape.num_classes,
                    num_trees=len(trees),
                    num_nodes=len(left),
                    num_leaves=len(shares),
                    depth=max(tree.max_depth for tree in trees),
                    smoothing=TRACE,
                )
            )
        arrays = {
            "root": roots,
            "feature": np.where(is_leaf, 0, np.concatenate([tree.feature for tree in trees])),
            "threshold": np.where(is_leaf, 0.0, np.concatenate([tree.threshold for tree in trees])),
            "left": np.where(is_leaf, here, left + first),
            "right": np.where(is_leaf, here, right + first),
            "leaf": np.where(is_leaf, np.cumsum(is_leaf) - 1, 0),
            "share": all_shares.astype(np.float32),
        }
        head.load_state_dict({name: torch.from_numpy(array) for name, array in arrays.items()}, assign=True)
        return head
