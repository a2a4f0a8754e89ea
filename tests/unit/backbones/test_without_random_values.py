from pathlib import Path

import torch

from injerto.backbones.loading import load_backbone
from injerto.backbones.without_random_values import WithoutRandomValues


def test_initialisers_leave_what_was_there() -> None:
    with WithoutRandomValues():
        values = torch.full((3, 4), 7.0)
        torch.nn.init.kaiming_uniform_(values)
        torch.nn.init.normal_(values)
        assert values.eq(7).all()
        assert torch.randn(50).std() > 0  # What is drawn for its own sake is drawn.


def test_a_network_from_a_file_needs_no_random_number(network_folder: Path) -> None:
    torch.manual_seed(0)
    expected = torch.rand(3)
    torch.manual_seed(0)
    first = load_backbone(str(network_folder))
    assert torch.equal(torch.rand(3), expected)
    assert first.digest == load_backbone(str(network_folder)).digest
