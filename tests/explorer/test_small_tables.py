"""The page in a headless Chromium over tables in which there is little or nothing to see."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.helpers.browser import DEADLINE_MS, browser, watched_page
from tests.helpers.explorer_samples import table_of_chains, table_without_cells
from tests.helpers.explorer_server import served_here

if TYPE_CHECKING:
    from nasbench_pytorch.table import TableFile

pytestmark = pytest.mark.pages

TABLES: dict[str, tuple[Callable[[Path], TableFile], str, str]] = {
    "none": (table_without_cells, "0 cells", "There are no cells to draw."),
    "one": (lambda folder: table_of_chains(folder, 1, 0.9), "1 cell", "Mouse and keys"),
    "missing": (
        lambda folder: table_of_chains(folder, 3, float("nan")),
        "3 cells",
        "Not drawn: 3 cells without a value",
    ),
}


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    with browser() as opened:
        yield opened


@pytest.mark.parametrize("name", TABLES)
def test_a_table_with_little_to_see_is_shown_and_every_control_answers(
    name: str, chromium: Any, tmp_path: Path
) -> None:
    make, counted, drawn = TABLES[name]
    table = make(tmp_path)
    with served_here(table) as address, watched_page(chromium, viewport={"width": 1280, "height": 800}) as watched:
        page = watched.page
        page.goto(address)
        page.get_by_label(f"Map of {counted}", exact=True).wait_for()
        assert page.locator("#about").inner_text().split(" · ")[0] == counted
        page.locator(".nb-map").get_by_text(drawn).wait_for()
        for control in page.locator(".nb-map").get_by_role("button").all():
            control.click()
        for axis in page.locator("#axes-bar select").all():
            for value in axis.locator("option").evaluate_all("options => options.map(({ value }) => value)")[::6]:
                axis.select_option(value)
        page.get_by_label("Where").fill("vertices>=2")
        page.get_by_label("Where").press("Enter")
        page.locator("#filter-bar").get_by_text(f"{table.cells} of {counted}", exact=True).wait_for()
        page.get_by_label("Sampler").select_option(index=1)
        for tab in page.get_by_role("tab").all():
            tab.click()
        page.locator("#tab-edit").click()
        page.get_by_role("tabpanel").get_by_text("Paste a cell").wait_for()
        box = page.locator(".nb-top").bounding_box()
        page.mouse.move(box["x"] + 5, box["y"] + 5)
        page.keyboard.down("Shift")
        page.mouse.down()
        page.mouse.move(box["x"] + box["width"] - 5, box["y"] + box["height"] - 5, steps=2)
        page.mouse.up()
        page.keyboard.up("Shift")
        page.locator("#tab-selection[aria-selected=true]").wait_for()
        if table.cells:
            page.locator("#find-text").fill(table.hash_of(0))
            page.get_by_role("button", name="Find").click()
            page.get_by_role("tabpanel").get_by_text(table.hash_of(0)).wait_for(timeout=DEADLINE_MS)
        with page.expect_event("load"):
            page.goto(f"{address}#tab=compare")
        page.get_by_role("status").get_by_text("The address does not fit this table").wait_for()
        page.get_by_label(f"Map of {counted}", exact=True).wait_for()
    assert watched.complaints == []
