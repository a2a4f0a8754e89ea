"""The whole page: one HTML file that needs no network and no script."""

from importlib import resources
from typing import Final

from markupsafe import Markup

from injerto import __version__
from injerto.core.messages import say
from injerto.reports.html import tag
from injerto.reports.material import AbstractMaterial, Material, TextMaterial
from injerto.reports.panel import panel_names, panels
from injerto.reports.summary import render_summary
from injerto.reports.text_summary import render_text_summary

POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; media-src data:"
"""The page may load nothing and run nothing, whatever stands in it."""


def render_page(material: Material | TextMaterial) -> str:
    """The report as the text of an HTML file."""
    parts = [(name, panels.get(name)().render(material)) for name in panel_names(material.kind)]
    shown_parts = [(name, part) for name, part in parts if part]
    summary = render_summary(material) if isinstance(material, Material) else render_text_summary(material)
    title = say("report.page-title", name=material.name)
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=POLICY),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("meta", name="referrer", content="no-referrer"),
        tag("meta", name="generator", content=f"injerto {__version__}"),
        tag("title", title),
        tag("style", _style()),
    )
    links = [
        tag("li", tag("a", say(f"report.{name}.title"), href=f"#{name}"))
        for name, _ in [("summary", None), *shown_parts]
    ]
    body = tag(
        "body",
        tag("a", say("report.skip"), href="#summary", class_="skip"),
        tag(
            "div",
            tag("nav", _mark(), tag("ol", links), aria_label=say("report.contents")),
            tag(
                "main",
                tag("section", summary, id="summary", class_="summary"),
                [
                    tag(
                        "section",
                        tag("h2", say(f"report.{name}.title")),
                        tag("p", say(f"report.{name}.lead"), class_="lead"),
                        part,
                        id=name,
                    )
                    for name, part in shown_parts
                ],
                _foot(material),
            ),
            class_="page",
        ),
    )
    return f"<!doctype html>\n{tag('html', head, body, lang='en')}\n"


def _style() -> Markup:
    """Our own style sheet: text of this package and of nobody else, so that it needs no escaping."""
    return Markup(resources.files(__package__).joinpath("style.css").read_text(encoding="utf-8"))


def _mark() -> Markup:
    """The sign of injerto: a new shoot on an old trunk."""
    sign = tag(
        "svg",
        tag("path", d="M12 22V11", class_="trunk"),
        tag("path", d="M12 13C12 8 15 4.5 20 4c0 5-3 9-8 9Z", class_="shoot"),
        tag("path", d="M8.5 17.5 15.5 15M8.5 20.5 15.5 18", class_="tie"),
        viewBox="0 0 24 24",
        width=26,
        height=26,
        aria_hidden="true",
    )
    return tag("p", sign, tag("span", "injerto"), class_="mark-of-injerto")


def _foot(material: AbstractMaterial) -> Markup:
    return tag(
        "footer",
        tag("p", say("report.foot", version=material.versions.get("injerto", "?"))),
        tag("p", say("report.foot-not")),
    )
