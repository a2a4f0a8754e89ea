"""What a candidate takes is timed without changing it, and what is computed on the way is kept."""

from pathlib import Path

import pytest
import torch

from injerto.activations.reading import compute_features
from injerto.activations.store.store import ActivationStore
from injerto.backbones.backbone import AbstractBackbone
from injerto.backbones.loading import load_backbone
from injerto.core.outcome import RuntimeChoice
from injerto.core.plan import Phase, Plan
from injerto.core.progress import Collecting, Silent
from injerto.data.items import ImageFile
from injerto.planning.timing import count_flops, scale_timing, time_candidate, time_training


@pytest.fixture
def backbone(network_folder: Path) -> AbstractBackbone:
    return load_backbone(str(network_folder))


@pytest.fixture
def items(pictures: Path) -> list[ImageFile]:
    return [ImageFile(path) for path in sorted(pictures.rglob("*.png"))]


def test_operations_of_a_convolution_are_counted_in_closed_form(items: list[ImageFile]) -> None:
    small = load_backbone("timm:test_resnet", pretrained=False)
    counted = count_flops(small, items[0])
    side = small.prepare(items[:1])["x"].shape[-1]
    first = next(module for module in small.network.modules() if isinstance(module, torch.nn.Conv2d))
    out = side // first.stride[0]
    assert counted > 2 * first.weight.numel() * out * out


def test_what_is_timed_is_stored_and_counted(backbone: AbstractBackbone, items: list[ImageFile]) -> None:
    store = ActivationStore()
    timing = time_candidate(backbone, items, store=store)
    assert timing.pass_speed.num_missing == len(items)
    assert timing.count_missing(30) == 30
    assert timing.pass_speed.num_timed == len(items) // 4
    speed = timing.pass_speed
    assert timing.predict_running(40) == pytest.approx(speed.setup_seconds + 30 * speed.seconds_per_item)
    watching = Collecting(Silent(), RuntimeChoice)
    compute_features(backbone, items, pool="taps", store=store, reporter=watching)
    assert sum(choice.num_items for choice in watching.found) == len(items) - len(items) // 4
    assert time_candidate(backbone, items, store=store).pass_speed.num_missing == 0


@pytest.mark.parametrize("trains", ["norm-bias", "lora", "all"])
def test_a_timed_step_leaves_the_network_as_it_was(
    backbone: AbstractBackbone, items: list[ImageFile], trains: str
) -> None:
    before = {name: value.clone() for name, value in backbone.network.state_dict().items()}
    phase = Phase.model_validate({"name": "x", "trains": trains, "epochs": 3, "augment": "crop", "batch_size": 4})
    plan = Plan(task="t", backbone=backbone.spec, strategy="x", head="linear", phases=(phase,))
    step = time_training(backbone, plan, items)
    assert min(step.training, step.looking, step.saved_bytes, step.num_trained) > 0
    after = backbone.network.state_dict()
    assert before.keys() == after.keys()
    assert all(torch.equal(before[name], after[name]) for name in before)


def test_less_that_trains_is_counted_as_less(backbone: AbstractBackbone, items: list[ImageFile]) -> None:
    def trained(trains: str) -> int:
        phase = Phase.model_validate({"name": "x", "trains": trains, "epochs": 1})
        plan = Plan(task="t", backbone=backbone.spec, strategy="x", head="linear", phases=(phase,))
        return time_training(backbone, plan, items[:4]).num_trained

    assert trained("norm-bias") < trained("all") == sum(p.numel() for p in backbone.network.parameters())


def test_a_candidate_without_time_is_scaled_by_its_operations(
    backbone: AbstractBackbone, items: list[ImageFile]
) -> None:
    known = time_candidate(backbone, items, store=ActivationStore())
    same = scale_timing(known, backbone, items)
    assert not same.is_timed
    assert same.pass_speed.seconds_per_item == pytest.approx(known.pass_speed.seconds_per_item)
