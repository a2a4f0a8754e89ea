"""The rules of the first plan, and what it refuses."""

from pathlib import Path

import pytest

from injerto.backbones.loading import load_backbone
from injerto.core.errors import UsageError
from injerto.core.plan import Basis, Plan
from injerto.core.survey import Modality
from injerto.data.reading import read_data
from injerto.data.splitting import make_splits
from injerto.planning.default_plan import choose_backbone_name, make_plan


def planned(pictures: Path, folder: Path, strategy: str | None, *, device: str = "cpu") -> Plan:
    data = read_data(pictures)
    return make_plan(
        task="image-classification",
        data=data,
        splits=make_splits(data, seed=0),
        backbone=load_backbone(str(folder)),
        backbone_reason=choose_backbone_name(str(folder), Modality.IMAGE)[1],
        strategy=strategy,
        epochs=None,
        seed=0,
        device=device,
    )


@pytest.mark.parametrize(("device", "basis"), [("cpu", Basis.COMPUTE), ("cuda", Basis.DATA_QUANTITY)])
def test_few_examples_or_no_gpu_keep_the_backbone_frozen(
    pictures: Path, network_folder: Path, device: str, basis: Basis
) -> None:
    plan = planned(pictures, network_folder, None, device=device)
    assert plan.strategy == "linear-probe"
    assert [reason.basis for reason in plan.reasons if reason.field == "strategy"] == [basis]


def test_what_was_asked_for_says_so(pictures: Path, network_folder: Path) -> None:
    plan = planned(pictures, network_folder, "last-2")
    assert plan.strategy == "last-2"
    assert {reason.basis for reason in plan.reasons} == {Basis.USER}


@pytest.mark.parametrize("strategy", ["last-{}", "lora:groups={}"])
def test_more_layer_groups_than_there_are_is_refused(pictures: Path, network_folder: Path, strategy: str) -> None:
    num_groups = len(load_backbone(str(network_folder)).layer_groups)
    assert planned(pictures, network_folder, strategy.format(num_groups)).phases[-1].num_groups == num_groups
    with pytest.raises(UsageError, match=rf"U515.*last {num_groups + 1} layer groups.* has {num_groups}"):
        planned(pictures, network_folder, strategy.format(num_groups + 1))
