"""Whisper with its decoder: the library's own loss, one encoder pass, forced marks, languages."""

from pathlib import Path

import pytest
import speech_data
import torch

from injerto.backbones.sequences.loading import load_sequence_backbone
from injerto.backbones.sequences.whisper import WhisperBackbone
from injerto.core.errors import ModelError, UsageError
from injerto.core.sequences import SequenceOptions
from injerto.data.recordings import RecordingArray
from injerto.data.sequences.items import Spoken
from injerto.training.sequence_engine import measure_encoder_difference

SPOKEN = [
    Spoken(RecordingArray(speech_data.speak(word, seconds=seconds), speech_data.RATE, word), text)
    for word, seconds, text in (("up", 0.3, "up"), ("down", 0.5, "down up"), ("hum", 0.7, "hum"))
]
SPANISH = SequenceOptions(source_language="es")


@pytest.fixture(scope="module")
def backbone(tmp_path_factory: pytest.TempPathFactory) -> WhisperBackbone:
    folder = tmp_path_factory.mktemp("whisper")
    speech_data.save_whisper(folder)
    made = load_sequence_backbone(str(folder), kind="dictation")
    assert isinstance(made, WhisperBackbone)
    return made


@torch.no_grad()
def test_scores_are_those_of_the_library_and_marks_count_nothing(backbone: WhisperBackbone) -> None:
    """The library makes from labels what the decoder is given."""
    rows, num_long = backbone.rows(SPOKEN, backbone.resolve_settings(SPANISH, prompts=False), packed=False)
    assert num_long == 0
    inputs, labels = backbone.prepare(rows), backbone.labels(rows)
    found = backbone(inputs)
    for row, given in zip(inputs["decoder_input_ids"], labels, strict=True):
        marks = backbone.tokenizer.convert_ids_to_tokens(row[:4].tolist())
        assert marks == ["<|startoftranscript|>", "<|es|>", "<|transcribe|>", "<|notimestamps|>"]
        assert (given[:3] == -100).all()
        assert backbone.decode(given[given >= 0].tolist()).strip()
    whole = torch.cat([inputs["decoder_input_ids"][:, 1:], torch.full((len(rows), 1), backbone.padding)], dim=1)
    expected = backbone.network(input_features=inputs["input_features"], labels=whole)
    torch.testing.assert_close(found, expected.logits)


def test_the_encoder_runs_once_for_a_decoder_that_learns(backbone: WhisperBackbone) -> None:
    rows, _ = backbone.rows(SPOKEN, backbone.resolve_settings(SPANISH, prompts=False), packed=False)
    assert measure_encoder_difference(backbone, backbone.prepare(rows)) < 1e-5
    names = [group.name for group in backbone.layer_groups]
    first = names.index("decoder.embeddings")
    assert names[0] == "embeddings"
    assert "model.encoder.conv1.weight" in backbone.layer_groups[0].parameters
    assert backbone.is_encoder_frozen(first)
    assert not backbone.is_encoder_frozen(first - 1)


@torch.no_grad()
def test_what_is_written_is_the_likeliest_token_each_time(backbone: WhisperBackbone) -> None:
    settings = backbone.resolve_settings(SPANISH, prompts=False)
    rows, _ = backbone.rows(SPOKEN, settings, packed=False)
    together = backbone.write_ids(rows, settings, num_beams=1)
    for row, found in zip(rows, together, strict=True):
        assert row.given is not None
        ids = row.given.tolist()
        for token in found.tolist():
            bands = backbone.read_bands([row])
            scores = backbone({"input_features": bands, "decoder_input_ids": torch.tensor([ids])})[0, -1]
            assert token in (int(scores.argmax()), backbone.padding)
            ids.append(token)
            if token == backbone.tokenizer.eos_token_id:
                break
    assert backbone.hear_language([SPOKEN[0].recording]) in ("<|en|>", "<|es|>")


def test_languages_are_told_where_there_are_several(backbone: WhisperBackbone, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="must be told which"):
        backbone.resolve_settings(SequenceOptions(), prompts=False)
    with pytest.raises(UsageError, match="knows no language"):
        backbone.resolve_settings(SequenceOptions(source_language="de"), prompts=False)
    assert backbone.find_language("Spanish") == "<|es|>"
    speech_data.save_whisper(tmp_path, languages=())
    english = load_sequence_backbone(str(tmp_path), kind="dictation")
    assert isinstance(english, WhisperBackbone)
    settings = english.resolve_settings(SequenceOptions(), prompts=False)
    (row, *_), _ = english.rows(SPOKEN, settings, packed=False)
    assert row.given is not None
    assert len(row.given) == 2


def test_a_network_without_a_decoder_dictates_nothing(tmp_path: Path) -> None:
    speech_data.save_transformers_speech("wav2vec2", tmp_path)
    with pytest.raises(ModelError, match="writes down no recordings"):
        load_sequence_backbone(str(tmp_path), kind="dictation")
