import json
import random
import re
import shutil
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hostile_strings import HOSTILE
from PIL import Image

import injerto
from injerto.artifacts.inspecting import inspect_measurements
from injerto.core.answer_kind import AnswerKind
from injerto.core.atomic import MANIFEST_NAME, new_folder
from injerto.core.errors import DataError, ModelError, UsageError
from injerto.core.evidence import Interval
from injerto.core.finding import AuditReport, Finding, GroupFigures, GroupTable, LabelRates, Origin, Severity
from injerto.data.items import Text
from injerto.data.labelled import Example
from injerto.reports.examples import Examples
from injerto.reports.html import shown
from injerto.reports.material import Material
from injerto.reports.page import POLICY, render_page
from injerto.reports.panel import panel_names

_NUM_LABELS = 4
_EACH = 19


def file_safe(text: str) -> str:
    """The string with what no file name can hold replaced."""
    return text.replace("/", "∕").replace("\0", "")


@pytest.fixture(scope="session")
def hostile_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four labels of nineteen pictures: with the labels, every hostile string is a name here."""
    root = tmp_path_factory.mktemp("hostile") / "data"
    generator = np.random.default_rng(0)
    names = iter(file_safe(text) for text in HOSTILE)
    labels = [next(names) for _ in range(_NUM_LABELS)]
    for number, label in enumerate(labels):
        (root / label).mkdir(parents=True)
        for _ in range(_EACH):
            noise = generator.normal(60 * number, 60, (32, 32, 3)).clip(0, 255).astype(np.uint8)
            Image.fromarray(noise).save(root / label / f"{next(names)}.png")
    return root


@pytest.fixture(scope="session")
def hostile_model(hostile_data: Path, network_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model with epochs, mistakes and suspects; read only."""
    out = tmp_path_factory.mktemp("model") / "<b>model&"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("INJERTO_HOME", str(tmp_path_factory.mktemp("home-of-model")))
        injerto.fit(
            hostile_data,
            backbone=str(network_folder),
            strategy="mlp-head",
            epochs=4,
            out=out,
            device="cpu",
            fallback=False,
        )
    return out


_VOID = {"meta", "img", "br", "hr"}
_ALLOWED = {
    *("html", "head", "meta", "title", "style", "body", "div", "nav", "main", "section", "aside", "footer", "p", "a"),
    *("h1", "h2", "h3", "ol", "ul", "li", "span", "strong", "code", "pre", "bdi", "blockquote", "img", "figure"),
    *("figcaption", "table", "caption", "thead", "tbody", "tr", "th", "td", "details", "summary"),
    *("svg", "desc", "path", "rect", "circle", "text", "g", "image", "audio", "em"),
}


