"""Which rate a network that writes texts is trained at."""

from pathlib import Path

import pytest
from sequence_networks import save_sequence_network

from injerto.backbones.sequences.loading import load_sequence_backbone
from injerto.core.plan import Basis, Reason
from injerto.planning import sequence_plan
from injerto.planning.sequence_plan import make_sequence_plan


@pytest.mark.parametrize(
    ("strategy", "rate"),
    [
        ("full", 2e-5),
        ("full:rate=0", 2e-5),
        ("full:rate=0.001", 1e-3),
        ("lora", 2e-4),
        ("lora:rate=0.001", 1e-3),
        ("last-1:rate=0.5", 0.5),
    ],
)
def test_a_large_network_takes_the_published_rate_unless_another_is_asked_for(
    strategy: str, rate: float, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sequence_plan, "_LARGE", 0)
    plan = make_sequence_plan(
        task="text-generation",
        backbone=load_sequence_backbone(str(save_sequence_network("gpt2", tmp_path / "gpt2")), kind="causal"),
        backbone_reason=Reason(field="backbone", choice="", basis=Basis.USER, because=""),
        strategy=strategy,
        num_train=20,
        num_tune=4,
        row_length=24,
        epochs=1,
        seed=0,
        device="cpu",
        minimum_effect=0.01,
    )
    assert plan.phases[-1].backbone_rate == rate
