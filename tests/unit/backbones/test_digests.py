import torch
from torch import nn

from injerto.backbones.digests import digest_network
from injerto.core.seeds import seeded


def small() -> nn.Module:
    with seeded(0):
        return nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3))


def test_digest_names_values_shapes_and_settings() -> None:
    expected = digest_network(small(), {"heads": 2})
    assert digest_network(small(), {"heads": 2}) == expected
    assert digest_network(small(), {"heads": 4}) != expected

    changed = small()
    with torch.no_grad():
        changed[0].weight[0, 0] += 1e-6
    assert digest_network(changed, {"heads": 2}) != expected

    statistics = small()
    statistics[1].running_mean += 1
    assert digest_network(statistics, {"heads": 2}) != expected


def test_half_precision_values_have_the_digest_of_what_is_in_memory() -> None:
    rounded = small()
    rounded.load_state_dict({name: tensor.half() for name, tensor in small().state_dict().items()})
    again = small()
    again.load_state_dict({name: tensor.half().float() for name, tensor in small().state_dict().items()})
    assert digest_network(rounded, {}) == digest_network(again, {})


def test_counter_of_a_batch_norm_does_not_count() -> None:
    counted = small()
    counted[1].num_batches_tracked += 5
    assert digest_network(counted, {}) == digest_network(small(), {})
