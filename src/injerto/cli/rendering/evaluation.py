"""What `evaluate` measured."""

from collections.abc import Iterable

from rich.console import RenderableType

from injerto.cli.rendering.metrics import render_metrics
from injerto.cli.rendering.tables import heading, percent, sentence
from injerto.core.messages import say
from injerto.core.outcome import Evaluation


def render_evaluation(result: Evaluation) -> Iterable[RenderableType]:
    """Accuracy with its interval beside the majority class, and the bounds that skipped items leave open."""
    yield heading(say("evaluation.title", model=result.model, data=result.data, number=result.num_examples))
    yield from render_metrics(result.accuracy, result.metrics, result.error_rates)
    yield sentence(say("evaluation.majority", value=percent(result.majority_accuracy)))
    if result.num_skipped:
        yield sentence(
            say(
                "evaluation.bounds",
                number=result.num_skipped,
                low=percent(result.accuracy_if_skipped_wrong),
                high=percent(result.accuracy_if_skipped_right),
            )
        )
    if result.readings_sentence is not None:
        yield sentence(result.readings_sentence)
