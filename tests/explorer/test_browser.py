"""The page in a headless Chromium: what a person does, by mouse and by keys alone.

One browser and one server serve all tests. Each test begins on a fresh page and ends with a look at what the page
complained about and where it sent requests.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import numpy as np
import pyarrow as pa
import pytest

from nasbench_pytorch.table.cell_columns import add_cell_columns
from tests.helpers.browser import DEADLINE_MS, browser, watched_page
from tests.helpers.explorer_samples import mini_file, mini_table, write_searches
from tests.helpers.explorer_server import running_explorer

pytestmark = pytest.mark.pages

HTML = "<img src=x onerror=window.hacked=1>"
ROW = 17
TABS = ("cell", "edit", "search", "compare", "selection")


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    with browser() as opened:
        yield opened


@pytest.fixture(scope="module")
def address(chromium: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a server over a table whose names and texts are HTML, with searches and a second table."""
    folder = tmp_path_factory.mktemp("explored")
    own = {HTML: pa.array(np.arange(91.0)), "origin": pa.array([HTML, *["a"] * 90])}
    add_cell_columns(mini_table().file, folder / f"{HTML[:10]}.arrow", own)
    table, searches = str(folder / f"{HTML[:10]}.arrow"), str(write_searches(folder / "searches"))
    with running_explorer(table, "--compare", str(mini_file()), "--searches", searches) as (found, _):
        yield found


Open = Callable[..., Any]


def until(page: Any, expression: str) -> None:
    """Wait until a JavaScript expression is true. Playwright's own wait evaluates a text, which the page forbids."""
    end = time.monotonic() + DEADLINE_MS / 1000
    while not page.evaluate(expression):
        assert time.monotonic() < end, f"never true: {expression}"
        page.wait_for_timeout(20)


@pytest.fixture
def refused() -> list[str]:
    """What a test asks for though it knows that the server refuses it: the browser writes a line for each."""
    return []


@pytest.fixture
def visit(chromium: Any, address: str, refused: list[str]) -> Iterator[Open]:
    """Function that opens the page, and waits until the map is painted."""
    with ExitStack() as stack:
        opened = []

        def visit(state: str = "", **options: Any) -> Any:
            watched = stack.enter_context(
                watched_page(chromium, **{"viewport": {"width": 1280, "height": 800}, **options})
            )
            opened.append(watched)
            watched.page.goto(f"{address}#{state}")
            until(watched.page, "document.getElementById('map').map !== undefined")
            return watched.page

        yield visit
        complaints = [line for watched in opened for line in watched.complaints]
        assert [line for line in complaints if "the server responded with a status of 40" not in line] == []
        assert len(complaints) == len(refused)
        for watched in opened:
            assert watched.page.evaluate("window.hacked") is None
            for request in watched.requests:
                assert request.startswith((address, "data:", "blob:")), request
            assert urlsplit(address).hostname == "127.0.0.1"


def place_of(page: Any, row: int) -> tuple[float, float]:
    """Return where a cell is drawn, in pixels of the window."""
    found = page.evaluate(f"document.getElementById('map').map.placeOf({row})")
    return found["x"], found["y"]


def step_to(page: Any, row: int) -> None:
    """Move the map's cursor from its middle to a cell with the arrow keys: 8 pixels a press, 48 with Shift."""
    box = page.get_by_label("Map of 91 cells").bounding_box()
    x, y = place_of(page, row)
    distances = (x - box["x"] - box["width"] / 2, y - box["y"] - box["height"] / 2)
    for distance, (back, on) in zip(distances, (("Left", "Right"), ("Up", "Down")), strict=True):
        large, small = divmod(round(abs(distance) / 8), 6)
        key = f"Arrow{on if distance > 0 else back}"
        for press in [f"Shift+{key}"] * large + [key] * small:
            page.keyboard.press(press)


