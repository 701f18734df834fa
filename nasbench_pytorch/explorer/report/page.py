"""The page of a report: one self-contained HTML file."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import nasbench_pytorch
from nasbench_pytorch.markup import Markup, element, markup
from nasbench_pytorch.plots.figures import figure_svg

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_STYLE = Path(__file__).with_name("report.css")


class Interactive(NamedTuple):
    """The part of a page that answers to the mouse.

    Attributes:
        contents: its elements.
        script: the module that fills them, written by this package.
        style: its rules of CSS, written by this package; the page's own come after them.
    """

    contents: Markup
    script: str
    style: str


def page(title: str, about: object, sections: Sequence[Markup], interactive: Interactive | None = None) -> str:
    """Return a whole HTML document.

    A browser that keeps to its policy loads nothing from anywhere and runs no script but the page's own.

    Args:
        title: heading and title.
        about: a paragraph below the heading.
        sections: the contents, see `section`.
        interactive: what one of the sections has besides its text: script and style; None for neither.
    """
    script, style = (interactive.script, interactive.style) if interactive else ("", "")
    allowed = f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'" if script else "'none'"
    policy = f"default-src 'none'; style-src 'unsafe-inline'; img-src data:; script-src {allowed}; base-uri 'none'"
    head = [
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=policy),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="generator", content=f"nasbench-pytorch {nasbench_pytorch.__version__}"),
        element("title", title),
        element("style", Markup(style + _STYLE.read_text(encoding="utf-8"))),
    ]
    footer = element("footer", f"Written by nasbench-pytorch {nasbench_pytorch.__version__}.", class_="quiet")
    body = [
        element("header", element("h1", title), about if isinstance(about, Markup) else element("p", about)),
        element("main", *sections),
        footer,
        element("script", Markup(script), type="module") if script else None,
    ]
    return "<!DOCTYPE html>\n" + element("html", element("head", *head), element("body", *body), lang="en") + "\n"


def section(heading: str, *contents: object) -> Markup:
    """Return a section; texts among its contents become paragraphs, and None is left out."""
    parts = [item if isinstance(item, Markup | list) else element("p", item) for item in contents if item is not None]
    return element("section", element("h2", heading), *parts)


def picture(figure: Figure, name: str, description: str, caption: str = "") -> Markup:
    """Return a figure as an element.

    Args:
        figure: the picture.
        name: a word that no other picture of the page has.
        description: what it shows, for readers who do not see it.
        caption: a line below it.
    """
    labelled = f'<svg role="img" aria-label="{markup(description)}"'
    svg = Markup(figure_svg(figure, name).replace("<svg", labelled, 1))
    return element("figure", svg, element("figcaption", caption) if caption else None)


def wide(contents: Markup) -> Markup:
    """Return contents that scroll sideways where the page is too narrow for them."""
    return element("div", contents, class_="wide", tabindex="0", role="region", aria_label="table")
