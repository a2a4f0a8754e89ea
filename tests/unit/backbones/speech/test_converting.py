"""Public DeepSpeech checkpoints become networks that compute what their own libraries do; hostile ones run nothing."""

import itertools
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import speech_data
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent))
import fabricated
import golden_deep_speech as golden

import injerto
from injerto.artifacts.untrained import load_recogniser
from injerto.backbones.backbone import AbstractBackbone
from injerto.backbones.converting.converting import convert_checkpoint
from injerto.backbones.converting.pickled import read_pickle
from injerto.backbones.converting.tensorflow_bundle import read_bundle
from injerto.backbones.loading import load_backbone
from injerto.backbones.speech.reinitialising import reinitialise_last
from injerto.core.errors import ModelError
from injerto.data.recordings import RecordingArray

SAMPLES = speech_data.speak("up", seconds=0.4)


@torch.no_grad()
def frames(backbone: AbstractBackbone) -> np.ndarray:
    item = RecordingArray(SAMPLES, speech_data.RATE, "x")
    return backbone(backbone.prepare([item]), "frames")[0, :, :-1].numpy()


def doubles(arrays: fabricated.Arrays) -> dict[str, golden.Array]:
    return {name: value.astype(np.float64) for name, value in arrays.items()}


def test_mozilla_computes_what_tensorflow_does(tmp_path: Path) -> None:
    arrays = fabricated.mozilla_arrays()
    source = fabricated.write_bundle(tmp_path / "best_dev-1", arrays)
    (tmp_path / "alphabet.txt").write_text("# of a language\n \na\nb\nc\n")
    converted = convert_checkpoint(source, tmp_path / "out")
    assert converted.card.architecture == "deep-speech-1"
    expected = golden.mozilla_forward(SAMPLES.astype(np.float64), doubles(arrays))
    np.testing.assert_allclose(frames(load_backbone(str(tmp_path / "out"))), expected, atol=2e-4)
    check_letters(tmp_path / "out", expected @ arrays["layer_6/weights"] + arrays["layer_6/bias"], (" ", "a", "b", "c"))


def test_deepspeech_pytorch_computes_what_pytorch_does(tmp_path: Path) -> None:
    arrays = fabricated.deepspeech_pytorch_arrays()
    source = fabricated.write_lightning(tmp_path / "librispeech.ckpt", arrays)
    convert_checkpoint(source, tmp_path / "out")
    expected = golden.deepspeech_pytorch_forward(SAMPLES.astype(np.float64), doubles(arrays), num_layers=2)
    found = frames(load_backbone(str(tmp_path / "out")))
    assert found.shape == expected.shape
    np.testing.assert_allclose(found, expected, atol=2e-4)
    # Its blank comes first, and its labels lie in the checkpoint, in capitals.
    scores = expected @ arrays["fc.0.module.1.weight"].T
    check_letters(tmp_path / "out", np.roll(scores, -1, axis=1), ("a", "b", " "))


def test_paddlespeech_computes_what_paddle_does(tmp_path: Path) -> None:
    arrays = fabricated.paddle_arrays()
    source = fabricated.write_paddle(tmp_path / "avg.pdparams", arrays)
    (tmp_path / "vocab.txt").write_text("<blank>\n<unk>\n<space>\nx\n")
    convert_checkpoint(source, tmp_path / "out")
    backbone = load_backbone(str(tmp_path / "out"))
    front = backbone.network.get_submodule("front")
    features = front._spectrogram(torch.from_numpy(SAMPLES)).T.double().numpy()
    convolved = golden.paddle_convolutions(features, doubles(arrays))
    expected = golden.paddle_lstm_stack(convolved, doubles(arrays), num_layers=2)
    np.testing.assert_allclose(frames(backbone), expected, atol=2e-4)
    scores = expected @ arrays["decoder.ctc_lo.weight"] + arrays["decoder.ctc_lo.bias"]
    check_letters(tmp_path / "out", scores[:, [2, 3, 0]], (" ", "x"))


def check_letters(folder: Path, expected: np.ndarray, labels: tuple[str, ...]) -> None:
    """Without training it writes what its own letters say, `expected` being their scores, the blank's last."""
    model = load_recogniser(folder)
    item = RecordingArray(SAMPLES, speech_data.RATE, "x")
    assert model.labels == labels
    np.testing.assert_allclose(model.scores([item])[0].numpy(), expected, atol=1e-3)
    best = [key for key, _ in itertools.groupby(expected.argmax(1)) if key < len(labels)]
    written = " ".join("".join(labels[key] for key in best).split())
    assert injerto.transcribe(folder, (SAMPLES, speech_data.RATE)).text == written


