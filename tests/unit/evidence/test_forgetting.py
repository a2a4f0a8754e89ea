"""What is left of the old function: all of it in an untouched network, little in a ruined one."""

from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
import timm
import torch

import injerto
from injerto.artifacts.model import Model
from injerto.backbones.loading import load_backbone
from injerto.core.progress import Silent
from injerto.evidence.control import Trial
from injerto.evidence.forgetting import measure_forgetting
from injerto.strategies.heads.linear import LinearHead
from injerto.workflow.ready import DataOptions, read_ready
from injerto.workflow.rule import plan_by_rule


@pytest.fixture(scope="module")
def classifier(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small network with a classifier of twelve classes."""
    folder = tmp_path_factory.mktemp("classifier")
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(3)
        network = timm.create_model(
            "test_resnet", num_classes=12, pretrained_cfg_overlay={"input_size": (3, 32, 32)}, zero_init_last=False
        )
        torch.nn.init.normal_(network.get_classifier().weight)
    timm.models.save_for_hf(network, str(folder), safe_serialization=True)
    return folder


def make_trial(pictures: Path, folder: Path) -> tuple[Trial, Model]:
    ready = read_ready(pictures, DataOptions(), 0, Silent())
    plan, backbone = plan_by_rule(ready, str(folder), "full", None, 0, "cpu", None)
    model = Model(
        task_name=ready.task_name,
        task=ready.task(),
        backbone=backbone,
        head=LinearHead(backbone.num_features(), 3),
        labels=ready.data.labels,
        multi_label=False,
        pool="pooled",
        backbone_changed=True,
    )
    trial = Trial(
        plan=plan,
        task=ready.task(),
        data=ready.data,
        splits=replace(ready.splits, tune=ready.splits.train),
        load_backbone=partial(load_backbone, plan.backbone, seed=0),
        store=None,
        reporter=Silent(),
    )
    return trial, model


def test_an_untouched_network_agrees_with_itself_and_a_ruined_one_does_not(pictures: Path, classifier: Path) -> None:
    trial, model = make_trial(pictures, classifier)
    whole = measure_forgetting(model, trial)
    assert whole is not None
    assert whole.agreement.value == 1
    assert whole.num_classes == 12
    with torch.no_grad():
        for number, parameter in enumerate(model.backbone.network.parameters()):
            parameter.copy_(torch.randn(parameter.shape, generator=torch.Generator().manual_seed(number)))
    ruined = measure_forgetting(model, trial)
    assert ruined is not None
    assert ruined.agreement.high < 1
    assert ruined.agreement.value < 0.8
    assert 0 <= ruined.by_chance <= 1


def test_nothing_is_said_of_a_frozen_network_or_one_without_a_classifier(
    pictures: Path, classifier: Path, network_folder: Path
) -> None:
    trial, model = make_trial(pictures, classifier)
    model.backbone_changed = False
    assert measure_forgetting(model, trial) is None
    trial, model = make_trial(pictures, network_folder)
    assert measure_forgetting(model, trial) is None


def test_a_fine_tuning_says_what_it_forgot(pictures: Path, classifier: Path) -> None:
    run = injerto.fit(pictures, backbone=str(classifier), strategy="full", epochs=1, device="cpu", fallback=False)
    found = run.evidence.forgetting
    assert found is not None
    assert "12 classes" in found.sentence
    assert found.agreement.num_examples == run.outcome.num_tune
