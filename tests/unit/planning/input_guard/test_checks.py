"""The checkpoint's own contract: planted wrong beside weights whose statistics are known, and left right."""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import timm
import torch

from injerto.backbones.backbone import AbstractBackbone
from injerto.backbones.loading import load_backbone
from injerto.core.provenance import ImageContract
from injerto.core.seeds import seeded
from injerto.data.items import ImageArray, Text
from injerto.planning.input_guard.checks import Question, check_backbone_inputs
from injerto.planning.input_guard.named.neighbours import compare_neighbours
from injerto.planning.input_guard.training_pixels import read_training_pixels

MEAN, SPREAD = torch.tensor([0.485, 0.456, 0.406]), 0.26
HALF = ((0.5, 0.5, 0.5), (0.5, 0.5, 0.5))
IMAGENET = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
PLAIN = ((0.0, 0.0, 0.0), (1.0, 1.0, 1.0))
BYTES = ((0.0, 0.0, 0.0), (1 / 255, 1 / 255, 1 / 255))
SEEDS = range(3)
Constants = tuple[tuple[float, ...], tuple[float, ...]]


def _pictures(seed: int, *, number: int = 8, dark: bool = False) -> list[ImageArray]:
    generator = np.random.default_rng(seed)
    pixels = generator.integers(0, 30 if dark else 256, (number, 32, 32, 3), dtype=np.uint8)
    return [ImageArray(picture, where=f"{n}") for n, picture in enumerate(pixels)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("statistics")
    with seeded(0):
        network = timm.create_model("test_resnet", num_classes=0, pretrained_cfg_overlay={"input_size": (3, 32, 32)})
    timm.models.save_for_hf(network, str(folder), safe_serialization=True)
    return folder


def _backbone(folder: Path, *, true: Constants, said: Constants, seed: int = 0, swap: bool = False) -> AbstractBackbone:
    """The first norm holds what photographs normalised by `true` would have left in it."""
    backbone = load_backbone(str(folder))
    modules = list(backbone.network.modules())
    convolution: Any = next(module for module in modules if isinstance(module, torch.nn.Conv2d))
    norm: Any = next(module for module in modules if isinstance(module, torch.nn.BatchNorm2d))
    weights = torch.randn(convolution.weight.shape, generator=torch.Generator().manual_seed(seed))
    mean = (MEAN - torch.tensor(true[0])) / torch.tensor(true[1])
    mean = mean.flip(0) if swap else mean
    power = _answers(weights)
    convolution.weight.data = weights
    norm.running_mean.data = weights.sum((2, 3)) @ mean
    norm.running_var.data = power * (SPREAD / true[1][0]) ** 2
    contract = backbone.contract
    assert isinstance(contract, ImageContract)
    backbone.contract = contract.model_copy(update={"mean": said[0], "std": said[1]})
    return backbone


def _answers(weights: torch.Tensor) -> torch.Tensor:
    """Power of what filters give on patches of unit spread that are smoother than the check supposes."""
    _, colours, height, width = weights.shape
    rows, columns = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    places = torch.stack([rows.flatten(), columns.flatten()], 1).float()
    alike = torch.exp(-0.02 * torch.cdist(places, places) ** 1.5)
    of_colours = torch.full((colours, colours), 0.9).fill_diagonal_(1)
    filters = weights.flatten(1)
    return torch.einsum("ki,ij,kj->k", filters, torch.kron(of_colours, alike), filters)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("constants", [HALF, IMAGENET, PLAIN, BYTES])
def test_right_contract_is_silent_on_near_and_far_data(constants: Constants, seed: int, folder: Path) -> None:
    backbone = _backbone(folder, true=constants, said=constants, seed=seed)
    assert check_backbone_inputs(backbone, _pictures(seed)) == ()
    assert check_backbone_inputs(backbone, _pictures(seed, dark=True)) == ()


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(
    ("true", "said", "name"),
    [
        (HALF, IMAGENET, "mean-std"),
        (IMAGENET, HALF, "mean-std"),
        (HALF, PLAIN, "mean-std"),
        (IMAGENET, PLAIN, "mean-std"),
        (BYTES, IMAGENET, "value-range"),
        (HALF, BYTES, "value-range"),
    ],
)
def test_wrong_contract_is_named(true: Constants, said: Constants, name: str, seed: int, folder: Path) -> None:
    backbone = _backbone(folder, true=true, said=said, seed=seed)
    assert [finding.name for finding in check_backbone_inputs(backbone, _pictures(seed))] == [name]
    assert [finding.name for finding in check_backbone_inputs(backbone, _pictures(seed, dark=True))] == [name]


@pytest.mark.parametrize("seed", SEEDS)
def test_weights_that_read_blue_first(seed: int, folder: Path) -> None:
    backbone = _backbone(folder, true=HALF, said=HALF, seed=seed, swap=True)
    assert [finding.name for finding in check_backbone_inputs(backbone, _pictures(seed))] == ["channel-order"]


def test_mean_of_the_training_pixels_is_read_exactly(folder: Path) -> None:
    backbone = _backbone(folder, true=HALF, said=HALF)
    trained = read_training_pixels(backbone, backbone.prepare(_pictures(0)))
    assert trained is not None
    np.testing.assert_allclose(trained.mean, 2 * MEAN.numpy() - 1, atol=1e-5)
    assert math.isclose(trained.spread, 2 * SPREAD, rel_tol=0.5)
    assert trained.explained == pytest.approx(1)


def test_reading_leaves_the_backbone_as_it_was(folder: Path) -> None:
    backbone = _backbone(folder, true=HALF, said=HALF)
    backbone.train()
    before = {name: value.clone() for name, value in backbone.network.state_dict().items()}
    check_backbone_inputs(backbone, _pictures(0))
    assert backbone.training
    assert all(torch.equal(value, before[name]) for name, value in backbone.network.state_dict().items())
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in backbone.network.modules())


