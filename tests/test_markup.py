from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from nasbench_pytorch.markup import Markup, element, facts_markup, markup, table_markup
from tests.helpers.html_pages import HOSTILE, read_page


@given(st.text())
def test_any_text_is_text_in_contents_and_attributes(text: str) -> None:
    page = read_page(element("p", text, title=text))
    assert [tag for tag, _ in page.elements] == ["p"]
    assert page.elements[0][1]["title"] == page.text


def test_a_hostile_text_becomes_no_element_and_shows_its_control_characters() -> None:
    page = read_page(table_markup([HOSTILE], [[HOSTILE]], caption=HOSTILE) + facts_markup({HOSTILE: HOSTILE}))
    assert {tag for tag, _ in page.elements} == {"table", "caption", "thead", "tbody", "tr", "th", "td"}
    assert page.text.count("<script>alert(1)</script>") == 5
    assert "\\x1b[2J\\u202e" in page.text
    assert not set("\x1b\u202e") & set(page.text)


def test_markup_is_kept_lists_are_joined_and_nothing_is_nothing() -> None:
    bold = element("b", "a")
    assert isinstance(bold, Markup)
    assert markup([bold, "<", None, 3]) == "<b>a</b>&lt;3"
    assert element("div", hidden=True, lang=None, class_="x") == '<div hidden class="x"></div>'
    assert element("meta", charset="utf-8") == '<meta charset="utf-8">'


def test_numbers_of_a_table_are_aligned_to_the_right() -> None:
    page = read_page(table_markup(["name", "number"], [["a", 1], ["b", 2]], left=(0,)))
    assert [one["style"] for one in page.all("td")] == ["text-align:left", "text-align:right"] * 2
    assert page.text == "namenumbera1b2"