def draw_box(page: Any, share: float = 1.0) -> None:
    """Draw a box from the upper left corner of the map over a share of its width and height."""
    box = page.get_by_label("Map of 91 cells").bounding_box()
    page.keyboard.down("Shift")
    page.mouse.move(box["x"] + 2, box["y"] + 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 4, box["y"] + box["height"] / 4, steps=3)
    page.mouse.move(box["x"] + share * box["width"] - 2, box["y"] + share * box["height"] - 2)
    page.mouse.up()
    page.keyboard.up("Shift")


def wait_for_hash(page: Any, row: int) -> None:
    page.get_by_role("tabpanel").get_by_text(mini_table().file.hash_of(row)).wait_for()


def test_the_page_shows_the_table_and_takes_its_names_for_texts(visit: Open) -> None:
    page = visit("colour=origin&x=own_img_src_x_onerror_window_hacked_1")
    assert page.locator("#name").inner_text().endswith(".arrow")
    assert "91 cells" in page.locator("#about").inner_text()
    assert page.get_by_role("group", name="Legend").get_by_text(HTML).count() == 1
    assert page.locator("img").count() == 0


def test_hovering_and_clicking_show_a_cell_and_its_neighbours_lead_on(visit: Open) -> None:
    page = visit()
    page.mouse.move(*place_of(page, ROW))
    accuracy = f"{mini_table().values('test_accuracy_12')[ROW]:.4f}"
    page.locator(".nb-tip").get_by_text(accuracy).wait_for()
    page.mouse.click(*place_of(page, ROW))
    wait_for_hash(page, ROW)
    neighbour = page.locator(".neighbours button").first
    neighbour.click()
    until(page, f"!location.hash.includes('{mini_table().file.hash_of(ROW)}')")
    page.go_back()
    wait_for_hash(page, ROW)


def test_an_edit_into_an_invalid_cell_says_why_and_undo_leads_back(visit: Open, refused: list[str]) -> None:
    page = visit(f"cell={mini_table().file.hash_of(ROW)}")
    wait_for_hash(page, ROW)
    page.get_by_role("button", name="Edit", exact=True).click()
    wait_for_hash(page, ROW)
    matrix = mini_table().spec(ROW).pruned().matrix
    panel = page.get_by_role("tabpanel")
    edges = np.argwhere(matrix[0]).ravel().tolist()
    for target in edges:
        panel.locator(f"[data-place='0-{target}']").click()
    panel.get_by_text("cannot be reached from its input").wait_for()
    for _ in edges:
        panel.get_by_role("button", name="Undo").click()
    wait_for_hash(page, ROW)
    panel.get_by_label("Paste a cell").fill(f"{HTML} is no cell")
    panel.get_by_role("button", name="Read").click()
    panel.get_by_role("alert").get_by_text("the text describes no cell").wait_for()
    refused.append("a text that is no cell")
    panel.get_by_label("Paste a cell").fill(repr(mini_table().spec(3)))
    panel.get_by_role("button", name="Read").click()
    wait_for_hash(page, 3)


def test_a_filter_greys_the_others_and_a_wrong_one_is_explained(visit: Open, refused: list[str]) -> None:
    page = visit()
    field = page.get_by_label("Where")
    field.fill("vertices<=3")
    field.press("Enter")
    passed = int((mini_table().values("vertices") <= 3).sum())
    page.locator("#filter-bar").get_by_text(f"{passed} of 91 cells").wait_for()
    field.fill("vertices<=")
    field.press("Enter")
    page.locator("#filter-error").get_by_text("expected a number or a field, found the end").wait_for()
    refused.append("half a filter")


def test_a_shared_address_shows_the_same(visit: Open) -> None:
    page = visit()
    page.get_by_label("Colour").select_option("edges")
    page.get_by_label("Where").fill("edges>2")
    page.get_by_label("Where").press("Enter")
    page.mouse.click(*place_of(page, ROW))
    wait_for_hash(page, ROW)
    until(page, "location.hash.includes('colour=edges') && location.hash.includes('where=')")
    shared = page.evaluate("location.hash.slice(1)")
    page.reload()
    wait_for_hash(page, ROW)
    other = visit(shared)
    wait_for_hash(other, ROW)
    for again in (page, other):
        assert again.get_by_label("Where").input_value() == "edges>2"
        assert again.get_by_label("Colour").input_value() == "edges"


