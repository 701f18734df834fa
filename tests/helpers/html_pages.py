"""Reading of HTML that the package wrote, as a browser would."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

from typing_extensions import override

_EMPTY = {"meta", "link", "img", "br", "hr", "input"}
_RAW = {"script", "style"}

HOSTILE = '<script>alert(1)</script><img src=x onerror="alert(2)">\'&\x1b[2J\u202e</style></svg>-->'
"""A text that does harm wherever it is taken for HTML, or printed as it is."""


@dataclass
class Page:
    """What a page is made of.

    Attributes:
        elements: tag and attributes of each element, in order.
        text: all text that is shown.
        raw: contents of the scripts and styles, by tag.
    """

    elements: list[tuple[str, dict[str, str | None]]] = field(default_factory=list)
    text: str = ""
    raw: dict[str, list[str]] = field(default_factory=dict)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        """Return the attributes of the elements of a tag."""
        return [attributes for name, attributes in self.elements if name == tag]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.page, self.open = Page(), [""]

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.page.elements.append((tag, dict(attrs)))
        if tag not in _EMPTY:
            self.open.append(tag)
        if tag in _RAW:
            self.page.raw.setdefault(tag, []).append("")

    @override
    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.page.elements.append((tag, dict(attrs)))

    @override
    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, f"</{tag}> ends another element"

    @override
    def handle_data(self, data: str) -> None:
        if self.open[-1] in _RAW:
            self.page.raw[self.open[-1]][-1] += data
        else:
            self.page.text += data


def read_page(text: str) -> Page:
    """Return what a page is made of; every element must be closed in order."""
    reader = _Reader()
    reader.feed(text)
    reader.close()
    assert reader.open == [""]
    return reader.page


def check_alone(text: str) -> Page:
    """Check that a page asks for nothing and runs nothing but its own script; return what it is made of."""
    page = read_page(text)
    for tag, attributes in page.elements:
        for name, value in attributes.items():
            assert not name.startswith("on"), (tag, name)
            if name in ("src", "href", "xlink:href", "action", "data", "srcset"):
                assert value is not None, (tag, name)
                assert value.startswith(("#", "data:image/png;base64,")), (tag, name, value[:80])
    assert not {"link", "iframe", "object", "embed", "base", "form"} & {tag for tag, _ in page.elements}
    policy = next(one["content"] for one in page.all("meta") if one.get("http-equiv") == "Content-Security-Policy")
    assert policy is not None
    assert policy.startswith("default-src 'none';")
    for style in page.raw["style"]:
        assert "@import" not in style
        assert "url(" not in style.replace("url(#", "")
    assert sum(attributes.get("type") == "module" for attributes in page.all("script")) <= 1
    assert all(attributes.get("type") for attributes in page.all("script"))
    return page