class _Reader(HTMLParser):
    """What a page holds: its elements, attributes and text."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.text: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag not in _VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment: {data}")


def read(page: str) -> _Reader:
    reader = _Reader()
    reader.feed(page)
    reader.close()
    assert reader.open == []
    return reader


def check_harmless(page: str) -> _Reader:
    """Only elements and attributes that the report itself uses, and no address but pictures in the page."""
    found = read(page)
    assert set(found.tags) <= _ALLOWED
    for _, name, value in found.attributes:
        assert not name.startswith("on"), name
        if name in ("src", "href"):
            assert value.startswith(("data:image/jpeg;base64,", "data:audio/mpeg;base64,", "#")), value
        if name == "style":
            assert re.fullmatch(r"--share:\d+%", value), value
    return found


@pytest.fixture(scope="module")
def page(hostile_model: Path, hostile_data: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    out = tmp_path_factory.mktemp("page") / "report.html"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("INJERTO_HOME", str(tmp_path_factory.mktemp("home-of-page")))
        assert injerto.report(hostile_model, out, data=hostile_data) == out
    return out.read_text(encoding="utf-8")


def test_every_panel_has_its_place_and_its_words(page: str) -> None:
    found = read(page)
    ids = [value for tag, name, value in found.attributes if tag == "section" and name == "id"]
    assert ids[0] == "summary"
    assert ids[1:] == panel_names(AnswerKind.LABELS)
    links = [value for tag, name, value in found.attributes if tag == "a" and name == "href"]
    assert set(links) == {f"#{name}" for name in ids}


def test_ids_are_used_once_and_every_chart_is_named(page: str) -> None:
    found = read(page)
    ids = [value for _, name, value in found.attributes if name == "id"]
    assert len(set(ids)) == len(ids)
    named = [value.split() for _, name, value in found.attributes if name == "aria-labelledby"]
    assert len(named) >= 7
    assert {name for pair in named for name in pair} <= set(ids)


def test_every_picture_has_words_of_its_own(page: str) -> None:
    found = read(page)
    assert found.tags.count("img") >= 3
    assert sum(
        tag == "img" and name == "alt" and value.startswith("Picture ") for tag, name, value in found.attributes
    ) == (found.tags.count("img"))


def test_hostile_names_of_labels_and_files_stay_text(page: str) -> None:
    found = check_harmless(page)
    assert f'http-equiv="Content-Security-Policy" content="{POLICY.replace(chr(39), "&#39;")}"' in page
    text = " ".join(" ".join(found.text).split())
    assert "<b>model&" in text
    assert "<script>alert(1)<∕script>" in text
    assert not re.search(r"[\u202a-\u202e\u2066-\u2069\u200b\ufeff\x00-\x08\x1b]", page)


def test_hostile_texts_stay_text(hostile_model: Path) -> None:
    artifact = inspect_measurements(hostile_model)
    number = len(artifact.answers.targets) if artifact.answers else 0
    examples = [
        Example(item=Text(HOSTILE[i % len(HOSTILE)]), labels=("x",), where=HOSTILE[-1 - i % len(HOSTILE)])
        for i in range(number)
    ]
    for start in range(0, len(HOSTILE), number):
        turned = [*examples[start % number :], *examples[: start % number]]
        check_harmless(
            render_page(Material(artifact=artifact, examples=Examples(test=turned, by_place={}, problems=())))
        )


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_string_is_shown_as_it_is(text: str) -> None:
    found = read(str(shown(text)))
    assert found.tags == ["bdi"]
    folded = " ".join(text.split())
    assert "".join(found.text) == "".join(one if one.isprintable() else repr(one)[1:-1] for one in folded)


def test_a_page_without_data_holds_no_picture_and_no_place_of_a_test_example(
    hostile_model: Path, hostile_data: Path, tmp_path: Path
) -> None:
    out = injerto.report(hostile_model, tmp_path / "report.html")
    found = check_harmless(out.read_text(encoding="utf-8"))
    assert "img" not in found.tags
    assert any("--data DATA" in text for text in found.text)
    test = inspect_measurements(hostile_model).answers
    assert test is not None
    kept = (hostile_model / "answers.json").read_text() + (hostile_model / "data.json").read_text()
    assert not [
        file.stem for file in hostile_data.rglob("*.png") if len(file.stem) > 9 and json.dumps(file.stem)[1:-1] in kept
    ]


def test_hostile_names_of_groups_stay_text(hostile_model: Path) -> None:
    artifact = inspect_measurements(hostile_model)
    figures = [
        GroupFigures(
            group=text,
            num_examples=30,
            value=Interval(value=0.5, low=0.4, high=0.6, num_examples=30),
            labels=(LabelRates(label=text, num_examples=3),),
            gap=Interval(value=0.1, low=0.01, high=0.2, num_examples=60),
            origin=Origin.INHERITED,
        )
        for text in HOSTILE
    ]
    tables = tuple(
        GroupTable(
            column=one.group, groups=(one,), worst=one.group, mean=0.5, equalised_odds=0.1, demographic_parity=0.1
        )
        for one in figures
    )
    finding = [Finding(code="GR001", severity=Severity.SERIOUS, sentence=text, remedy=text) for text in HOSTILE]
    judged = AuditReport(model="m", data=None, num_examples=60, findings=tuple(finding), tables=tables)
    check_harmless(render_page(Material(artifact=artifact, examples=None, audit=judged)))


def test_the_page_is_small(page: str) -> None:
    assert len(page.encode()) < 3_000_000


def test_a_hundred_thousand_labels_make_no_larger_page(hostile_model: Path) -> None:
    artifact = inspect_measurements(hostile_model)
    labels = tuple(f"label {i}" for i in range(100_000))
    many = replace(artifact, record=artifact.record.model_copy(update={"labels": labels}))
    page = render_page(Material(artifact=many, examples=None))
    assert "label 99999" not in page
    assert len(page.encode()) < 500_000


def test_other_data_are_refused(hostile_model: Path, hostile_data: Path, tmp_path: Path) -> None:
    copy = tmp_path / "data"
    shutil.copytree(hostile_data, copy)
    for picture in list(copy.rglob("*.png"))[:40]:
        picture.unlink()
    with pytest.raises(DataError, match="not the data"):
        injerto.report(hostile_model, tmp_path / "report.html", data=copy)


def _mutate(value: Any, generator: random.Random) -> Any:
    """The document with one value of it replaced, emptied or taken away."""
    if isinstance(value, dict) and value:
        key = generator.choice(sorted(value))
        if generator.random() < 0.15:
            return {name: one for name, one in value.items() if name != key}
        return value | {key: _mutate(value[key], generator)}
    if isinstance(value, list) and value:
        place = generator.randrange(len(value))
        if generator.random() < 0.3:
            return value[:place]
        return [*value[:place], _mutate(value[place], generator), *value[place + 1 :]]
    return generator.choice([None, 0, -1, 3, 0.5, 1e9, "", "x" * 400, HOSTILE[0], [], {}, True])


@pytest.mark.parametrize("name", ["evidence", "answers", "training", "data", "injerto"])
def test_a_model_that_someone_forged_gives_a_harmless_page_or_an_error(
    hostile_model: Path, tmp_path: Path, name: str
) -> None:
    document = json.loads((hostile_model / f"{name}.json").read_text())
    for seed in range(6):
        with new_folder(tmp_path / "m", overwrite=True) as folder:
            for file in hostile_model.iterdir():
                if file.name != MANIFEST_NAME:
                    shutil.copy(file, folder / file.name)
            (folder / f"{name}.json").write_text(json.dumps(_mutate(document, random.Random(seed))))
        try:
            page = injerto.report(tmp_path / "m", tmp_path / "r.html").read_text(encoding="utf-8")
        except ModelError:
            continue
        check_harmless(page)


def test_a_changed_model_gets_no_report(hostile_model: Path, tmp_path: Path) -> None:
    copy = tmp_path / "m"
    shutil.copytree(hostile_model, copy)
    (copy / "evidence.json").write_text((copy / "evidence.json").read_text().replace('"accuracy"', '"accuracY"', 1))
    with pytest.raises(ModelError, match=r"evidence\.json"):
        injerto.report(copy)


def test_a_model_of_an_earlier_version_gets_what_it_can_have(hostile_model: Path, tmp_path: Path) -> None:
    later = {"answers.json", "training.json", "data.json", MANIFEST_NAME}
    with new_folder(tmp_path / "m") as folder:
        for file in hostile_model.iterdir():
            if file.name not in later:
                shutil.copy(file, folder / file.name)
    text = injerto.report(tmp_path / "m").read_text(encoding="utf-8")
    assert text.count("written by an earlier version") >= 5
    check_harmless(text)


def test_a_file_that_is_no_report_is_never_replaced(hostile_model: Path, tmp_path: Path) -> None:
    mine = tmp_path / "mine.html"
    mine.write_text("<p>my own page")
    with pytest.raises(UsageError, match="not a report"):
        injerto.report(hostile_model, mine)
    assert mine.read_text() == "<p>my own page"
    injerto.report(hostile_model, tmp_path / "r.html")
    injerto.report(hostile_model, tmp_path / "r.html")
