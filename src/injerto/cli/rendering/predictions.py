"""Predictions, one line an input."""

from collections import Counter
from collections.abc import Iterable, Sequence

from rich.console import RenderableType

from injerto.cli.rendering.tables import cell, make_table, percent
from injerto.core.messages import say
from injerto.tasks.detection.prediction import Detections
from injerto.tasks.task import Prediction


def render_predictions(pairs: Sequence[tuple[str, Prediction]], *, top: int) -> Iterable[RenderableType]:
    """The label (all labels above one half, with many), its probability, and what came next."""
    table = make_table(say("predict.input"), say("predict.label"), say("predict.probability"), say("predict.next"))
    for name, prediction in pairs:
        ranked = sorted(prediction.probabilities.items(), key=lambda entry: -entry[1])
        shown = {prediction.label} if prediction.label is not None else set(prediction.labels)
        rest = ", ".join(f"{label} {percent(value)}" for label, value in ranked[:top] if label not in shown)
        label = prediction.label if prediction.label is not None else ", ".join(prediction.labels) or "–"
        table.add_row(cell(name), cell(label), percent(prediction.probability), cell(rest))
    yield table


def render_detections(pairs: Sequence[tuple[str, Prediction]]) -> Iterable[RenderableType]:
    """How many objects of each class a picture holds, and how sure the surest is."""
    table = make_table(say("predict.input"), say("detection.found"), say("predict.probability"), numbers=1)
    for name, prediction in pairs:
        assert isinstance(prediction, Detections)  # The model is a detector.
        counts = Counter(box.label for box in prediction.boxes)
        shown = ", ".join(f"{number} {label}" for label, number in counts.most_common())
        table.add_row(cell(name), cell(shown or say("detection.nothing")), percent(prediction.probability))
    yield table
