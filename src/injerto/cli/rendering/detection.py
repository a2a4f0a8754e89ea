"""What was measured of a detector."""

from collections.abc import Iterable, Sequence

from rich.console import RenderableType

from injerto.cli.rendering.tables import cell, count, heading, make_table, percent, sentence
from injerto.core.detection import DetectionMeasure, LabelEfficiency
from injerto.core.messages import say
from injerto.core.outcome import DetectionEvaluation


def render_detection(result: DetectionEvaluation) -> Iterable[RenderableType]:
    """A detector on pictures that it was given."""
    yield from render_measure(result.detection)
    if result.readings_sentence is not None:
        yield sentence(result.readings_sentence)


def render_measure(measure: DetectionMeasure) -> Iterable[RenderableType]:
    """mAP with its interval, then by class and by size, then the mistakes."""
    mean, half = measure.mean_precision, measure.precision_50
    yield heading(say("detection.title", number=count(measure.num_images), objects=count(measure.num_objects)))
    yield sentence(
        say(
            "detection.headline",
            value=percent(mean.value),
            low=f"{100 * mean.low:.1f}",
            high=f"{100 * mean.high:.1f}",
            value50=percent(half.value),
            low50=f"{100 * half.low:.1f}",
            high50=f"{100 * half.high:.1f}",
            value75=percent(measure.precision_75),
        )
    )
    columns = (say("detection.objects"), say("detection.precision"), say("detection.precision-50"))
    classes = make_table(say("detection.class"), *columns, numbers=3)
    for one in measure.classes:
        classes.add_row(cell(one.label), count(one.num_objects), _share(one.precision), _share(one.precision_50))
    yield classes
    sizes = make_table(say("detection.size"), *columns[:2], numbers=2)
    for some in measure.sizes:
        sizes.add_row(cell(some.size), count(some.num_objects), _share(some.precision))
    yield sizes
    errors = measure.errors.model_dump(exclude={"confusion"})
    yield sentence(say("detection.errors", threshold=f"{measure.threshold:.2f}", **errors))


def render_efficiency(rows: Sequence[LabelEfficiency]) -> Iterable[RenderableType]:
    """What fewer pictures would have given."""
    shown = [
        say(
            "detection.efficiency-row",
            share=f"{100 * row.share:.0f}",
            number=row.num_images,
            value=f"{100 * row.mean_precision.value:.1f}",
            low=f"{100 * row.mean_precision.low:.1f}",
            high=f"{100 * row.mean_precision.high:.1f}",
        )
        for row in rows
    ]
    yield sentence(say("detection.efficiency", rows="; ".join(shown)))


def _share(value: float | None) -> str:
    return "–" if value is None else percent(value)
