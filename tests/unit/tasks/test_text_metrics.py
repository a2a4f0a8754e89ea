"""Metrics of texts against closed forms and the library they come from."""

import numpy as np
import pytest
from sacrebleu.metrics.bleu import BLEU
from sacrebleu.metrics.chrf import CHRF

from injerto.tasks.answers import SequenceAnswers
from injerto.tasks.metrics.likelihood import BitsPerByte, Loss, Perplexity
from injerto.tasks.metrics.repetition import Repetition
from injerto.tasks.metrics.translation import Bleu, ChrF

OUTPUTS = ["the cat sat on the mat", "a dog ran", "we drink water every day"]
REFERENCES = ["the cat sat on a mat", "the dog ran away", "we drink water each day"]


def answers(outputs: list[str] = OUTPUTS, references: list[str] = REFERENCES) -> SequenceAnswers:
    number = len(outputs)
    return SequenceAnswers(
        losses=np.full(number, 4 * np.log(8)),
        num_tokens=np.full(number, 4.0),
        num_bytes=np.full(number, 6.0),
        outputs=outputs,
        references=references,
        sources=outputs,
    )


def test_a_fair_choice_among_eight_has_perplexity_eight_and_twelve_bits_in_six_bytes() -> None:
    assert Loss().measure(answers()) == pytest.approx(np.log(8))
    assert Perplexity().measure(answers()) == pytest.approx(8)
    assert BitsPerByte().measure(answers()) == pytest.approx(2)


@pytest.mark.parametrize(("metric", "oracle"), [(Bleu(), BLEU()), (ChrF(), CHRF())])
def test_sums_over_sentences_give_the_corpus_score(metric: Bleu | ChrF, oracle: BLEU | CHRF) -> None:
    expected = oracle.corpus_score(OUTPUTS, [REFERENCES])
    assert metric.measure(answers()) == pytest.approx(expected.score)
    assert metric.signature() == str(oracle.get_signature())


def test_repetition_counts_runs_of_four_words() -> None:
    said = ["a b c d a b c d", "one two three four five"]
    # Five runs, of which the last stood before; and two.
    assert Repetition().measure(answers(said, said)) == pytest.approx(1 / 7)
    assert Repetition().measure(answers(["short"], ["short"])) == 0
