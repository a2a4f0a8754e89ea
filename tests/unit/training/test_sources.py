import torch
from torch import nn

from injerto.core.seeds import seeded
from injerto.training.sources import Disturbance, FeatureSource


def test_nothing_is_disturbed_unless_asked() -> None:
    values = torch.randn(4, 3)
    assert torch.equal(Disturbance().apply(values), values)


def test_noise_is_as_large_as_asked_and_the_seed_repeats_it() -> None:
    values = 5 * torch.randn(1000, 20)
    found = []
    for _ in range(2):
        with seeded(3):
            found.append(Disturbance(noise=0.3).apply(values))
    assert torch.equal(*found)
    assert 0.29 < float((found[0] - values).std() / values.std()) < 0.31


def test_a_mixture_is_of_two_examples() -> None:
    values = torch.tensor([[0.0], [10.0]])
    mixed = Disturbance(share=0.8, others=torch.tensor([1, 0])).apply(values)
    torch.testing.assert_close(mixed, torch.tensor([[2.0], [8.0]]))


def test_views_are_taken_in_turn_and_evaluation_sees_the_example_itself() -> None:
    plain, views = torch.zeros(3, 1), [torch.full((3, 1), float(number)) for number in (1, 2)]
    head = nn.Linear(1, 1)
    nn.init.ones_(head.weight)
    nn.init.zeros_(head.bias)
    source = FeatureSource(plain, head, views=views)
    seen = [source.score([0], view=epoch).item() for epoch in range(4)]
    assert seen == [1, 2, 1, 2]
    assert source.score([0]).item() == 0
