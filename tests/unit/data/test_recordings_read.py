"""Recordings from tables, folders and pairs of sound and text."""

from pathlib import Path

import numpy as np
import pytest
import soundfile
import speech_data
from hypothesis import given
from hypothesis import strategies as st

from injerto.core.errors import DataError
from injerto.core.survey import Modality
from injerto.data.mp3_frames import find_wrong_count
from injerto.data.reading import read_data
from injerto.data.recordings import RecordingBytes, RecordingFile
from injerto.data.sound_decoding import resample
from injerto.data.splitting import make_splits
from injerto.data.surveying import make_survey
from injerto.data.transcripts import normalise_transcript
from injerto.data.unlabelled import read_inputs


@pytest.fixture(scope="module")
def spoken(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return speech_data.write_recordings(tmp_path_factory.mktemp("spoken") / "data", per_word=3)


def test_a_manifest_with_labels_and_speakers(spoken: Path) -> None:
    data = read_data(spoken)
    assert data.modality is Modality.AUDIO
    assert data.labels == ("down", "hum", "up")
    assert not data.transcribed
    assert data.columns == {"path": "audio", "label": "label", "speaker": "group"}
    splits = make_splits(data, seed=0)
    speakers = [{data.examples[i].group for i in part} for part in (splits.train, splits.tune, splits.test)]
    assert len(set.union(*speakers)) == sum(map(len, speakers))
    survey = make_survey(data, splits, task="audio-classification")
    assert survey.sizes["hertz"].median == speech_data.RATE


def test_the_task_settles_that_the_text_is_the_target(spoken: Path) -> None:
    data = read_data(spoken, task="speech-recognition")
    assert data.transcribed
    assert data.labels == tuple("dhmnopuw")
    rows = data.targets()
    assert rows.shape == (36, 4)
    assert "".join(data.labels[i] for i in rows[0] if i >= 0) == data.examples[0].labels[0]


def test_a_table_without_a_label_is_transcribed(spoken: Path, tmp_path: Path) -> None:
    rows = (spoken / "manifest.csv").read_text().splitlines()
    table = spoken / "spoken.jsonl"
    lines = [f'{{"path": "{row.split(",")[0]}", "transcript": "{row.split(",")[2]}"}}' for row in rows[1:]]
    table.write_text("\n".join(lines))
    assert read_data(table).transcribed
    table.unlink()


def test_parts_of_one_file_by_start_and_end(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "long.wav", np.tile(speech_data.speak("up"), 12), speech_data.RATE)
    rows = [f"long.wav,{0.3 * i:.1f},{0.3 * i + 0.3:.1f},{'ab'[i % 2]}" for i in range(12)]
    (tmp_path / "parts.csv").write_text("\n".join(["path,start,end,label", *rows]))
    data = read_data(tmp_path / "parts.csv")
    assert [round(example.item.seconds, 2) for example in data.examples if isinstance(example.item, RecordingFile)] == [
        0.3
    ] * 12
    assert len({example.item.digest for example in data.examples}) == 12


def test_a_folder_for_each_class(spoken: Path, tmp_path: Path) -> None:
    for file in sorted((spoken / "wav").iterdir()):
        folder = tmp_path / "commands" / file.name.split("_")[0]
        folder.mkdir(parents=True, exist_ok=True)
        (folder / file.name).write_bytes(file.read_bytes())
    data = read_data(tmp_path / "commands")
    assert (data.modality, data.labels, len(data)) == (Modality.AUDIO, ("down", "hum", "up"), 36)


def test_sound_and_text_beside_it_in_folders_of_speakers(spoken: Path, tmp_path: Path) -> None:
    for file in sorted((spoken / "wav").iterdir()):
        word, speaker, _ = file.stem.split("_")
        folder = tmp_path / "pairs" / speaker
        folder.mkdir(parents=True, exist_ok=True)
        (folder / file.name).write_bytes(file.read_bytes())
        (folder / f"{file.stem}.txt").write_text(word)
    data = read_data(tmp_path / "pairs")
    assert data.transcribed
    assert {example.group for example in data.examples} == {"0", "1", "2", "3"}


def test_damaged_recordings_are_skipped_and_named(spoken: Path, tmp_path: Path) -> None:
    (tmp_path / "wav").mkdir()
    for file in (spoken / "wav").iterdir():
        (tmp_path / "wav" / file.name).write_bytes(file.read_bytes())
    (tmp_path / "manifest.csv").write_text((spoken / "manifest.csv").read_text())
    broken = tmp_path / "wav" / "up_0_0.wav"
    broken.write_bytes(broken.read_bytes()[:3000])
    data = read_data(tmp_path / "manifest.csv")
    assert [(problem.code, problem.action) for problem in data.problems] == [("sound-cut", "skipped")]


def test_times_that_are_none_are_refused(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.wav", speech_data.speak("up"), speech_data.RATE)
    (tmp_path / "t.csv").write_text("path,start,end,label\na.wav,soon,1,x\n")
    with pytest.raises(DataError, match="soon"):
        read_data(tmp_path / "t.csv")


def test_inputs_of_predict(spoken: Path) -> None:
    found = read_inputs([spoken / "wav", (speech_data.speak("up"), 16_000)], modality=Modality.AUDIO)
    assert len(found) == 37
    assert found[-1][0] == "input 2"


@pytest.mark.parametrize(("text", "expected"), [("Año NUEVO, ¡ya!", "año nuevo ya"), ("it’s 5-fold", "it's 5-fold")])
def test_transcripts_are_written_one_way(text: str, expected: str) -> None:
    assert normalise_transcript(text, where="x") == expected


def test_mixed_rates_are_counted_and_heard_alike(tmp_path: Path) -> None:
    """A tone of 1 kHz at three rates, among them one that has to be raised, stays one of 1 kHz (fault D18)."""
    rates = (8_000, 16_000, 44_100)
    for number, rate in enumerate(rates):
        for name in ("a", "b"):
            (tmp_path / name).mkdir(exist_ok=True)
            tone = 0.3 * np.sin(2 * np.pi * 1000 * np.arange(rate // 2) / rate)
            noise = np.random.default_rng(number).normal(0, 0.001 * (1 + ord(name)), len(tone))
            soundfile.write(tmp_path / name / f"{rate}.wav", tone + noise, rate)
    data = read_data(tmp_path)
    assert "sample rates: 8,000 Hz (2), 16,000 Hz (2), 44,100 Hz (2)" in data.notes
    assert any(note.startswith("2 recordings have fewer than 16,000 samples") for note in data.notes)
    for rate in rates:
        sound = RecordingFile(tmp_path / "a" / f"{rate}.wav").read()
        samples = resample(sound.samples, sound.sample_rate_hz, 16_000)
        assert len(samples) == pytest.approx(8_000, abs=2)
        assert int(np.abs(np.fft.rfft(samples)).argmax()) / len(samples) * 16_000 == pytest.approx(1000, abs=4)


@pytest.mark.parametrize("counted", [5, 10_000])
def test_an_mp3_whose_header_counts_wrongly_is_read_to_its_end(tmp_path: Path, counted: int) -> None:
    """The counts of the header's first frame are not believed (fault D23)."""
    path, rate = tmp_path / "x.mp3", 16_000
    soundfile.write(path, 0.3 * np.sin(np.arange(rate) / 9), rate, format="MP3")
    whole = len(RecordingFile(path).read().samples)
    assert whole == pytest.approx(rate, rel=0.15)
    content = bytearray(path.read_bytes())
    mark = max(content.find(b"Xing"), content.find(b"Info"))
    assert mark > 0
    content[mark + 8 : mark + 12] = counted.to_bytes(4, "big")
    path.write_bytes(content)
    sound = RecordingFile(path).read(check=True)
    assert len(sound.samples) == pytest.approx(whole, rel=0.01)
    assert RecordingFile(path).read_length()[0] == pytest.approx(whole, rel=0.01)
    assert sound.notes
    assert len(RecordingBytes(bytes(content), "x").read().samples) == len(sound.samples)


@given(st.binary(max_size=400), st.sampled_from([b"", b"ID3", b"\xff\xfb\x90\xc4", b"\xff\xfb\x90\xc4" + b"Info" * 9]))
def test_counting_frames_of_anything_ends(content: bytes, start: bytes) -> None:
    found = find_wrong_count(start + content)
    assert found is None or len(found.corrected(start + content)) == len(start + content)
