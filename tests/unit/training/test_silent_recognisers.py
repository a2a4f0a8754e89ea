"""A recogniser that learns to say nothing is stopped and told; one that only begins with silence is not."""

from collections.abc import Sequence
from pathlib import Path

import pytest
import speech_data
import torch

import injerto
from injerto.core.errors import ModelError
from injerto.core.training_course import EpochRecord
from injerto.data.reading import read_data
from injerto.data.splitting import make_splits
from injerto.tasks.named.speech_recognition import SpeechRecognition
from injerto.training.descent import Descent
from injerto.training.folds import LabelFold
from injerto.training.sources import AbstractSource


def record(loss: float, epoch: int) -> EpochRecord:
    return EpochRecord(phase="everything", epoch=epoch, train_loss=loss, tune_loss=loss, tune_accuracy=0, seconds=1)


class Unheard(AbstractSource):
    """Never asked: these tests look at what a fold says of itself."""

    def score(self, positions: Sequence[int], *, view: int | None = None, disturbance: object = None) -> torch.Tensor:
        raise AssertionError("nothing is scored here")


def fold(number: int, lengths: list[int] | None = None) -> LabelFold:
    return LabelFold(
        source=Unheard(),
        targets=torch.zeros(number, 1, dtype=torch.int64),
        where=[str(i) for i in range(number)],
        task=SpeechRecognition(),
        lengths=lengths,
    )


def judge(losses: list[float], *, silent: int, stops: bool = True) -> None:
    phase = injerto.Phase(name="everything", trains="all", epochs=18)
    one = object.__new__(Descent)
    # The epoch that is judged is a silent one too.
    one.phase, one.stops_where_nothing_is_said, one._silent_epochs = phase, stops, silent - 1
    one.tune = fold(7)
    one.tune.says_nothing = True
    one._check_says_something([record(loss, epoch) for epoch, loss in enumerate(losses, 1)])


def test_silence_and_a_loss_that_stands_still_end_the_run() -> None:
    with pytest.raises(ModelError, match="say nothing"):
        judge([9, 5, 3.0, 3.0, 3.0, 2.99, 2.99, 2.99], silent=8)


def test_silence_while_the_loss_falls_does_not() -> None:
    judge([9, 7, 6, 5, 4, 3.5, 3.2, 3.0], silent=8)


def test_short_silence_does_not() -> None:
    judge([3.0] * 8, silent=3)


def test_a_control_may_be_silent() -> None:
    judge([3.0] * 8, silent=8, stops=False)


def test_batches_hold_recordings_of_like_length(tmp_path: Path) -> None:
    data = read_data(speech_data.write_recordings(tmp_path / "data", per_word=6), task="speech-recognition")
    splits = make_splits(data, seed=0)
    assert len(splits.train) > 16
    lengths = [len(data.examples[i].labels[0]) * 7 + i % 5 for i in splits.train]
    batches = fold(len(lengths), lengths).batches(4, torch.Generator().manual_seed(0))
    assert sorted(position for batch in batches for position in batch) == list(range(len(lengths)))
    spread = [max(lengths[i] for i in batch) - min(lengths[i] for i in batch) for batch in batches]
    assert sum(spread) / len(spread) < 0.5 * (max(lengths) - min(lengths))
