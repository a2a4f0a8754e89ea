from pathlib import Path

import torch

from injerto.activations.prefix_digest import digest_prefix
from injerto.backbones.loading import load_backbone


def test_a_changed_weight_is_another_entry(network_folder: Path) -> None:
    backbone = load_backbone(str(network_folder))
    before = digest_prefix(backbone), digest_prefix(backbone, 1)
    with torch.no_grad():
        dict(backbone.network.named_parameters())[backbone.layer_groups[-1].parameters[0]].add_(1)
    after = digest_prefix(backbone), digest_prefix(backbone, 1)
    assert after[0] != before[0]
    assert after[1] == before[1]


def test_a_changed_statistic_is_another_entry(network_folder: Path) -> None:
    backbone = load_backbone(str(network_folder))
    before = digest_prefix(backbone)
    next(value for name, value in backbone.network.named_buffers() if "running_mean" in name).add_(1)
    assert digest_prefix(backbone) != before


def test_a_write_that_no_counter_sees_is_another_entry_until_it_is_taken_back(network_folder: Path) -> None:
    backbone = load_backbone(str(network_folder))
    weight = next(backbone.network.parameters())
    before = digest_prefix(backbone)
    kept = weight.data.clone()
    weight.data.add_(1e-6)
    assert digest_prefix(backbone) != before
    weight.data.copy_(kept)
    assert digest_prefix(backbone) == before


def test_equal_values_of_another_shape_are_another_entry(network_folder: Path) -> None:
    backbone = load_backbone(str(network_folder))
    before = digest_prefix(backbone)
    name, weight = next((n, w) for n, w in backbone.network.named_parameters() if w.ndim == 4)
    owner = backbone.network.get_submodule(name.rpartition(".")[0])
    owner.weight = torch.nn.Parameter(weight.detach().reshape(weight.shape[0], -1, 1, 1))
    assert digest_prefix(backbone) != before
