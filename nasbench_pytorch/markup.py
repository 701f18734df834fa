"""HTML from Python values, escaped: for reports and for what notebooks show."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape

from nasbench_pytorch.printable import escape_controls

_EMPTY_ELEMENTS = frozenset({"br", "meta", "link", "img", "hr"})


class Markup(str):
    """Text that is HTML. Every other text becomes HTML by `markup`, which escapes it."""

    __slots__ = ()


def markup(value: object) -> Markup:
    """Return a value as HTML: markup as it is, the items of a list or tuple in order, None as nothing, else its text.

    Signs that mean something in HTML are escaped, and so are control characters and marks that reverse the direction of
    writing, which may stand in texts from files.
    """
    if isinstance(value, Markup):
        return value
    if value is None:
        return Markup("")
    if isinstance(value, list | tuple):
        return Markup("".join(map(markup, value)))
    return Markup(escape("\n".join(map(escape_controls, str(value).split("\n")))))


def element(tag: str, *contents: object, **attributes: object) -> Markup:
    """Return an element.

    Args:
        tag: its name.
        contents: see `markup`.
        attributes: their values; `class_` stands for `class`, and other underscores for hyphens. One that is None or
            False is left out; True is an attribute without a value.
    """
    texts = []
    for name, value in attributes.items():
        if value is None or value is False:
            continue
        written = name.rstrip("_").replace("_", "-")
        texts.append(f" {written}" if value is True else f' {written}="{markup(str(value))}"')
    inside = markup(contents)
    end = "" if tag in _EMPTY_ELEMENTS else f"</{tag}>"
    return Markup(f"<{tag}{''.join(texts)}>{inside}{end}")


def table_markup(
    headings: Sequence[object], rows: Iterable[Sequence[object]], left: Sequence[int] = (), caption: object = None
) -> Markup:
    """Return a table.

    Args:
        headings: one for each column; none for a table without a heading.
        rows: one value for each column.
        left: columns that are aligned to the left; the others are numbers.
        caption: a line above the table.
    """
    sides = ["left" if column in left else "right" for column in range(1 + max((len(headings), *left)))]

    def side(column: int) -> str:
        return f"text-align:{sides[column] if column < len(sides) else 'right'}"

    head = [element("th", text, scope="col", style=side(column)) for column, text in enumerate(headings)]
    lines = [element("tr", [element("td", v, style=side(column)) for column, v in enumerate(row)]) for row in rows]
    return element(
        "table",
        None if caption is None else element("caption", caption, style="text-align:left"),
        element("thead", element("tr", head)) if head else None,
        element("tbody", lines),
    )


def facts_markup(facts: Mapping[str, object]) -> Markup:
    """Return names and values, a line for each, as a table; values that are None are left out."""
    rows = [
        element(
            "tr",
            element("th", name, scope="row", style="text-align:left"),
            element("td", value, style="text-align:left"),
        )
        for name, value in facts.items()
        if value is not None
    ]
    return element("table", element("tbody", rows), class_="facts")
