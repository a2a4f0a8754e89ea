"""The line of a measurement that comes first: accuracy and its kin, or the error rates of transcripts."""

from collections.abc import Iterable, Mapping

from rich.console import RenderableType

from injerto.cli.rendering.tables import percent, sentence
from injerto.core.evidence import Interval
from injerto.core.messages import say


def render_metrics(
    accuracy: Interval, metrics: Mapping[str, float], error_rates: Mapping[str, Interval]
) -> Iterable[RenderableType]:
    """One line for labels, one for each error rate of transcripts."""
    bounds = {"low": f"{100 * accuracy.low:.1f}", "high": f"{100 * accuracy.high:.1f}"}
    for name, rate in error_rates.items():
        yield sentence(
            say(
                f"evidence.{name}",
                value=percent(rate.value),
                low=f"{100 * rate.low:.1f}",
                high=f"{100 * rate.high:.1f}",
            )
        )
    if error_rates:
        exact = percent(metrics["exact"])
        yield sentence(say("evidence.words-right", value=percent(accuracy.value), exact=exact, **bounds))
        return
    yield sentence(
        say(
            "evidence.accuracy",
            value=percent(accuracy.value),
            f1=f"{metrics['macro_f1']:.3f}",
            loss=f"{metrics['log_loss']:.3f}",
            **bounds,
        )
    )
