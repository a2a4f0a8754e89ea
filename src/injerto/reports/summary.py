"""The head of the report: the verdict in one sentence, the figures that matter, what to know before relying on it."""

from collections.abc import Iterator
from typing import Final

from markupsafe import Markup

from injerto.core.evidence import ControlResult, Verdict
from injerto.core.messages import say
from injerto.reports.html import Child, shown, tag, worded
from injerto.reports.material import AbstractMaterial, Material
from injerto.reports.numbers import between, counted, percent, points, points_between

_SIGNS: Final = {Verdict.HELPED: "▲", Verdict.INCONCLUSIVE: "◆", Verdict.HURT: "▼"}
FEW: Final = 100
"""Test examples below which the figures are called rough."""


def render_summary(material: Material) -> Child:
    """What a reader has to see who reads nothing else."""
    tiles, cautions = list(_tiles(material)), list(_find_cautions(material))
    return lay_out(material, material.evidence.sentence, _in_words(material), tiles, cautions)


def lay_out(
    material: AbstractMaterial, sentence: str, in_words: str, tiles: list[Markup], cautions: list[str]
) -> Child:
    """The head of every page: verdict, one sentence in words, figures, cautions."""
    verdict = material.verdict
    return [
        tag("p", shown(material.name), " · ", shown(material.task), " · ", shown(material.backbone), class_="eyebrow"),
        tag(
            "h1",
            tag(
                "span",
                tag("span", _SIGNS[verdict], aria_hidden="true"),
                f" {say(f'report.is-{verdict}')}",
                class_=f"verdict {verdict}",
            ),
            tag("span", worded(sentence), class_="sentence"),
        ),
        tag("p", worded(in_words), class_="lead"),
        tag("div", tiles, class_="tiles"),
        _cautions(cautions),
    ]


def _in_words(material: Material) -> str:
    """The figure that judges as a person would say it."""
    accuracy = material.evidence.accuracy
    if (found := material.outcome.detection) is not None:
        counts = found.errors
        boxes = counts.right + counts.wrong_class + counts.badly_placed + counts.doubled + counts.background
        return say(
            "report.in-words-boxes",
            found=round(100 * counts.right / max(1, found.num_objects)),
            right=round(100 * counts.right / max(1, boxes)),
            threshold=f"{found.threshold:.2f}",
        )
    if (rate := material.evidence.error_rates.get("wer")) is not None:
        wrong, low, high = (round(100 * value) for value in (rate.value, rate.low, rate.high))
        return say("report.in-words-transcript", wrong=wrong, low=low, high=high)
    low, high = (round(100 * end) for end in (accuracy.low, accuracy.high))
    majority = next((one for one in material.evidence.controls if one.name == "majority"), None)
    key = "in-words-sets" if material.record.multi_label else "in-words"
    text = say(f"report.{key}", right=round(100 * accuracy.value), low=low, high=high)
    if majority is None:
        return text
    return f"{text} {say('report.in-words-majority', right=round(100 * majority.accuracy))}"


def _tiles(material: Material) -> Iterator[Markup]:
    evidence, outcome = material.evidence, material.outcome
    gap = evidence.overfitting.gap
    yield from _measured(material)
    strongest = _strongest(evidence.controls)
    if strongest is not None:
        interval = points_between(*strongest.interval)
        yield tile("gain", points(strongest.gain), say("report.tile.over", interval=interval, name=strongest.name))
    yield tile("gap", points(gap.value), say("report.tile.points", interval=points_between(gap.low, gap.high)))
    if (found := outcome.detection) is not None:
        yield tile("threshold", f"{found.threshold:.2f}", say("report.tile.chosen"))
    if (calibration := material.calibration) is not None:
        key = "off" if calibration.error > calibration.by_chance else "fine"
        words = say(f"report.tile.calibration-{key}", chance=f"{100 * calibration.by_chance:.1f}")
        yield tile("calibration", f"{100 * calibration.error:.1f}", words)


def _measured(material: Material) -> Iterator[Markup]:
    """The measures of the task, each with its interval and what it was measured on."""
    evidence, outcome = material.evidence, material.outcome
    measures = {"accuracy": evidence.accuracy}
    if (found := outcome.detection) is not None:
        measures = {"map": found.mean_precision, "ap50": found.precision_50}
    elif evidence.error_rates:
        measures = {name: rate for name, rate in evidence.error_rates.items() if name in ("wer", "cer")}
    number = counted(outcome.num_test)
    for name, value in measures.items():
        words = say(f"report.tile.of-{material.kind}", interval=between(value.low, value.high), number=number)
        yield tile(name, percent(value.value), words)


def tile(name: str, value: str, words: str) -> Markup:
    """One figure with what it is and what it rests on."""
    return tag(
        "div",
        tag("p", say(f"report.tile.{name}"), class_="what"),
        tag("p", value, class_="value"),
        tag("p", words, class_="words"),
    )


def _strongest(controls: tuple[ControlResult, ...]) -> ControlResult | None:
    """The control on which the verdict rests: of those that judge, the one whose interval begins lowest."""
    judging = [one for one in controls if one.judges_transfer and not one.same_as_model]
    return min(judging, key=lambda one: one.interval[0]) if judging else None


def _find_cautions(material: Material) -> Iterator[str]:
    outcome, evidence = material.outcome, material.evidence
    if evidence.diagnosis is not None:
        yield evidence.diagnosis.sentence
        yield say("evidence.try", remedy=f"`{evidence.diagnosis.remedy}`")
    if evidence.would_decide is not None:
        yield evidence.would_decide
    if outcome.fallback is not None:
        yield outcome.fallback.sentence
    if outcome.readings_sentence is not None:
        yield outcome.readings_sentence
    if evidence.overfitting.overfitted:
        yield evidence.overfitting.sentence
    if outcome.num_test < FEW:
        yield say("report.few-test", number=outcome.num_test)


def _cautions(sentences: list[str]) -> Markup | None:
    if not sentences:
        return None
    items = [tag("li", worded(sentence)) for sentence in sentences]
    return tag("aside", tag("h2", say("report.before-relying")), tag("ul", items), class_="cautions")
