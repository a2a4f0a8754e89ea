"""Speech from a folder of recordings to a model that answers: commands, transcripts, subtitles, an assistant."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile
import speech_data
from browser import BROWSER, look_at

import injerto
from injerto.artifacts.model import Model
from injerto.cli.rendering.comparison import render_comparison
from injerto.core.assistant import Response
from injerto.core.comparison import Comparison
from injerto.core.errors import UsageError
from injerto.core.plan import Plan
from injerto.data.recordings import RecordingFile
from injerto.workflow.assistant import Assistant, read_actions
from injerto.workflow.fit import Run


@pytest.fixture(scope="module")
def spoken(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return speech_data.write_recordings(tmp_path_factory.mktemp("spoken") / "data", per_word=5, speakers=4)


@pytest.fixture(scope="module")
def commands(spoken: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("commands") / "model"
    injerto.fit(spoken, out=out)
    return out


@pytest.fixture(scope="module")
def written(spoken: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Run, Path]:
    out = tmp_path_factory.mktemp("written") / "model"
    options = injerto.DataOptions(task="speech-recognition")
    return injerto.fit(spoken, options=options, epochs=9, out=out, fallback=False), out


@pytest.fixture
def sentence(tmp_path: Path) -> Path:
    """Up, down and hum with pauses between them."""
    pause = np.random.default_rng(1).normal(0, 0.002, 8000).astype(np.float32)
    spoken = [part for word in ("up", "down", "hum") for part in (speech_data.speak(word, pitch=1.1), pause)]
    soundfile.write(tmp_path / "sentence.wav", np.concatenate([pause, *spoken]), speech_data.RATE)
    return tmp_path / "sentence.wav"


@pytest.mark.slow
def test_commands_are_told_by_a_speaker_who_was_never_heard(commands: Path, spoken: Path) -> None:
    model = injerto.load(commands)
    predictions = model.predict([spoken / "wav" / "up_0_0.wav", (speech_data.speak("down"), speech_data.RATE)])
    assert [prediction.label for prediction in predictions] == ["up", "down"]
    evidence = json.loads((commands / "evidence.json").read_text())["evidence"]
    assert {control["name"] for control in evidence["controls"]} >= {"majority", "nearest-centroid", "random-backbone"}
    assert evidence["accuracy"]["value"] > 0.7


@pytest.mark.slow
def test_mending_reads_the_column_of_recordings_that_it_is_told(
    program: Callable, spoken: Path, tmp_path: Path
) -> None:
    shutil.copytree(spoken / "wav", tmp_path / "wav")
    table = tmp_path / "table.csv"
    rows = (spoken / "manifest.csv").read_text().splitlines()[1:]
    cells = [row.split(",") for row in rows]
    lines = [f"{path},{label},{'ab'[number % 2]}" for number, (path, label, *_) in enumerate(cells)]
    table.write_text("\n".join(["clip,label,room", *lines]) + "\n")
    assert program("fit", table, "--out", "m", "--audio-column", "clip").code == 0
    done = program("mend", "m", table, "--audio-column", "clip", "--group", "room")
    assert (done.code, "ten test examples" in done.err) == (3, True)


@pytest.mark.slow
def test_a_report_of_recordings_lets_them_be_heard(commands: Path, spoken: Path, tmp_path: Path) -> None:
    page = injerto.report(commands, tmp_path / "r.html", data=spoken)
    text = page.read_text(encoding="utf-8")
    assert "length, seconds" in text
    assert "The map" in text
    wrong = "wrong answers." in text
    assert ("<audio " in text) == wrong
    if BROWSER is not None:
        assert look_at(page, tmp_path) == ([], [])


@pytest.mark.slow
def test_a_report_of_transcripts_shows_what_was_misheard(
    written: tuple[Run, Path], spoken: Path, tmp_path: Path
) -> None:
    page = injerto.report(written[1], tmp_path / "r.html", data=spoken)
    text = page.read_text(encoding="utf-8")
    assert "Word error rate" in text
    assert "pair-of-words heard-substitute" in text or "every word" in text.lower()
    if BROWSER is not None:
        assert look_at(page, tmp_path) == ([], [])
    (table,) = injerto.audit(written[1], spoken, groups=["speaker"]).tables
    assert table.metric == "wer"
    assert all(one.value is None for one in table.groups)  # Fifteen recordings each: too few to say.


@pytest.mark.slow
def test_transcripts_come_with_rates_and_intervals(written: tuple[Run, Path], spoken: Path) -> None:
    run, out = written
    rates = run.evidence.error_rates
    assert rates["wer"].low <= rates["wer"].value <= rates["wer"].high
    assert rates["cer"].value < 0.7
    assert [phase.trains for phase in run.plan.phases] == ["head", "all"]
    controls = {control.name for control in run.evidence.controls}
    assert controls == {"majority", "frozen-backbone", "random-backbone", "from-scratch"}
    items = [RecordingFile(path) for path in sorted((spoken / "wav").iterdir())[:5]]
    again = injerto.load(out)
    np.testing.assert_array_equal(again.probabilities(items), run.model.probabilities(items))
    evaluation = injerto.evaluate(out, spoken)
    assert set(evaluation.error_rates) == {"wer", "cer"}


@pytest.mark.slow
def test_a_recording_becomes_subtitles(written: tuple[Run, Path], sentence: Path, tmp_path: Path) -> None:
    heard = injerto.transcribe(written[1], sentence)
    assert len(heard.passages) == 3
    starts = [passage.start for passage in heard.passages]
    np.testing.assert_allclose(starts, [0.5, 1.3, 2.1], atol=0.15)
    for passage in heard.passages:
        assert all(passage.start <= word.start < word.end <= passage.end + 1e-6 for word in passage.words)
    words = tmp_path / "words.txt"
    words.write_text("up\ndown\nhum\n")
    expected = injerto.transcribe(written[1], sentence, words=words, beam=64)
    assert set(expected.text.split()) <= {"up", "down", "hum"} or expected.text != heard.text
    assert "-->" in heard.to_srt()


@pytest.mark.slow
def test_an_assistant_acts_on_commands_and_on_nothing_else(commands: Path, sentence: Path, tmp_path: Path) -> None:
    table = tmp_path / "actions.toml"
    table.write_text(
        'threshold = 0.5\nallow = ["platform:system"]\nunknown = ["hum"]\n'
        '[actions.up]\nprint = "going up"\n[actions.down]\nrun = "platform:system"\nsay = "down"\n'
    )
    spoken_aloud: list[str] = []
    assistant = Assistant(model=injerto.load(commands), table=read_actions(table), speak=spoken_aloud.append)
    turns = list(assistant.hear(RecordingFile(sentence)))
    assert [turn.response for turn in turns] == [Response.DONE, Response.DONE, Response.UNKNOWN]
    assert turns[0].output == ("going up",)
    assert turns[1].output[1:] == ("down",)
    assert spoken_aloud == ["down"]
    doubtful = injerto.load(commands)
    doubtful.temperature *= 100  # Every label is nearly as likely as any other.
    unsure = Assistant(model=doubtful, table=read_actions(table), speak=spoken_aloud.append)
    assert {turn.response for turn in unsure.hear(RecordingFile(sentence))} <= {Response.UNSURE, Response.UNKNOWN}
    assert spoken_aloud == ["down"]


@pytest.mark.slow
def test_an_assistant_sleeps_until_it_is_called(commands: Path, sentence: Path, tmp_path: Path) -> None:
    table = tmp_path / "actions.toml"
    table.write_text('threshold = 0.3\nwake = "down"\n[actions.up]\nprint = "up"\n[actions.hum]\nprint = "hum"\n')
    assistant = Assistant(model=injerto.load(commands), table=read_actions(table))
    responses = [turn.response for turn in assistant.hear(RecordingFile(sentence))]
    assert responses == [Response.ASLEEP, Response.DONE, Response.DONE]


@pytest.mark.slow
def test_an_assistant_does_nothing_for_sounds_that_are_none_of_its_commands(commands: Path, tmp_path: Path) -> None:
    """Without a label for them: by how unlike they are to what it was trained on."""
    table = tmp_path / "actions.toml"
    table.write_text(
        "threshold = 0.0\n" + "".join(f'[actions.{word}]\nprint = "{word}"\n' for word in speech_data.WORDS)
    )
    pause = np.random.default_rng(1).normal(0, 0.002, 8000).astype(np.float32)
    hiss = 0.2 * np.random.default_rng(2).normal(0, 1, 6000).astype(np.float32)
    samples = np.concatenate([pause, speech_data.speak("up", pitch=1.1), pause, hiss, pause])
    soundfile.write(tmp_path / "x.wav", samples, speech_data.RATE)
    assistant = Assistant(model=injerto.load(commands), table=read_actions(table))
    known, foreign = assistant.hear(RecordingFile(tmp_path / "x.wav"))
    assert (known.response, foreign.response) == (Response.DONE, Response.UNKNOWN)
    assert known.familiarity is not None
    assert foreign.familiarity is not None
    assert known.familiarity >= 0 > foreign.familiarity


@pytest.mark.parametrize(
    ("content", "match"),
    [
        ("[actions.up]\n", "needs one of"),
        ('[actions.up]\nrun = "os:system"\n', "does not name"),
        ('[actions.up]\nrun = "os.system(1)"\n', "pattern"),
        ("actions = 3", "actions"),
        ("not toml", "the file"),
    ],
)
def test_tables_that_cannot_be_used_are_one_error(tmp_path: Path, content: str, match: str) -> None:
    (tmp_path / "a.toml").write_text(content)
    with pytest.raises(UsageError, match=match):
        read_actions(tmp_path / "a.toml")


def test_a_plan_for_a_recogniser_is_a_plan_like_any_other(spoken: Path) -> None:
    options = injerto.DataOptions(task="speech-recognition")
    made = injerto.plan(spoken, strategy="norm-bias", options=options)
    assert isinstance(made, Plan)
    assert (made.head, made.pool) == ("ctc", "frames")
    with pytest.raises(UsageError, match="writes no text"):
        injerto.plan(spoken, strategy="knn", options=options)


def test_a_small_wav2vec_learns_behind_its_frozen_front(spoken: Path, tmp_path: Path) -> None:
    """The convolutions run once; the projection and the encoder train from what the store holds."""
    speech_data.save_transformers_speech("wav2vec2", tmp_path / "net", norm="layer")
    options = injerto.DataOptions(task="speech-recognition")
    run = injerto.fit(
        spoken, backbone=str(tmp_path / "net"), strategy="lp-ft", epochs=2, options=options, out=tmp_path / "m"
    )
    trained = {row.group: row.trained for row in run.freeze_plans[-1].rows}
    assert not trained["convolutions"]
    assert trained["layer.1"]
    model = injerto.load(tmp_path / "m")
    assert isinstance(model, Model)


@pytest.mark.slow
def test_strategies_are_compared_on_commands_and_on_transcripts(spoken: Path) -> None:
    commands = injerto.compare(spoken, strategies=("linear-probe", "multi-layer"))
    assert isinstance(commands, Comparison)
    assert [column.accuracy is not None for column in commands.strategies] == [True, True]
    assert commands.last_layer is not None
    options = injerto.DataOptions(task="speech-recognition")
    written = injerto.compare(spoken, strategies=("linear-probe", "lp-ft"), options=options, budget="4s")
    assert isinstance(written, Comparison)
    assert written.last_layer is None
    first = written.strategies[0].accuracy
    assert first is not None
    assert 0 <= first.low <= first.value
    assert "words right" in "".join(str(part) for part in render_comparison(written))
