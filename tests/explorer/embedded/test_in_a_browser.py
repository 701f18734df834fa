"""Reports and the widget in a browser: they draw, answer, keep their texts, and ask nobody for anything."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from nasbench_pytorch.explorer.notebook import explore_table
from nasbench_pytorch.explorer.report.table_report import table_report
from nasbench_pytorch.explorer.report.write import write_report
from nasbench_pytorch.search import Budget, SearchRuns, compare
from nasbench_pytorch.table import NASBench
from nasbench_pytorch.table.default_table import open_table
from tests.explorer.report.test_write import hostile_table
from tests.helpers.browser import browser, watched_page
from tests.helpers.campaign_fakes import all_trials, begin, trained
from tests.helpers.explorer_samples import mini_file

pytestmark = pytest.mark.pages


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    with browser() as opened:
        yield opened


def pick_a_cell(page: Any) -> None:
    """Click on the first cell that is found on a grid of places of the map."""
    page.locator(".nb-top").scroll_into_view_if_needed()
    box = page.locator(".nb-top").bounding_box()
    for share in range(1, 400):
        x, y = box["x"] + box["width"] * (share % 20) / 20, box["y"] + box["height"] * (share // 20) / 20
        page.mouse.move(x, y)
        page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        if page.locator(".nb-tip").is_visible():
            page.mouse.click(x, y)
            return
    raise AssertionError("there is no cell on the map")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_report_of_a_table_draws_its_map_from_the_file_alone(tmp_path: Path, chromium: Any, scheme: str) -> None:
    table = open_table("mini")
    (tmp_path / "a.html").write_text(table_report(table, "mini"), encoding="utf-8")
    with watched_page(chromium, color_scheme=scheme, viewport={"width": 1100, "height": 900}) as watched:
        page = watched.page
        page.goto((tmp_path / "a.html").as_uri())
        page.wait_for_selector("#report-map .nb-top")
        assert not page.locator(".static").is_visible()
        pick_a_cell(page)
        page.wait_for_selector(".picked h3")
        begun = page.locator(".picked h3").inner_text().removeprefix("Cell ").removesuffix("…")
        (module_hash,) = [name for name in NASBench(table.path) if name.startswith(begun)]
        spec = NASBench(table.path).spec(module_hash)
        rows = " ".join("".join(map(str, row)) for row in spec.pruned().matrix.tolist())
        assert page.locator(".picked pre").inner_text() == (
            f'nasbench train --matrix "{rows}" --ops {",".join(spec.pruned().ops[1:-1])}'
        )
        assert page.locator(".picked rect").count() == len(spec.pruned().ops)
        values = dict(zip(*(page.locator(f".picked {tag}").all_inner_texts() for tag in ("th", "td")), strict=True))
        wanted = NASBench(table.path).query(spec, 12, repeat="mean")
        assert abs(float(values["test accuracy, 12 epochs"]) - wanted["test_accuracy"]) < 1e-4
        assert int(values["trainable parameters"].replace(",", "")) == pytest.approx(
            wanted["trainable_parameters"], rel=1e-4
        )
        page.locator("select").nth(2).select_option(label="density")
        page.emulate_media(media="print")
        assert page.locator(".static").is_visible()
        assert not page.locator("#report-map").is_visible()
    assert watched.requests == [(tmp_path / "a.html").as_uri()]
    assert watched.complaints == []


def test_a_report_of_searches_replays_them_over_the_map(tmp_path: Path, chromium: Any) -> None:
    algorithms = [("random_search", {"epochs": 12}), ("local_search", {"epochs": 12})]
    compare(algorithms, table=mini_file(), runs=2, budget=Budget(evaluations=30), out=tmp_path / "both")
    write_report(tmp_path / "both", tmp_path / "a.html")
    with watched_page(chromium, viewport={"width": 1100, "height": 900}) as watched:
        page = watched.page
        page.goto((tmp_path / "a.html").as_uri())
        panel = page.locator("#report-replay")
        panel.get_by_text("30 of 30 evaluations").wait_for()
        panel.get_by_label("Run").select_option(label="local_search, run 1")
        panel.get_by_label("Evaluations so far").fill("3")
        panel.get_by_text("3 of 30 evaluations").wait_for()
        found = SearchRuns.read(tmp_path / "both" / "local_search")
        history = found.runs[1]
        panel.get_by_text(f"best {history.values[:3].max():.4f}").wait_for()
        page.locator(".nb-legend, .nb-map").get_by_text("evaluated (3)").first.wait_for()
        panel.get_by_role("button", name="Play").click()
        panel.get_by_text("30 of 30 evaluations").wait_for()
        panel.get_by_role("button", name="Show the best").click()
        best = found.space().hash_at(int(history.positions[history.values.argmax()]))
        page.get_by_role("heading", name=f"Cell {best[:8]}…").wait_for()
        panel.locator("select").first.select_option(label="random_search")
        panel.get_by_text("random_search (2 runs)").wait_for()
        assert panel.get_by_text("local_search (2 runs)").count() == 0
        page.emulate_media(media="print")
        assert not panel.is_visible()
        assert page.locator(".static").is_visible()
        page.set_viewport_size({"width": 400, "height": 800})
        page.emulate_media(media="screen")
        assert page.evaluate("document.documentElement.scrollWidth") <= 400
    assert watched.requests == [(tmp_path / "a.html").as_uri()]
    assert watched.complaints == []


def test_a_report_of_a_campaign_draws_its_finished_cells(tmp_path: Path, chromium: Any) -> None:
    with begin(tmp_path / "runs") as ledger:
        trials = all_trials(ledger)
        ledger.commit([trained(trial) for trial in trials[:5]], [], 5)
    write_report(tmp_path / "runs", tmp_path / "a.html")
    with watched_page(chromium) as watched:
        page = watched.page
        page.goto((tmp_path / "a.html").as_uri())
        cells = len({trial.hash for trial in trials[:5]})
        page.get_by_label(f"Map of {cells} cell").wait_for()
        page.locator(".nb-top").scroll_into_view_if_needed()
        found = page.evaluate("document.getElementById('report-map').map.placeOf(0)")
        page.mouse.click(found["x"], found["y"])
        begun = page.locator(".picked h3").inner_text().removeprefix("Cell ").removesuffix("…")
        assert any(trial.hash.startswith(begun) for trial in trials[:5])
    assert len(watched.requests) == 1
    assert watched.complaints == []


def test_hostile_texts_are_shown_and_not_run(tmp_path: Path, chromium: Any) -> None:
    (tmp_path / "a.html").write_text(table_report(hostile_table(tmp_path), "hostile"), encoding="utf-8")
    with watched_page(chromium, viewport={"width": 400, "height": 800}) as watched:
        page = watched.page
        page.on("dialog", lambda dialog: watched.complaints.append(dialog.message))
        page.goto((tmp_path / "a.html").as_uri())
        page.wait_for_selector("#report-map .nb-top")
        pick_a_cell(page)
        page.wait_for_selector(".picked h3")
        assert "<script>alert(1)</script>" in page.locator("body").inner_text()
        assert page.locator("img").count() == 0
        assert page.evaluate("document.documentElement.scrollWidth") <= 400
    assert len(watched.requests) == 1
    assert watched.complaints == []


MODEL = """
<body><div id="here"></div><script type="module">
%s
const listeners = {};
const state = %s;
const model = {
  get: (name) => state[name],
  set: (name, value) => { state[name] = value; (listeners[`change:${name}`] ?? []).forEach((call) => call()); },
  save_changes: () => window.saved = { ...state },
  on: (name, call) => (listeners[name] ??= []).push(call),
  off: () => {},
  send: (content, callbacks, buffers = [new ArrayBuffer(0)]) => {
    window.sent.push([content, Array.from(new Uint8Array(buffers[0]))]);
  },
};
window.sent = [];
window.toPage = (content, bytes) => {
  listeners["msg:custom"].forEach((call) => call(content, [new DataView(new Uint8Array(bytes).buffer)]));
};
window.model = model;
widget.render({ model, el: document.getElementById("here") });
</script></body>
"""
"""What Jupyter gives a widget, as far as ours uses it."""


def test_the_widget_shows_columns_from_python_and_tells_what_is_chosen(tmp_path: Path, chromium: Any) -> None:
    table = open_table("mini")
    widget = explore_table(table)
    names = ("columns", "label", "x", "y", "colour", "row", "picked", "graph")
    state = json.dumps({name: getattr(widget, name) for name in names})
    script = widget._esm.replace("export default", "const widget =")
    (tmp_path / "a.html").write_text(
        f"<!DOCTYPE html><meta charset='utf-8'><style>{widget._css}</style>{MODEL % (script, state)}", encoding="utf-8"
    )
    with watched_page(chromium, viewport={"width": 900, "height": 700}) as watched:
        page = watched.page

        page.goto((tmp_path / "a.html").as_uri())
        answers: list[tuple[Any, Any]] = []
        widget.send = lambda message, buffers: answers.append((message, buffers))

        def answer(kind: str, count: int) -> None:
            """Take messages of the page to the widget, and its answers to the page."""
            page.wait_for_function("(count) => window.sent.length >= count", arg=count)
            for content, sent in page.evaluate("() => window.sent.splice(0)"):
                assert content["kind"] == kind
                widget._answer(widget, content, [memoryview(bytes(sent))])
            for message, buffers in answers:
                page.evaluate("([content, bytes]) => window.toPage(content, bytes)", [message, list(buffers[0])])
            answers.clear()

        answer("column", 2)
        answer("column", 1)
        page.wait_for_selector(".nb-top")
        pick_a_cell(page)
        page.wait_for_function("() => window.saved && window.saved.row >= 0")
        widget.row = page.evaluate("() => window.saved.row")
        assert widget.hash == table.hash_of(widget.row)
        page.evaluate("(text) => window.model.set('picked', text)", widget.picked)
        page.evaluate("(graph) => window.model.set('graph', graph)", widget.graph)
        assert page.locator(".nb-widget-picked p").inner_text() == widget.picked
        assert page.locator(".nb-widget-picked rect").count() == len(widget.graph["ops"])
        page.locator("select").nth(0).select_option("parameters")
        answer("column", 1)
        assert page.evaluate("() => window.saved.x") == "parameters"
        box = page.locator(".nb-top").bounding_box()
        page.keyboard.down("Shift")
        page.mouse.move(box["x"] + 2, box["y"] + 2)
        page.mouse.down()
        page.mouse.move(box["x"] + box["width"] * 0.6, box["y"] + box["height"] - 2, steps=3)
        page.mouse.up()
        answer("selection", 1)
        sizes = table.parameters[0].tolist()
        parameters = {table.hash_of(row): size for row, size in enumerate(sizes)}
        assert 0 < len(widget.selected) < len(parameters)
        rest = parameters.keys() - set(widget.selected)
        assert max(parameters[name] for name in widget.selected) <= min(parameters[name] for name in rest)
    assert watched.complaints == []
    assert len(watched.requests) == 1
