"""A plan of a task whose answer is a text, by comparing strategies within a budget."""

from pathlib import Path

from sequence_networks import save_sequence_network, write_prose

from injerto.core.plan import Basis, Plan
from injerto.core.progress import Collecting, Silent
from injerto.core.sequences import SequenceComparison, SequenceOptions
from injerto.workflow.sequences.plan import plan_sequences


def plan(folder: Path, *, budget: float, epochs: int | None) -> tuple[SequenceComparison, Plan]:
    """What was compared, and what came of it."""
    reporter = Collecting(Silent(), SequenceComparison)
    made = plan_sequences(
        write_prose(folder / "book.txt", 60),
        task="text-generation",
        options=SequenceOptions(),
        backbone=str(save_sequence_network("gpt2", folder / "gpt2")),
        budget=budget,
        epochs=epochs,
        reporter=reporter,
    )
    return reporter.found[0], made


def test_without_epochs_there_are_as_many_as_fit_into_the_budget(tmp_path: Path) -> None:
    comparison, made = plan(tmp_path, budget=1.0, epochs=None)
    assert comparison.epochs is not None
    assert 1 <= comparison.epochs < 30
    assert [phase.epochs for phase in made.phases] == [comparison.epochs]
    reasons = {reason.field: reason for reason in made.reasons}
    assert (reasons["epochs"].choice, reasons["epochs"].basis) == (str(comparison.epochs), Basis.MEASUREMENT)


def test_a_budget_that_ends_stops_all_but_the_first_and_says_so(tmp_path: Path) -> None:
    comparison, made = plan(tmp_path, budget=0.01, epochs=1)
    first, *others = comparison.strategies
    assert first.skipped is None
    assert first.gain_untouched is not None
    assert [column.skipped for column in others] == ["not run: the budget of 0.01 s was spent before it"] * 2
    assert comparison.because == "it alone ran within the budget"
    reasons = {reason.field: reason for reason in made.reasons}
    assert (made.strategy, reasons["strategy"].basis) == ("lora:rank=16", Basis.MEASUREMENT)
