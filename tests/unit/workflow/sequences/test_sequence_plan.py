"""A plan of a task whose answer is a text, by comparing strategies within a budget."""

from pathlib import Path

from sequence_networks import save_sequence_network, write_prose

from injerto.core.plan import Basis
from injerto.core.progress import Collecting, Silent
from injerto.core.sequences import SequenceComparison, SequenceOptions
from injerto.workflow.sequences.plan import plan_sequences


def test_a_budget_that_ends_stops_all_but_the_first_and_says_so(tmp_path: Path) -> None:
    reporter = Collecting(Silent(), SequenceComparison)
    made = plan_sequences(
        write_prose(tmp_path / "book.txt", 60),
        task="text-generation",
        options=SequenceOptions(),
        backbone=str(save_sequence_network("gpt2", tmp_path / "gpt2")),
        budget=0.01,
        epochs=1,
        reporter=reporter,
    )
    (comparison,) = reporter.found
    first, *others = comparison.strategies
    assert first.skipped is None
    assert first.gain_untouched is not None
    assert [column.skipped for column in others] == ["not run: the budget of 0.01 s was spent before it"] * 2
    assert comparison.because == "it alone ran within the budget"
    reasons = {reason.field: reason for reason in made.reasons}
    assert (made.strategy, reasons["strategy"].basis) == ("lora:rank=16", Basis.MEASUREMENT)
