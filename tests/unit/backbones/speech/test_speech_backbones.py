"""Sound networks as backbones: no padding is heard, cuts are exact, and what is saved opens again."""

from pathlib import Path

import numpy as np
import pytest
import speech_data
import torch

from injerto.activations.cut.cut import make_cut
from injerto.backbones.backbone import AbstractBackbone
from injerto.backbones.loading import load_backbone
from injerto.core.errors import ModelError
from injerto.data.recordings import RecordingArray

ITEMS = [
    RecordingArray(speech_data.speak("up", seconds=seconds, seed=number), speech_data.RATE, f"recording {number}")
    for number, seconds in enumerate((0.3, 0.55, 1.0))
]


@pytest.fixture(params=["shipped", "wav2vec2-group", "wav2vec2-layer", "hubert-group", "wavlm-layer"])
def backbone(request: pytest.FixtureRequest, tmp_path: Path) -> AbstractBackbone:
    if request.param == "shipped":
        return load_backbone("injerto-speech", pretrained=False)
    kind, norm = request.param.split("-")
    speech_data.save_transformers_speech(kind, tmp_path, norm=norm)
    return load_backbone(str(tmp_path))


@torch.no_grad()
def test_padding_is_not_heard(backbone: AbstractBackbone) -> None:
    together = backbone(backbone.prepare(ITEMS), "frames")
    for row, item in zip(together, ITEMS, strict=True):
        alone = backbone(backbone.prepare([item]), "frames")[0]
        torch.testing.assert_close(row[: len(alone)], alone, atol=2e-5, rtol=1e-4)
        assert not row[len(alone) :].any()
        assert backbone.lengths([item]) == [len(alone)]
    pooled = backbone(backbone.prepare(ITEMS))
    assert pooled.shape == (3, backbone.num_features())
    frames = together[0, : backbone.lengths(ITEMS[:1])[0], :-1]
    torch.testing.assert_close(pooled[0, : frames.shape[1]], frames.mean(0), atol=2e-5, rtol=1e-4)


@torch.no_grad()
def test_the_cut_behind_the_front_end_is_exact(backbone: AbstractBackbone) -> None:
    inputs = backbone.prepare(ITEMS)
    cut = make_cut(backbone, 1, sample=inputs, pool="frames")
    assert cut is not None
    crossing = cut.run_prefix(inputs)
    counts = backbone.row_counts(inputs)
    assert counts is not None
    rebuilt = backbone.inputs_of_rows(counts)
    assert rebuilt is not None
    assert torch.equal(cut.run_suffix(crossing, rebuilt), backbone(inputs, "frames"))


def test_every_parameter_is_in_one_group(backbone: AbstractBackbone) -> None:
    names = [name for group in backbone.layer_groups for name in group.parameters]
    assert sorted(names) == sorted(name for name, _ in backbone.network.named_parameters())


@torch.no_grad()
def test_a_saved_network_gives_the_same(backbone: AbstractBackbone, tmp_path: Path) -> None:
    folder = tmp_path / "saved"
    folder.mkdir()
    backbone.save_network(str(folder))
    again = load_backbone(str(folder))
    inputs = backbone.prepare(ITEMS)
    assert torch.equal(again(inputs, "frames"), backbone(inputs, "frames"))
    assert again.contract == backbone.contract
    assert again.digest == backbone.digest


@torch.no_grad()
@pytest.mark.parametrize("norm", ["group", "layer"])
def test_frames_are_those_of_transformers(tmp_path: Path, norm: str) -> None:
    import transformers

    speech_data.save_transformers_speech("wav2vec2", tmp_path, norm=norm)
    samples = speech_data.speak("down", seconds=0.7)
    reader = transformers.Wav2Vec2FeatureExtractor.from_pretrained(tmp_path)
    values = torch.from_numpy(np.asarray(reader(samples, sampling_rate=speech_data.RATE)["input_values"][0]))[None]
    expected = transformers.AutoModel.from_pretrained(tmp_path).eval()(values).last_hidden_state[0]
    backbone = load_backbone(str(tmp_path))
    found = backbone(backbone.prepare([RecordingArray(samples, speech_data.RATE, "x")]), "frames")[0, :, :-1]
    torch.testing.assert_close(found, expected, atol=1e-5, rtol=1e-4)


@torch.no_grad()
def test_whisper_hears_as_whisper_does(tmp_path: Path) -> None:
    import transformers

    speech_data.save_whisper(tmp_path)
    samples = speech_data.speak("down", seconds=0.7)
    reader = transformers.WhisperFeatureExtractor.from_pretrained(tmp_path)
    features = reader(samples, sampling_rate=speech_data.RATE, return_tensors="pt")["input_features"]
    network = transformers.WhisperModel.from_pretrained(tmp_path).eval()
    backbone = load_backbone(str(tmp_path))
    items = [RecordingArray(samples, speech_data.RATE, "x"), *ITEMS]
    inputs = backbone.prepare(items)
    found = backbone(inputs, "frames")
    torch.testing.assert_close(found[0, :35, :-1], network.encoder(features)[0][0, :35], atol=1e-4, rtol=1e-3)
    assert backbone.lengths(items) == [35, 15, 28, 50]
    assert make_cut(backbone, 1, sample=inputs, pool="frames") is None
    (tmp_path / "saved").mkdir()
    backbone.save_network(str(tmp_path / "saved"))
    assert torch.equal(load_backbone(str(tmp_path / "saved"))(inputs, "frames"), found)


def test_a_louder_recording_gives_the_same_bands() -> None:
    backbone = load_backbone("injerto-speech", pretrained=False)
    samples = speech_data.speak("up", seconds=0.5)
    quiet, loud = (RecordingArray(samples * gain, speech_data.RATE, "x") for gain in (0.1, 1.0))
    with torch.no_grad():
        features = backbone(backbone.prepare([quiet, loud]))
    torch.testing.assert_close(features[0], features[1], atol=1e-4, rtol=1e-3)


def test_the_shared_speech_embedding_opens(shared_weights: Path) -> None:
    path = shared_weights / "speech_embedding.google" / "model.safetensors"
    backbone = load_backbone(str(path), arch="speech-embedding")
    with torch.no_grad():
        frames = backbone(backbone.prepare(ITEMS), "frames")
    assert frames.shape == (3, 25, 97)
    assert load_backbone(backbone.spec).digest == backbone.digest
    random = load_backbone(str(path), arch="speech-embedding", pretrained=False)
    assert torch.equal(random.network.get_buffer("mel"), backbone.network.get_buffer("mel"))
    with torch.no_grad():
        heard = random(random.prepare(ITEMS))
    assert not torch.allclose(heard[0], heard[2])


def test_settings_that_ask_for_too_much_are_refused(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(
        '{"library": "injerto", "architecture": "compact-encoder", "width": 10000000}'
    )
    with pytest.raises(ModelError, match="width"):
        load_backbone(str(tmp_path), pretrained=False)