def test_an_address_that_no_longer_fits_shows_the_rest_and_says_so(visit: Open) -> None:
    page = visit("x=nothing&colour=depth&view=1,2,3&tab=%3Cb%3E&search=99&epochs=7")
    page.get_by_role("status").get_by_text("The address does not fit this table").wait_for()
    assert page.get_by_label("Colour").input_value() == "depth"


def test_a_cell_that_the_table_lacks_is_said_and_shown_in_the_editor(visit: Open, refused: list[str]) -> None:
    page = visit()
    page.get_by_label("Find a cell").fill("inception")
    page.get_by_role("button", name="Find").click()
    page.locator("#tab-edit[aria-selected=true]").wait_for()
    page.get_by_role("tabpanel").get_by_text("7 vertices after pruning").wait_for()
    refused.append("a cell of 7 vertices")


def test_themes_differ_and_the_choice_is_kept(visit: Open) -> None:
    page = visit()
    background = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(background)
    page.get_by_role("button", name="Theme").click()
    dark = page.evaluate(background)
    assert dark != light
    page.reload()
    until(page, "document.getElementById('map').map !== undefined")
    assert page.evaluate(background) == dark
    assert visit(color_scheme="dark").evaluate(background) == dark


def test_a_phone_shows_every_panel_without_scrolling_sideways(visit: Open) -> None:
    page = visit(f"cell={mini_table().file.hash_of(ROW)}", viewport={"width": 400, "height": 800})
    wait_for_hash(page, ROW)
    for tab in TABS:
        page.locator(f"#tab-{tab}").click()
        page.locator(f"#tab-{tab}[aria-selected=true]").wait_for()
        assert page.evaluate("document.documentElement.scrollWidth") <= 400, tab


def test_keys_alone_reach_a_cell_and_the_editor(visit: Open) -> None:
    page = visit()
    reached = "document.activeElement.getAttribute('aria-label') ?? document.activeElement.id"
    for _ in range(40):
        page.keyboard.press("Tab")
        if "Map of" in str(page.evaluate(reached)):
            break
    else:
        pytest.fail("the map cannot be reached with Tab")
    step_to(page, ROW)
    page.locator(".nb-tip").get_by_text("test accuracy, 12 epochs").wait_for()
    page.keyboard.press("Enter")
    until(page, "location.hash.includes('cell=')")
    for _ in range(40):
        if page.evaluate("document.activeElement.getAttribute('role')") == "tab":
            break
        page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")
    page.get_by_role("tabpanel").get_by_text("Paste a cell").wait_for()


def test_a_search_is_replayed(visit: Open) -> None:
    page = visit("tab=search")
    panel = page.get_by_role("tabpanel")
    slider = panel.get_by_label("Evaluations so far")
    total = int(slider.get_attribute("max"))
    panel.get_by_text(f"{total} of {total} evaluations").wait_for()
    slider.fill("1")
    panel.get_by_text(f"1 of {total} evaluations").wait_for()
    panel.get_by_role("button", name="Play").click()
    panel.get_by_text(f"{total} of {total} evaluations").wait_for()
    panel.get_by_role("button", name="Show the best").click()
    until(page, "location.hash.includes('cell=')")


def test_two_tables_are_compared(visit: Open) -> None:
    page = visit("tab=compare")
    page.get_by_role("tabpanel").get_by_text("Spearman's rank correlation").wait_for()
    page.get_by_label("Budget").select_option("4")
    until(page, "location.hash.includes('epochs=4')")


def test_a_box_is_a_selection_that_can_be_saved(visit: Open, tmp_path: Path) -> None:
    page = visit()
    draw_box(page)
    panel = page.get_by_role("tabpanel")
    panel.get_by_text("91 cells selected").wait_for()
    with page.expect_download() as download:
        panel.get_by_role("button", name="Download CSV").click()
    download.value.save_as(tmp_path / "cells.csv")
    assert len((tmp_path / "cells.csv").read_text().splitlines()) == 92
    panel.get_by_role("button", name="Campaign").click()
    panel.get_by_text("nasbench campaign run").wait_for()


