"""What the evidence of a model that writes texts says in words."""

from injerto.core.evidence import Interval, Verdict
from injerto.core.sequences import SequenceControl
from injerto.evidence.sequences.judging import verdict_sentence
from injerto.tasks.named.text_generation import TextGeneration


def test_harm_is_told_from_the_side_of_the_control() -> None:
    gain = Interval(value=-0.06, low=-0.08, high=-0.04, confidence=0.95, num_examples=10)
    control = SequenceControl(
        name="from-scratch",
        metrics={"bits_per_byte": 2.0},
        gains={"bits_per_byte": gain},
        verdict=Verdict.HURT,
        judges_transfer=True,
    )
    said = verdict_sentence(Verdict.HURT, [control], TextGeneration())
    assert said == "from-scratch is better by 0.06 bits per byte (+0.04 to +0.08)"
