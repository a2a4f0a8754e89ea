"""What the model was trained on, and what is wrong with it: classes, repeats, suspect labels."""

from collections.abc import Iterator
from typing import ClassVar, Final, final

from markupsafe import Markup

from injerto.core.answer_kind import AnswerKind
from injerto.core.data_facts import DataFacts
from injerto.core.messages import say
from injerto.core.survey import ClassCount
from injerto.core.suspect_labels import SuspectLabel
from injerto.reports.charts.rows import Row, draw_bars
from injerto.reports.html import Child, shown, tag
from injerto.reports.material import AbstractMaterial, Material
from injerto.reports.numbers import counted, percent
from injerto.reports.panel import EVERY_KIND, AbstractPanel, beside, figure, folded, named, note, panels, table

_MOST_CLASSES: Final = 12
_MOST_PROBLEMS: Final = 50


@panels.register
@final
class Data(AbstractPanel[AbstractMaterial]):
    """Counts from the artifact; places and pictures from the data where they are given."""

    place: ClassVar[int] = 80
    kinds: ClassVar[frozenset[AnswerKind]] = EVERY_KIND

    def render(self, material: AbstractMaterial) -> Child:
        facts = material.facts
        if facts is None:
            known: Child = note("report.earlier-version")
        else:
            shown_facts = _classes(facts, material) if facts.classes else _facts(facts, [])
            known = [shown_facts, list(_problems(facts, material))]
        return [known, list(_suspects(material)) if material.kind is AnswerKind.LABELS else None]


def _classes(facts: DataFacts, material: AbstractMaterial) -> Child:
    ordered = sorted(facts.classes, key=lambda one: -one.total)
    few = ordered if len(ordered) <= _MOST_CLASSES else [*ordered[: _MOST_CLASSES - 3], *ordered[-3:]]
    title = say(f"report.data.classes-{material.kind}", number=len(ordered))
    rows = [
        Row(name=_short(one.label), words=counted(one.total), value=one.total, parts=(one.train, one.tune, one.test))
        for one in few
    ]
    chart = draw_bars(
        rows,
        high=max(one.total for one in ordered),
        title=title,
        description="; ".join(f"{row.name}: {row.words}" for row in rows),
        numbers=material.numbers,
    )
    cut = say("report.data.classes-cut") if len(few) < len(ordered) else ""
    caption = [
        tag("span", class_="swatch part-0", aria_hidden="true"),
        say("report.curves.train"),
        tag("span", class_="swatch part-1", aria_hidden="true"),
        say("report.curves.tune"),
        tag("span", class_="swatch part-2", aria_hidden="true"),
        say("report.curves.test"),
        f" {cut}",
    ]
    return beside(figure(chart, caption), _facts(facts, ordered))


def _facts(facts: DataFacts, classes: list[ClassCount]) -> Markup:
    splits = ", ".join(f"{counted(number)} {say(f'report.data.split-{name}')}" for name, number in facts.splits.items())
    rows: list[list[Child]] = [
        [say("report.data.source"), shown(facts.source)],
        [say("report.data.examples"), f"{counted(facts.num_examples)} ({splits})"],
        [say("report.data.split"), shown(facts.split_origin)],
    ]
    if classes:
        rows.append([say("report.data.imbalance"), f"{facts.imbalance:.1f} : 1"])
    for name, one in facts.sizes.items():
        spread = {"low": f"{one.smallest:g}", "middle": f"{one.median:g}", "high": f"{one.largest:g}"}
        key = f"report.data.size-{name.replace(', ', '-')}"
        rows.append([named(key, name), say("report.data.spread", **spread)])
    if facts.num_groups is not None:
        rows.append([say("report.data.groups"), counted(facts.num_groups)])
    return table([say("report.data.what"), say("report.data.value")], rows, caption=say("report.data.facts"))


def _problems(facts: DataFacts, material: AbstractMaterial) -> Iterator[Child]:
    yield tag("h3", say("report.data.problems"))
    found: list[tuple[str, int]] = [
        ("skipped", facts.num_skipped),
        ("duplicates", facts.num_duplicates),
        ("leaks", facts.num_leaks),
        ("conflicts", facts.num_conflicts),
        ("alike", facts.num_alike),
        ("alike-conflicts", facts.num_alike_conflicts),
        ("black", facts.num_near_black),
        ("constant", facts.num_near_constant),
    ]
    rows = [
        [say(f"report.data.{name}"), tag("strong", counted(number)) if number else tag("span", "0", class_="zero")]
        for name, number in found
    ]
    yield table(
        [say("report.data.what"), say("report.data.number")], rows, caption=say("report.data.looked-for"), numbers=1
    )
    if facts.label_noise is not None:
        yield tag("p", say("report.data.noise", share=f"{100 * facts.label_noise:.1f}"), class_="note")
    if not facts.problems:
        return
    if not isinstance(material, Material) or material.examples is None:
        kinds = ", ".join(f"{number} {code}" for code, number in facts.problems.items())
        yield note("report.data.kinds", kinds=kinds, model=material.name)
        return
    listed = material.examples.problems
    columns = [say(f"report.data.{name}") for name in ("where", "what-wrong", "action")]
    made = table(
        columns,
        [[shown(one.where), shown(one.what), shown(one.action)] for one in listed[:_MOST_PROBLEMS]],
        caption=say("report.data.problems"),
    )
    yield folded(say("report.data.places", number=len(listed)), made)


def _suspects(material: AbstractMaterial) -> Iterator[Child]:
    assert isinstance(material, Material)
    yield tag("h3", say("report.data.suspects"))
    found = material.evidence.suspect_labels
    if found is None:
        yield note("report.data.suspects-unknown")
        return
    yield tag("p", found.sentence)
    if not found.suspects:
        return
    if material.examples is None:
        yield note("report.give-data", model=material.name)
        columns = [say(f"report.data.{name}") for name in ("where", "label", "likelier", "probability")]
        rows = [
            [shown(one.where), shown(one.label), shown(one.likelier), percent(one.likelier_probability)]
            for one in found.suspects
        ]
        yield folded(
            say("report.data.suspects-listed", number=len(rows)),
            table(columns, rows, caption=say("report.data.suspects"), numbers=1),
            is_open=True,
        )
        return
    yield tag("div", [_suspect(one, material) for one in found.suspects], class_="cards wall")


def _suspect(one: SuspectLabel, material: Material) -> Markup:
    assert material.examples is not None
    example = material.examples.by_place.get(one.where)
    picture: Child = (
        material.examples.show(example, place=one.where, labelled=one.label)
        if example is not None
        else tag("p", say("report.not-found", where=one.where), class_="absent")
    )
    return tag(
        "figure",
        picture,
        tag(
            "figcaption",
            tag(
                "span",
                tag("span", say("report.data.label"), class_="key"),
                tag("strong", shown(one.label)),
                class_="is",
            ),
            tag(
                "span",
                tag("span", say("report.data.likelier"), class_="key"),
                tag("strong", shown(one.likelier)),
                tag("span", percent(one.likelier_probability), class_="count"),
                class_="said",
            ),
            tag("span", shown(one.where), class_="where"),
        ),
        class_="card",
    )


def _short(label: str) -> str:
    return " ".join(label.split())