SELECTED = "(document.getElementById('map').map?.data.overlays ?? []).flatMap(({ rows }) => Array.from(rows))"


def test_a_box_and_cells_by_themselves_are_in_the_address(visit: Open) -> None:
    page = visit("x=edges&y=depth&where=edges%3E2")
    draw_box(page, 0.6)
    until(page, "location.hash.includes('cells=')")
    chosen = page.evaluate(SELECTED)
    assert 1 < len(chosen) < 91
    outside = next(row for row in range(91) if row not in chosen and mini_table().values("edges")[row] > 2)
    page.mouse.click(*place_of(page, outside))
    wait_for_hash(page, outside)
    page.get_by_role("button", name="Select", exact=True).click()
    until(page, f"location.hash.includes('{mini_table().file.hash_of(outside)[:12]}')")
    page.locator("#axes-bar select").nth(1).select_option("parameters")
    until(page, "location.hash.includes('x=parameters')")
    shared = page.evaluate("location.hash.slice(1)")
    page.reload()
    for again in (page, visit(shared)):
        until(again, f"{SELECTED}.length === {len(chosen) + 1}")
        assert again.evaluate(SELECTED) == sorted([*chosen, outside])
        again.locator("#tab-selection").click()
        again.get_by_role("tabpanel").get_by_text(f"{len(chosen) + 1} cells selected").wait_for()
    page.go_back()
    page.wait_for_timeout(50)
    assert page.evaluate(SELECTED) == sorted([*chosen, outside])


def test_a_box_in_the_address_selects_on_the_map_that_it_was_drawn_on(visit: Open) -> None:
    edges, vertices = mini_table().values("edges"), mini_table().values("vertices")
    box = quote("x=edges&y=depth&where=edges>2&colour=vertices&hidden=2,3&view=2.5,4.5,-9,9", safe="")
    page = visit(f"box={box}&tab=selection&cells={mini_table().file.hash_of(0)[:12]}")
    wanted = sorted({0, *np.flatnonzero((edges > 2) & (edges < 5) & (vertices > 3)).tolist()})
    assert 1 < len(wanted) < 91
    page.get_by_role("tabpanel").get_by_text(f"{len(wanted)} cells selected").wait_for()
    assert page.evaluate(SELECTED) == wanted


def test_a_selection_that_the_table_lacks_is_said_and_the_rest_is_shown(visit: Open) -> None:
    known = mini_table().file.hash_of(ROW)[:12]
    page = visit(f"cells=ffffffffffff.{known}&tab=selection")
    page.get_by_role("status").get_by_text("lacks 1 of the 2 selected cells of the address: ffffffffffff").wait_for()
    page.get_by_role("tabpanel").get_by_text("1 cell selected").wait_for()
    until(page, f"location.hash.endsWith('cells={known}')")
    other = visit(f"box={quote('x=parameters&y=flops&view=1,2,1,2', safe='')}")
    other.get_by_role("status").get_by_text("No cell of this table lies in the box").wait_for()


def test_an_address_typed_over_the_page_is_followed(visit: Open) -> None:
    page = visit()
    with page.expect_event("load"):
        page.evaluate(f"location.hash = 'colour=depth&cells={mini_table().file.hash_of(ROW)[:12]}'")
    until(page, f"{SELECTED}.includes({ROW})")
    assert page.get_by_label("Colour").input_value() == "depth"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_serious_fault(visit: Open, scheme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    page = visit(f"cell={mini_table().file.hash_of(ROW)}", color_scheme=scheme)
    wait_for_hash(page, ROW)
    for tab in TABS:
        page.locator(f"#tab-{tab}").click()
        page.locator(f"#tab-{tab}[aria-selected=true]").wait_for()
        found = axe.run(page).response["violations"]
        serious = [
            (tab, fault["id"], fault["nodes"][0]["html"])
            for fault in found
            if fault["impact"] in ("serious", "critical")
        ]
        assert serious == []
