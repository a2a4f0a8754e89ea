"""Exported graphs: the same answers in another runtime, or nothing written."""

from pathlib import Path

import numpy as np
import pytest
import torch
from typer.testing import CliRunner

import injerto
from injerto.backbones.timm_backbone import TimmBackbone
from injerto.cli.app import build_app
from injerto.core.errors import ModelError, UsageError
from injerto.core.survey import Modality
from injerto.data.unlabelled import read_inputs
from injerto.deploy.exported import load_exported
from tests.small_cells import write_cells


@pytest.fixture(scope="module")
def cells(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_cells(tmp_path_factory.mktemp("exported") / "cells", num_images=16)


@pytest.fixture(scope="module")
def detector(cells: Path, network_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("exported-model") / "model"
    injerto.fit(
        cells, backbone=str(network_folder), strategy="frozen:views=1", epochs=2, size=128, out=folder, device="cpu"
    )
    return folder


@pytest.fixture(scope="module")
def classifier(pictures: Path, network_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("exported-labels") / "model"
    injerto.fit(pictures, backbone=str(network_folder), strategy="linear-probe", out=folder, device="cpu")
    return folder


def test_an_exported_detector_finds_the_same_boxes(detector: Path, cells: Path, tmp_path: Path) -> None:
    record = injerto.export(detector, [cells / "images"], out=tmp_path / "graph")
    assert record.equality.num_inputs == 16
    assert record.equality.num_compared > 16
    assert record.equality.largest_difference < 1e-3
    model, exported = injerto.load(detector, device="cpu"), load_exported(tmp_path / "graph")
    assert exported.threshold == model.threshold
    model.threshold = exported.threshold = 0.0
    items = [item for _, item in read_inputs([cells / "images"], modality=Modality.IMAGE)][:5]
    for known, found in zip(model.predict_items(items), exported.predict_items(items), strict=True):
        assert [box.label for box in known.boxes[:10]] == [box.label for box in found.boxes[:10]]
        for one, other in zip(known.boxes[:10], found.boxes[:10], strict=True):
            assert one.left == pytest.approx(other.left, abs=0.05)
            assert one.bottom == pytest.approx(other.bottom, abs=0.05)
            assert one.score == pytest.approx(other.score, abs=1e-4)
    assert injerto.verify(tmp_path / "graph").fine


def test_the_graph_alone_answers_pixels_as_its_page_says(classifier: Path, pictures: Path, tmp_path: Path) -> None:
    import onnxruntime

    files = sorted(pictures.rglob("*.png"))[:6]
    record = injerto.export(classifier, files, out=tmp_path / "graph")
    model, exported = injerto.load(classifier, device="cpu"), injerto.load(tmp_path / "graph")
    known = model.predict(files)
    assert [one.label for one in exported.predict(files)] == [one.label for one in known]
    session = onnxruntime.InferenceSession(str(tmp_path / "graph" / record.file), providers=["CPUExecutionProvider"])
    assert [value.name for value in session.get_inputs()] == ["pixels"]
    shape = (3, record.contract.height, record.contract.width, 3)
    (found,) = session.run(None, {"pixels": np.full(shape, 128, dtype=np.uint8)})
    assert found.shape == (3, len(record.labels))
    assert found.sum(axis=1) == pytest.approx(np.ones(3))
    assert "pixels" in (tmp_path / "graph" / "README.md").read_text()


def test_export_and_predict_on_the_command_line(classifier: Path, pictures: Path, tmp_path: Path) -> None:
    one = str(sorted(pictures.rglob("*.png"))[0])
    runner, out = CliRunner(), str(tmp_path / "graph")
    written = runner.invoke(build_app(), ["export", str(classifier), one, "--out", out])
    assert written.exit_code == 0, written.output
    assert "answers as the model does on 1 pictures" in written.stdout.replace("\n", " ")
    printed = [runner.invoke(build_app(), ["predict", model, one]).stdout for model in (str(classifier), out)]
    assert printed[0] == printed[1]
    with pytest.raises(UsageError, match="exported graph"):
        injerto.evaluate(out, pictures)


def test_a_graph_that_answers_otherwise_is_not_written(
    classifier: Path, pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A network whose answer is no fixed graph: traced once, it keeps what it did that time."""
    plain = TimmBackbone.forward

    def moody(self: TimmBackbone, inputs: dict[str, torch.Tensor], pool: str = "pooled") -> torch.Tensor:
        found = plain(self, inputs, pool)
        return found * (1.0 if torch.jit.is_tracing() else 1.5)

    monkeypatch.setattr(TimmBackbone, "forward", moody)
    with pytest.raises(ModelError, match="answers otherwise"):
        injerto.export(classifier, [pictures], out=tmp_path / "graph")
    assert list(tmp_path.iterdir()) == []


def test_what_cannot_be_exported_is_said_before_the_work(classifier: Path, pictures: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="none was given"):
        injerto.export(classifier, [], out=tmp_path / "graph")
    with pytest.raises(UsageError, match="no export format called tflite"):
        injerto.export(classifier, [pictures], out=tmp_path / "graph", to="tflite")


def test_a_changed_graph_is_not_opened(classifier: Path, pictures: Path, tmp_path: Path) -> None:
    injerto.export(classifier, [pictures], out=tmp_path / "graph")
    file = tmp_path / "graph" / "model.onnx"
    file.write_bytes(file.read_bytes()[:-1] + b"x")
    with pytest.raises(ModelError, match=r"model\.onnx"):
        injerto.load(tmp_path / "graph")
