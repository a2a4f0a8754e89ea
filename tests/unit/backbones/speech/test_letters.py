"""The letters that a recogniser came with: written with as they are, and a start where they agree with the data's."""

import json
from pathlib import Path

import numpy as np
import pytest
import speech_data
import torch
from safetensors.torch import load_file, save_file

import injerto
from injerto.artifacts.untrained import load_recogniser
from injerto.backbones.backbone import AbstractBackbone
from injerto.backbones.loading import load_backbone
from injerto.core.errors import ModelError
from injerto.core.plan import Plan
from injerto.strategies.heads.ctc import CtcHead
from injerto.strategies.heads.head import load_head
from injerto.training.fresh_heads import make_fresh_head

ENTRIES = ("<pad>", "<s>", "</s>", "<unk>", "|", "U", "P", "D", "O", "W", "N", "'")
SAMPLES = speech_data.speak("down", seconds=0.6)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wav2vec 2.0 with its own layer of letters, as transformers saves it."""
    folder = tmp_path_factory.mktemp("recogniser")
    speech_data.save_recogniser(folder, ENTRIES)
    return folder


@torch.no_grad()
def test_a_recogniser_of_transformers_writes_as_it_is(folder: Path) -> None:
    import transformers

    reader = transformers.Wav2Vec2FeatureExtractor.from_pretrained(folder)
    values = torch.from_numpy(np.asarray(reader(SAMPLES, sampling_rate=speech_data.RATE)["input_values"][0]))[None]
    expected = transformers.Wav2Vec2ForCTC.from_pretrained(folder).eval()(values).logits[0]
    model = load_recogniser(folder)
    assert model.labels == (" ", "u", "p", "d", "o", "w", "n", "'")
    from injerto.data.recordings import RecordingArray

    found = model.scores([RecordingArray(SAMPLES, speech_data.RATE, "x")])[0]
    torch.testing.assert_close(found, expected[:, [*range(4, 12), 0]], atol=1e-4, rtol=1e-3)


def head_for(backbone: AbstractBackbone, labels: tuple[str, ...]) -> CtcHead:
    plan = Plan(task="speech-recognition", backbone="x", strategy="lp-ft", head="ctc", pool="frames", phases=(), seed=1)
    head = make_fresh_head(plan, backbone, labels=labels, features=lambda: torch.zeros(0))
    assert isinstance(head, CtcHead)
    return head


def test_a_head_starts_from_letters_that_agree_and_from_none_else(folder: Path) -> None:
    backbone = load_backbone(str(folder))
    weights = load_file(folder / "model.safetensors")
    head = head_for(backbone, ("d", "n", "o", "ñ"))
    rows = [ENTRIES.index(letter) for letter in ("D", "N", "O")]
    assert torch.equal(head.linear.weight[:3], weights["lm_head.weight"][rows])
    assert torch.equal(head.linear.weight[4], weights["lm_head.weight"][0])
    assert head.linear.weight[3].abs().sum() > 0
    assert torch.equal(head.linear.bias[[0, 1, 2, 4]], weights["lm_head.bias"][[*rows, 0]])
    stored = load_head("ctc", head.settings(), head.state_dict())
    frames = torch.randn(2, 5, head.num_features)
    assert torch.equal(stored(frames), head.eval()(frames))
    assert head_for(backbone, ("ñ", "u", "é", "ß")).settings()["normalise"] is True
    random = load_backbone(str(folder), pretrained=False)
    assert random.source_letters is None


def test_the_plan_says_where_its_letters_come_from(folder: Path, tmp_path: Path) -> None:
    data = speech_data.write_recordings(tmp_path / "data", per_word=3, speakers=3)
    options = injerto.DataOptions(task="speech-recognition")
    for strategy, expected in (("lp-ft", True), ("mlp-head", False), ("from-scratch", False)):
        plan = injerto.plan(data, backbone=str(folder), strategy=strategy, options=options)
        assert isinstance(plan, Plan)
        assert any("source's own: 6 of these 8 letters" in reason.because for reason in plan.reasons) is expected


@pytest.mark.parametrize(
    ("content", "match"),
    [
        ({"characters": ["a", "a"]}, "twice"),
        ({"characters": [1]}, "no list"),
        ({"characters": ["a", "b", "c"]}, "for 4 scores"),
    ],
)
def test_letters_that_do_not_fit_are_one_error(tmp_path: Path, content: dict[str, object], match: str) -> None:
    load_backbone("injerto-speech").save_network(str(tmp_path))
    save_file({"weight": torch.zeros(3, 144), "bias": torch.zeros(3)}, tmp_path / "letters.safetensors")
    (tmp_path / "letters.json").write_text(json.dumps(content))
    with pytest.raises(ModelError, match=match):
        load_backbone(str(tmp_path))