def test_random_weights_and_fresh_statistics_know_nothing(folder: Path) -> None:
    assert check_backbone_inputs(load_backbone(str(folder), pretrained=False), _pictures(0)) == ()
    assert check_backbone_inputs(load_backbone(str(folder)), _pictures(0)) == ()


def test_no_items_no_findings(folder: Path) -> None:
    assert check_backbone_inputs(load_backbone(str(folder)), []) == ()


@pytest.mark.parametrize("name", ["vit_tiny_patch16_224", "convnext_atto"])
def test_network_without_batch_norm_has_no_running_statistics(name: str) -> None:
    backbone = load_backbone(f"timm:{name}", pretrained=False)
    assert read_training_pixels(backbone, backbone.prepare(_pictures(0)[:1])) is None


@pytest.mark.parametrize("seed", SEEDS)
def test_neighbours_are_silent_on_labels_that_say_nothing(seed: int, folder: Path) -> None:
    backbone = _backbone(folder, true=HALF, said=IMAGENET, seed=seed)
    items = _pictures(seed, number=64)
    targets = np.random.default_rng(seed).integers(0, 2, 64)
    question = Question(backbone=backbone, items=items, targets=targets, inputs=backbone.prepare(items))
    assert compare_neighbours(question, seconds=60) is None


def test_shipped_backbones_are_silent() -> None:
    texts = [Text("Where is my card?"), Text("¿Dónde está mi tarjeta?"), Text("It ARRIVED yesterday.")]
    assert check_backbone_inputs(load_backbone("shipped:injerto-minitext-en-es"), texts) == ()
    for name in ("injerto-mix-r10", "injerto-glyphs-r10"):
        backbone = load_backbone(f"shipped:{name}")
        assert check_backbone_inputs(backbone, _pictures(0)) == ()
        assert check_backbone_inputs(backbone, _pictures(0, dark=True)) == ()


def test_tokenizer_that_keeps_capitals_its_vocabulary_does_not_hold(bert_folder: Path) -> None:
    from tokenizers import normalizers

    backbone = load_backbone(str(bert_folder))
    assert check_backbone_inputs(backbone, [Text("The Cat Sat on the Mat")]) == ()
    backbone.tokenizer.backend_tokenizer.normalizer = normalizers.BertNormalizer(lowercase=False)
    backbone.contract = backbone.contract.model_copy(update={"lowercase": False})
    texts = [Text("The Cat Sat on the Mat"), Text("A Dog ran far Away")]
    assert [finding.name for finding in check_backbone_inputs(backbone, texts)] == ["casing"]


def test_tokenizer_that_does_not_know_the_language(save_text_model: Callable[[str], Path]) -> None:
    backbone = load_backbone(str(save_text_model("bert")))
    findings = check_backbone_inputs(backbone, [Text("кошка сидит на ковре")])
    assert [finding.name for finding in findings] == ["wrong-tokenizer"]


@pytest.mark.parametrize("data", ["hymenoptera", "brain_mri", "omniglot_small"])
def test_real_weights(data: str, shared: Path) -> None:
    from injerto.data.items import ImageFile

    files = sorted(p for p in (shared / "data" / data).rglob("*") if p.suffix in (".jpg", ".png"))[:16]
    items = [ImageFile(file) for file in files]
    backbone = load_backbone(str(shared / "weights" / "mobilenet_v1_0.25_128.imagenet"))
    assert check_backbone_inputs(backbone, items) == ()
    contract = backbone.contract
    assert isinstance(contract, ImageContract)
    backbone.contract = contract.model_copy(update={"mean": IMAGENET[0], "std": IMAGENET[1]})
    assert [finding.name for finding in check_backbone_inputs(backbone, items)] == ["mean-std"]
