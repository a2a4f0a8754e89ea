"""Transcription: the loss, the answers and the error rates."""

import jiwer
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from injerto.strategies.heads.ctc import CtcHead, CtcSettings
from injerto.tasks.named.speech_recognition import SpeechRecognition

LABELS = (" ", "a", "b", "c")
TASK = SpeechRecognition(labels=LABELS)


def targets(*texts: str) -> torch.Tensor:
    width = max(map(len, texts))
    return torch.tensor([[*map(LABELS.index, text)] + [-1] * (width - len(text)) for text in texts])


def test_padding_adds_nothing_to_loss_or_transcript() -> None:
    torch.manual_seed(0)
    head = CtcHead(CtcSettings(num_features=5, num_classes=len(LABELS) + 1))
    frames = torch.cat([torch.randn(2, 9, 4), torch.ones(2, 9, 1)], dim=2)
    padded = torch.cat([frames, torch.zeros(2, 6, 5)], dim=1)
    wanted = targets("ab", "c a")
    short, long = head(frames), head(padded)
    torch.testing.assert_close(TASK.loss(long, wanted), TASK.loss(short, wanted))
    one, other = (TASK.probabilities(scores, temperature=1.0) for scores in (short, long))
    np.testing.assert_allclose(one, other, rtol=1e-5)


def test_the_loss_is_the_sum_over_all_alignments() -> None:
    """Against brute force: every path of three frames that spells `ab`."""
    torch.manual_seed(1)
    scores = torch.randn(1, 3, len(LABELS) + 1)
    likely = scores[0].softmax(-1)
    blank, total = len(LABELS), 0.0
    for path in np.ndindex(5, 5, 5):
        spelt = [c for i, c in enumerate(path) if c != blank and (i == 0 or path[i - 1] != c)]
        if spelt == [1, 2]:
            total += float(torch.prod(likely[range(3), list(path)]))
    found = float(TASK.loss(scores, targets("ab")))
    assert found == pytest.approx(-np.log(total) / 2, rel=1e-5)


def test_a_recording_that_is_too_short_counts_nothing() -> None:
    scores = torch.zeros(1, 2, len(LABELS) + 1)
    loss = TASK.loss(scores, targets("abc"))
    assert float(loss) == 0.0


def test_answers_collapse_repeats_and_say_how_sure() -> None:
    path = [4, 1, 1, 4, 1, 2, 4]
    scores = torch.full((1, len(path), 5), -9.0)
    scores[0, range(len(path)), path] = 9.0
    answers = TASK.probabilities(scores, temperature=1.0)
    (prediction,) = TASK.decode(answers, LABELS)
    assert prediction.label == "aab"
    assert prediction.probability > 0.99
    assert not TASK.says_nothing(answers)
    assert TASK.says_nothing(TASK.probabilities(torch.tensor([[[0.0, 0, 0, 0, 5.0]]]), temperature=1.0))


texts = st.lists(st.sampled_from(["a", "b", "ab", "ca"]), min_size=1, max_size=5).map(" ".join)


@settings(max_examples=30, deadline=None)
@given(pairs=st.lists(st.tuples(texts, texts), min_size=1, max_size=6))
def test_error_rates_are_those_of_jiwer(pairs: list[tuple[str, str]]) -> None:
    said, heard = (list(part) for part in zip(*pairs, strict=True))
    found = TASK.measure(TASK.encode(heard), targets(*said).numpy())
    assert found["wer"] == pytest.approx(jiwer.wer(said, heard))
    assert found["cer"] == pytest.approx(jiwer.cer(said, heard))


def test_a_recurrent_head_hears_no_padding() -> None:
    torch.manual_seed(0)
    head = CtcHead(CtcSettings(num_features=5, num_classes=3, recurrent=4, dropout=0.5)).eval()
    frames = torch.cat([torch.randn(2, 9, 4), torch.ones(2, 9, 1)], dim=2)
    frames[1, 6:] = 0
    longer = torch.cat([frames, torch.zeros(2, 5, 5)], dim=1)
    torch.testing.assert_close(head(longer)[:, :9], head(frames))
    torch.testing.assert_close(head(frames[1:, :6])[0], head(frames)[1, :6])
    assert torch.equal(head(longer)[0, 9:, -1], torch.zeros(5))
