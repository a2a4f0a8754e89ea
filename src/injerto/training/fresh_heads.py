"""Heads before they learn: from random weights, drawn from the plan's seed."""

from collections.abc import Callable, Sequence

from torch import Tensor

from injerto.backbones.backbone import AbstractBackbone
from injerto.backbones.speech.letters import starts_from_letters
from injerto.core.plan import Plan
from injerto.core.seeds import derive_seed, seeded
from injerto.strategies.heads.ctc import CtcHead, CtcSettings
from injerto.strategies.heads.feature_pyramid import FeaturePyramidHead, FeaturePyramidSettings, write_maps
from injerto.strategies.heads.head import AbstractHead
from injerto.strategies.heads.ladder import LadderHead
from injerto.strategies.heads.linear import LinearHead
from injerto.strategies.heads.mlp import MlpHead
from injerto.strategies.heads.queries import QueryHead, QuerySettings


def make_fresh_head(
    plan: Plan, backbone: AbstractBackbone, *, labels: Sequence[str], features: Callable[[], Tensor]
) -> AbstractHead:
    """The head that the plan names; `features` gives those of the training split, where a head starts from them."""
    num_features, options = backbone.num_features(plan.pool), plan.head_options
    num_classes = len(labels)
    with seeded(derive_seed(plan.seed, "head")):
        if plan.head == "ctc":
            own, recurrent = backbone.source_letters, int(options.get("recurrent", 0))
            if own is None or recurrent or not starts_from_letters(own, labels):
                dropout = float(options.get("dropout", 0.0))
                settings = CtcSettings(
                    num_features=num_features, num_classes=num_classes + 1, recurrent=recurrent, dropout=dropout
                )
                return CtcHead(settings)
            return CtcHead.from_letters(own.weight_VC, own.bias_V, known=own.characters, labels=labels)
        if plan.head == "ladder":
            return LadderHead.from_features(
                features(),
                widths=tuple(backbone.taps.values()),
                num_classes=num_classes,
                rungs=int(options.get("rungs", 64)),
                dropout=float(options.get("dropout", 0.0)),
            )
        if plan.head == "mlp":
            return MlpHead(
                num_features,
                num_classes,
                width=int(options.get("width", 1024)),
                dropout=float(options.get("dropout", 0.0)),
            )
        if plan.head == "feature-pyramid":
            return FeaturePyramidHead(
                FeaturePyramidSettings(
                    num_features=num_features,
                    num_classes=num_classes,
                    maps=write_maps(backbone.map_shapes),
                    width=int(options.get("width", 64)),
                    depth=int(options.get("depth", 1)),
                )
            )
        if plan.head == "queries":
            queries = backbone.map_shapes[0][2]
            return QueryHead(QuerySettings(num_features=num_features, num_classes=num_classes, num_queries=queries))
        return LinearHead(num_features, num_classes)