def test_rows_without_names_are_left_out_and_said(tmp_path: Path) -> None:
    source = fabricated.write_bundle(tmp_path / "m", fabricated.mozilla_arrays())
    assert convert_checkpoint(source, tmp_path / "out").source_letters is None
    assert not list((tmp_path / "out").glob("letters*"))
    with pytest.raises(ModelError, match="no letters of its own"):
        injerto.transcribe(tmp_path / "out", (SAMPLES, speech_data.RATE))
    english = fabricated.write_bundle(tmp_path / "e", fabricated.mozilla_arrays(letters=29))
    letters = convert_checkpoint(english, tmp_path / "english").source_letters
    assert letters is not None
    assert "".join(letters.characters) == " abcdefghijklmnopqrstuvwxyz'"


@pytest.mark.parametrize("kind", ["mozilla", "pytorch", "paddle"])
def test_a_converted_network_trains_saves_and_opens_again(tmp_path: Path, kind: str) -> None:
    source = {
        "mozilla": lambda: fabricated.write_bundle(tmp_path / "m", fabricated.mozilla_arrays()),
        "pytorch": lambda: fabricated.write_lightning(tmp_path / "p.ckpt", fabricated.deepspeech_pytorch_arrays()),
        "paddle": lambda: fabricated.write_paddle(tmp_path / "p.pdparams", fabricated.paddle_arrays()),
    }[kind]()
    convert_checkpoint(source, tmp_path / "out")
    backbone = load_backbone(str(tmp_path / "out"))
    before = frames(backbone)
    reinitialise_last(backbone, 1, seed=3)
    assert not np.allclose(frames(backbone), before)
    first = backbone.layer_groups[0].parameters[0]
    assert torch.equal(
        backbone.network.get_parameter(first), load_backbone(str(tmp_path / "out")).network.get_parameter(first)
    )
    (tmp_path / "saved").mkdir()
    backbone.save_network(str(tmp_path / "saved"))
    np.testing.assert_array_equal(frames(load_backbone(str(tmp_path / "saved"))), frames(backbone))


class _Harm:
    """What a hostile pickle holds: loading it would make a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, ...]:
        return (subprocess.call, (["touch", str(self.path)],))


def test_a_hostile_pickle_runs_nothing(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    arrays = fabricated.paddle_arrays()
    for name, write in (("a.pdparams", pickle.dumps), ("b.ckpt", None)):
        path = tmp_path / name
        if write is not None:
            path.write_bytes(write({**arrays, "evil": _Harm(mark)}))
        else:
            state = {n: torch.from_numpy(v) for n, v in fabricated.deepspeech_pytorch_arrays().items()}
            torch.save({"state_dict": state, "callbacks": _Harm(mark)}, path)
        convert_checkpoint(path, tmp_path / f"out-{name}")
        assert not mark.exists()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.ckpt", b"hello"),
        ("b.ckpt", b"PK\x03\x04 cut"),
        ("c.pdparams", b"\x80\x04"),
        ("d.index", b"\0" * 100),
        ("e.pdparams", pickle.dumps([1, 2])),
        ("f.pdparams", pickle.dumps({"encoder.rnn.0.weight_hh_l0": np.zeros(3, np.float32)})),
    ],
)
def test_a_wrong_file_is_one_error_and_leaves_nothing(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ModelError):
        convert_checkpoint(tmp_path / name, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_tensor_outside_its_file_is_refused(tmp_path: Path) -> None:
    source = fabricated.write_bundle(tmp_path / "m", fabricated.mozilla_arrays())
    data = tmp_path / "m.data-00000-of-00001"
    data.write_bytes(data.read_bytes()[:-8])
    with pytest.raises(ModelError, match="does not fit its file"):
        convert_checkpoint(source, tmp_path / "out")


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_a_damaged_index_gives_tensors_or_one_error(data: st.DataObject) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        source = fabricated.write_bundle(Path(folder) / "m", {"a/b": np.ones((2, 3), np.float32)})
        content = bytearray(source.read_bytes())
        for _ in range(data.draw(st.integers(1, 4))):
            content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
        source.write_bytes(bytes(content))
        try:
            read_bundle(source)
        except ModelError:
            return


@settings(max_examples=80, deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.binary(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner) | st.tuples(inner, inner),
        max_leaves=12,
    ),
    st.integers(0, 5),
)
def test_plain_values_come_out_as_they_went_in(value: object, protocol: int) -> None:
    assert read_pickle(pickle.dumps(value, protocol=protocol), where="x") == value


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    try:
        read_pickle(b"\x80\x04" + content, where="x")
    except ModelError:
        return
