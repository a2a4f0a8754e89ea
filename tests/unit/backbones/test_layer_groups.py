import torch
from torch import Tensor, nn

from injerto.backbones.layer_groups import find_tap_modules, make_layer_groups, tapped, trace_forward


class Odd(nn.Module):
    """Declared in another order than it runs; a bare parameter, an activation in place, a module never called."""

    def __init__(self) -> None:
        super().__init__()
        self.last = nn.Linear(3, 4)
        self.idle = nn.Linear(2, 2)
        self.token = nn.Parameter(torch.ones(3))
        self.first = nn.Linear(2, 3)
        self.act = nn.ReLU(inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        return self.last(self.act(self.first(x)) + self.token)


def groups_of(network: Odd):
    x = torch.randn(5, 2, generator=torch.Generator().manual_seed(0))
    trace = trace_forward(network, lambda: network(x), lambda y: y, batch_size=5)
    numbers = {"last.weight": 0, "last.bias": 0, "idle.weight": 1, "idle.bias": 1, "token": 2}
    return make_layer_groups(network, trace, numbers | {"first.weight": 3, "first.bias": 3}), trace, x


def test_groups_come_in_the_order_of_the_forward() -> None:
    groups, _, _ = groups_of(Odd())
    assert [group.modules for group in groups] == [(), (), ("first", "act"), ("last",)]
    expected = [("token",), ("first.weight", "first.bias"), ("last.weight", "last.bias")]
    assert [group.parameters for group in groups[1:]] == expected
    assert [group.num_parameters for group in groups] == [6, 3, 9, 16]


def test_group_without_a_module_has_no_tap() -> None:
    groups, trace, _ = groups_of(Odd())
    assert find_tap_modules(groups, trace) == {"first": "act", "last": "last"}


def test_tap_is_read_before_the_next_layer_writes_over_it() -> None:
    network = Odd()
    _, _, x = groups_of(network)
    with torch.no_grad():
        expected = network.first(x)
        with tapped(network, {"first": "first"}, lambda _tap, output: output.sum(1)) as found:
            network(x)
    assert torch.equal(found["first"], expected.sum(1))
    assert (expected < 0).any()


def test_hooks_are_gone_after_an_error() -> None:
    network = Odd()
    try:
        with tapped(network, {"first": "first"}, lambda _tap, output: output):
            network(torch.zeros(1, 7))
    except RuntimeError:
        pass
    assert not network.first._forward_hooks
