"""Whisper from recordings to a model that writes down others: decoder alone, low-rank updates, published as it is."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import speech_data

import injerto
from injerto.artifacts.sequence_model import SequenceModel
from injerto.core.errors import UsageError
from injerto.core.sequences import SequenceOptions
from injerto.workflow.sequences.fit import SequenceRun

OPTIONS = injerto.DataOptions(task="dictation")
ENGLISH = SequenceOptions(source_language="en")


@pytest.fixture(scope="module")
def whisper(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("whisper")
    speech_data.save_whisper(folder)
    return folder


@pytest.fixture(scope="module")
def spoken(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return speech_data.write_recordings(tmp_path_factory.mktemp("spoken") / "data", per_word=2, speakers=4)


@pytest.fixture(scope="module")
def fitted(whisper: Path, spoken: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[SequenceRun, Path]:
    """The decoder alone, from the encoder's stored states."""
    out = tmp_path_factory.mktemp("fitted") / "model"
    run = injerto.fit(
        spoken, backbone=str(whisper), strategy="last-3", epochs=4, options=OPTIONS, texts=ENGLISH, out=out
    )
    assert isinstance(run, SequenceRun)
    return run, out


@pytest.mark.slow
def test_a_decoder_learns_from_stored_states_and_opens_again(fitted: tuple[SequenceRun, Path], spoken: Path) -> None:
    run, out = fitted
    assert "encoder" in run.freeze_plans[0].cut
    assert not any(row.trained for row in run.freeze_plans[0].rows if row.group.startswith("encoder"))
    assert run.history[-1].train_loss < run.history[0].train_loss
    assert {"wer", "cer", "perplexity", "loss"} == set(run.evidence.metrics)
    assert [control.name for control in run.evidence.controls] == ["untouched"]
    paths = sorted((spoken / "wav").iterdir())[:4]
    again = injerto.load(out)
    assert isinstance(again, SequenceModel)
    assert again.predict(paths) == run.model.predict(paths)
    evaluation = injerto.evaluate(out, spoken)
    assert evaluation.num_examples == 24


@pytest.mark.slow
def test_updates_of_low_rank_are_kept_apart(whisper: Path, spoken: Path, tmp_path: Path) -> None:
    out = tmp_path / "m"
    run = injerto.fit(
        spoken, backbone=str(whisper), strategy="lora:rank=2", epochs=1, options=OPTIONS, texts=ENGLISH, out=out
    )
    assert {control.name for control in run.evidence.controls} == {"untouched", "from-scratch"}
    path = next((spoken / "wav").iterdir())
    assert injerto.load(out).predict([path]) == run.model.predict([path])
    assert (out / "adapter").is_dir()


@pytest.mark.slow
def test_a_recording_becomes_subtitles_by_a_trained_and_by_a_published_whisper(
    fitted: tuple[SequenceRun, Path], whisper: Path, spoken: Path, tmp_path: Path, program: Callable[..., Any]
) -> None:
    recording = next((spoken / "wav").iterdir())
    for number, model in enumerate((fitted[1], whisper)):
        out = tmp_path / f"{number}.srt"
        done = program("transcribe", model, recording, "--out", out)
        assert done.code == 0, done.err
        assert out.is_file()
    done = program("predict", fitted[1], recording, "--json")
    assert done.document()["predictions"][0]["input"] == str(recording), done.err
    heard = injerto.transcribe(whisper, recording, language="es")
    assert json.loads(heard.to_json())["passages"][0]["end"] > 0
    (tmp_path / "words.txt").write_text("up")
    with pytest.raises(UsageError, match="chooses its words itself"):
        injerto.transcribe(whisper, recording, words=tmp_path / "words.txt")
