"""Detectors that were pretrained as a whole: head, decoder, everything; saved, loaded, the same boxes."""

from pathlib import Path

import pytest
import torch

import injerto
from injerto.backbones.loading import load_backbone
from injerto.data.items import ImageFile
from tests.detector_networks import NAMES, save_detector
from tests.small_cells import write_cells

EXPORTED = ("detr", "rt_detr")
"""One of each kind of decoder; all eight were exported once by hand, equal to 6e-8 and a thousandth of a pixel."""


@pytest.fixture(scope="module")
def cells(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_cells(tmp_path_factory.mktemp("queries") / "cells", num_images=12)


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_a_detector_learns_new_classes_and_comes_back_with_the_same_boxes(
    cells: Path, tmp_path: Path, name: str
) -> None:
    folder = save_detector(name, tmp_path / name)
    run = injerto.fit(
        cells, backbone=str(folder), strategy="decoder-first", epochs=1, size=128, out=tmp_path / "model", device="cpu"
    )
    assert [plan.phase for plan in run.freeze_plans] == ["head", "decoder", "everything"]
    trained = [{row.group for row in plan.rows if row.trained} for plan in run.freeze_plans]
    assert trained[0] < trained[1] < trained[2]
    assert all(group.startswith(("decoder", "box head", "layer", "encoder", "vit")) for group in trained[1])
    assert run.plan.head == "queries"
    assert run.history[-1].train_loss < run.history[0].train_loss
    files = sorted((cells / "images").iterdir())[:3]
    loaded = injerto.load(tmp_path / "model", device="cpu")
    assert isinstance(loaded, injerto.Model)
    # Every proposal, also where none is sure enough to be a box.
    assert torch.equal(_scores(run.model, files), _scores(loaded, files))
    run.model.threshold = loaded.threshold = 0.0
    assert run.predict(files) == loaded.predict(files)
    if name in EXPORTED:
        assert injerto.export(tmp_path / "model", files, out=tmp_path / "graph").equality.num_compared > 0


@torch.no_grad()
def _scores(model: injerto.Model, files: list[Path]) -> torch.Tensor:
    inputs = model.backbone.eval().prepare([ImageFile(file) for file in files])
    return model.head.eval()(model.backbone(inputs, model.pool))  # type: ignore[no-any-return]


@pytest.mark.parametrize("name", NAMES)
def test_boxes_start_as_the_pretrained_detector_gives_them(tmp_path: Path, name: str) -> None:
    backbone = load_backbone(str(save_detector(name, tmp_path / name)))
    backbone.resize_input(96, 128)
    pixels = torch.rand(2, 3, 96, 128)
    with torch.no_grad():
        queries = backbone({"pixel_values": pixels}, "queries").reshape(2, 12, -1)
        expected = backbone.network(pixel_values=pixels).pred_boxes
    assert torch.allclose(queries[..., -4:].sigmoid(), expected, atol=2e-4)
    assert sum(group.num_parameters for group in backbone.layer_groups) == sum(
        parameter.numel() for parameter in backbone.network.parameters()
    )
