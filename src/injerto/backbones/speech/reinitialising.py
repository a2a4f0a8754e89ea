"""The last layers of a network drawn anew, as DeepSpeech's own recipe of transfer does it."""

from torch import nn

from injerto.backbones.backbone import AbstractBackbone
from injerto.core.errors import UsageError
from injerto.core.seeds import seeded


def reinitialise_last(backbone: AbstractBackbone, number: int, *, seed: int) -> None:
    """Give the last `number` layer groups the random weights of a new network.

    Layers near the output know the letters of the source's language, those near the input its sounds (Kunze et al.
    2017, arXiv 1706.00290). Raises `UsageError` where there are not as many groups.
    """
    if not 0 < number <= len(backbone.layer_groups):
        raise UsageError(
            "groups-too-many",
            strategy=f"reinitialise_last {number}",
            asked=number,
            backbone=backbone.card.name,
            num_groups=len(backbone.layer_groups),
        )
    with seeded(seed):
        for group in backbone.layer_groups[-number:]:
            for name in group.modules:
                for module in backbone.network.get_submodule(name).modules():
                    if isinstance(module, nn.Linear | nn.LSTM | nn.Conv1d | nn.Conv2d | nn.LayerNorm | nn.BatchNorm1d):
                        module.reset_parameters()
