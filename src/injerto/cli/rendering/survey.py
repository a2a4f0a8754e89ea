"""The survey of a data set."""

from collections.abc import Iterable
from typing import Final

from rich.console import RenderableType

from injerto.cli.rendering.similarity import render_similarity
from injerto.cli.rendering.tables import cell, count, heading, make_table, sentence, short_name
from injerto.core.messages import say
from injerto.core.survey import Survey

_CLASSES_SHOWN: Final = 12
_PROBLEMS_SHOWN: Final = 12


def render_survey(survey: Survey) -> Iterable[RenderableType]:
    """What was found, class by class, then everything that is wrong and what is done about it."""
    yield heading(say("survey.title", source=survey.source))
    facts = make_table("", "")
    facts.show_header = False
    for name, value in _facts(survey):
        facts.add_row(name, cell(value))
    yield facts
    yield from _classes(survey)
    if survey.similarity is not None:
        yield from render_similarity({short_name(survey.backbone or ""): survey.similarity})
    yield from _problems(survey)


def _facts(survey: Survey) -> Iterable[tuple[str, str]]:
    yield say("survey.task"), survey.task + (f" ({say('survey.many-labels')})" if survey.multi_label else "")
    skipped = f", {say('survey.skipped', number=survey.num_skipped)}" if survey.num_skipped else ""
    yield say("survey.examples"), f"{count(survey.num_examples)}{skipped}"
    yield say("survey.splits"), ", ".join(f"{name} {count(number)}" for name, number in survey.splits.items())
    yield "", survey.split_origin
    for name, spread in survey.sizes.items():
        yield name, f"{spread.smallest:g} – {spread.median:g} – {spread.largest:g}"
    if not survey.classes:  # Texts to write carry no labels to count.
        values = {"duplicates": survey.num_duplicates, "leaks": survey.num_leaks, "conflicts": survey.num_conflicts}
        yield say("survey.repeats"), say("survey.repeats-value", **values)
        for note in survey.notes:
            yield say("survey.note"), note
        return
    if (boxes := survey.boxes) is not None:
        shown = {"number": count(sum(boxes.num_boxes.values())), "pictures": count(survey.num_examples)}
        middle = f"{boxes.in_a_picture.median:g}"
        yield (
            say("survey.boxes"),
            say("survey.boxes-value", negatives=boxes.num_negatives, median=middle, **shown),
        )
        yield say("survey.box-sides"), f"{boxes.sides.smallest:g} – {boxes.sides.median:g} – {boxes.sides.largest:g}"
    if survey.task != "speech-recognition":
        yield say("survey.imbalance"), f"{survey.imbalance:.1f} : 1"
    yield (
        say("survey.repeats"),
        say(
            "survey.repeats-value",
            duplicates=survey.num_duplicates,
            leaks=survey.num_leaks,
            conflicts=survey.num_conflicts,
        ),
    )
    yield from _noise(survey) if survey.num_looked_at else ()
    if survey.near_black or survey.near_constant:
        yield (
            say("survey.empty"),
            say(
                "survey.empty-value",
                black=len(survey.near_black),
                constant=len(survey.near_constant),
                number=count(survey.num_looked_at),
            ),
        )
    if survey.num_groups is not None:
        yield say("survey.groups"), count(survey.num_groups)
    for note in survey.notes:
        yield say("survey.note"), note


def _noise(survey: Survey) -> Iterable[tuple[str, str]]:
    """What nearly equal examples say of the labels; recordings are not compared."""
    yield (
        say("survey.alike"),
        say(
            "survey.alike-value",
            pairs=survey.num_alike,
            number=count(survey.num_looked_at),
            conflicts=survey.num_alike_conflicts,
        ),
    )
    if survey.label_noise is None:
        yield say("survey.noise"), say("survey.noise-unknown")
    else:
        yield say("survey.noise"), say("survey.noise-known", noise=f"{100 * survey.label_noise:.1f}")


def _classes(survey: Survey) -> Iterable[RenderableType]:
    if not survey.classes:
        return
    columns = ["train", "tune", "test", *([say("survey.boxes")] if survey.boxes is not None else ())]
    table = make_table(say("survey.class"), *columns, numbers=len(columns))
    ordered = sorted(survey.classes, key=lambda c: (-c.total, c.label))
    for entry in ordered[:_CLASSES_SHOWN]:
        row = [count(entry.train), count(entry.tune), count(entry.test)]
        row += [count(survey.boxes.num_boxes[entry.label])] if survey.boxes is not None else []
        table.add_row(cell(entry.label), *row)
    key = "letters" if "transcript" in survey.columns.values() or survey.task == "speech-recognition" else "classes"
    yield heading(say(f"survey.{key}", number=len(ordered)))
    yield table
    if len(ordered) > _CLASSES_SHOWN:
        smallest = ordered[-1]
        yield sentence(
            say("survey.more-classes", number=len(ordered) - _CLASSES_SHOWN, label=smallest.label, size=smallest.total)
        )


def _problems(survey: Survey) -> Iterable[RenderableType]:
    if not survey.problems:
        yield heading(say("survey.no-problems"))
        return
    yield heading(say("survey.problems", number=len(survey.problems)))
    table = make_table(say("survey.where"), say("survey.what"), say("survey.action"))
    for problem in survey.problems[:_PROBLEMS_SHOWN]:
        table.add_row(cell(problem.where), cell(problem.what), cell(problem.action))
    yield table
    if len(survey.problems) > _PROBLEMS_SHOWN:
        yield sentence(say("survey.more-problems", number=len(survey.problems) - _PROBLEMS_SHOWN))
