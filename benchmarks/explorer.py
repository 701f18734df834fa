"""Claim: the explorer paints 423,624 cells within 2 s of the page's request, and follows the hand.

Goals, in a headless Chromium that renders in software: hover 50 ms in the median and 100 ms at worst, a zoom step
100 ms, a chosen cell 100 ms, another axis 500 ms, 91 cells painted within 0.5 s, the server's memory 400 MB, and 100 kB
sent for the page itself. A time begins with the browser's event (or the navigation) and ends after the frame that shows
its effect.

    python -m benchmarks.explorer [TABLE] [--chromium /usr/bin/chromium]

TABLE is `predicted` by default. Results: results/explorer.json, with the load of the machine when they were measured.
"""

from __future__ import annotations

import argparse
import os
import platform
import random
import re
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from nasbench_pytorch.explorer.bundle import PAGE
from nasbench_pytorch.files import write_json
from tests.helpers.explorer_server import running_explorer

RESULTS = Path(__file__).parent / "results" / "explorer.json"
HOVERS, ZOOMS, CLICKS = 60, 20, 20
LOADS = 5
AXES = ("parameters", "validation_accuracy_108", "flops", "test_noise_36", "test_rank_12", "train_accuracy_4", "edges")
GOALS = {
    "painted_ms": 2000,
    "hover_median_ms": 50,
    "hover_worst_ms": 100,
    "zoom_ms": 100,
    "select_ms": 100,
    "axis_ms": 500,
    "small_painted_ms": 500,
    "server_mb": 400,
    "page_sent_kb": 100,
}
RECORDER = """
const frame = () => new Promise((done) => requestAnimationFrame(() => setTimeout(() => done(performance.now()))));
window.bench = {
  painted: null,
  took: null,
  /** Time from the next event `start` until `reached()` and the frame after it. */
  watch(start, reached) {
    this.took = null;
    const measure = async (event) => {
      await reached();
      this.took = (await frame()) - event.timeStamp;
    };
    addEventListener(start, measure, { once: true, capture: true });
  },
  repainted: () => new Promise((done) => addEventListener("map-painted", done, { once: true })),
  changed: (selector, text) => new Promise((done) => {
    const place = document.querySelector(selector);
    const look = () => (!text || place.textContent.includes(text)) && (observer.disconnect(), done());
    const observer = new MutationObserver(look);
    observer.observe(place, { childList: true, subtree: true, characterData: true, attributes: true });
  }),
};
addEventListener("map-painted", async () => (window.bench.painted ??= await frame()), { once: true });
"""


def until(page: Any, expression: str, deadline_s: float = 60) -> Any:
    """Return the value of an expression when it is one."""
    end = time.monotonic() + deadline_s
    while (value := page.evaluate(expression)) is None:
        if time.monotonic() > end:
            raise TimeoutError(expression)
        page.wait_for_timeout(5)
    return value


def timed(page: Any, start: str, reached: str, act: Callable[[], None]) -> float:
    """Return the milliseconds from an event that `act` makes until the frame that shows its effect."""
    page.evaluate(f"window.bench.watch('{start}', () => window.bench.{reached})")
    act()
    return float(until(page, "window.bench.took"))


def painted(browser: Any, address: str) -> tuple[float, int]:
    """Return the milliseconds until a fresh page is painted, and the bytes that came for the page itself."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    page = context.new_page()
    page.add_init_script(RECORDER)
    page.goto(address)
    took = float(until(page, "window.bench.painted"))
    sizes = page.evaluate(
        "[...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]"
        ".filter(({name}) => !name.includes('/api/')).reduce((sum, {transferSize}) => sum + transferSize, 0)"
    )
    context.close()
    return took, int(sizes)


def interactions(browser: Any, address: str, cells: int) -> dict[str, list[float]]:
    """Return the milliseconds of hovering, zooming, choosing cells and changing axes."""
    page = browser.new_context(viewport={"width": 1280, "height": 800}).new_page()
    page.add_init_script(RECORDER)
    page.goto(address)
    until(page, "window.bench.painted")
    page.wait_for_timeout(3000)  # what the server prepares in the background is ready
    rng = random.Random(0)
    canvas = page.get_by_role("application", name=re.compile("^Map of"))
    box = canvas.bounding_box()

    def place_of_a_cell() -> tuple[float, float]:
        while True:
            found = page.evaluate(f"document.getElementById('map').map.placeOf({rng.randrange(cells)})")
            if box["x"] < found["x"] < box["x"] + box["width"] and box["y"] < found["y"] < box["y"] + box["height"]:
                return found["x"], found["y"]

    times: dict[str, list[float]] = {"hover": [], "zoom": [], "select": [], "axis": []}
    for _ in range(HOVERS):
        x, y = place_of_a_cell()
        times["hover"].append(timed(page, "pointermove", "changed('.nb-tip')", lambda x=x, y=y: page.mouse.move(x, y)))
    for step in range(ZOOMS):
        turn = -240 if step < ZOOMS / 2 else 240
        times["zoom"].append(timed(page, "wheel", "repainted()", lambda turn=turn: page.mouse.wheel(0, turn)))
    for _ in range(CLICKS):
        x, y = place_of_a_cell()
        page.mouse.move(x, y)
        times["select"].append(
            timed(page, "pointerup", "changed('#tab-panel', 'One edit away')", lambda x=x, y=y: page.mouse.click(x, y))
        )
    axis = page.locator("#axes-bar select").first
    for name in AXES:
        times["axis"].append(timed(page, "change", "repainted()", lambda name=name: axis.select_option(name)))
    page.context.close()
    return times


def memory_mb(process_id: int) -> dict[str, float]:
    """Return a process's memory now and at its largest, in MB."""
    lines = Path(f"/proc/{process_id}/status").read_text().splitlines()
    facts = dict(line.split(":", 1) for line in lines)
    return {name: int(facts[key].split()[0]) / 1000 for name, key in (("now", "VmRSS"), ("largest", "VmHWM"))}


def measure(table: str, chromium: str) -> dict[str, Any]:
    """Return everything that is measured."""
    from playwright.sync_api import sync_playwright

    load = os.getloadavg()
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        with running_explorer("mini") as (address, _):
            small = [painted(browser, address)[0] for _ in range(LOADS)]
        with running_explorer(table) as (address, process):
            loads = [painted(browser, address) for _ in range(LOADS)]
            cells = 423_624 if table != "mini" else 91
            times = interactions(browser, address, cells)
            memory = memory_mb(process.pid)
        version = browser.version
        browser.close()
    first = [took for took, _ in loads]
    return {
        "table": table,
        "cells": cells,
        "painted_ms": statistics.median(first),
        "painted_each_ms": first,
        "hover_median_ms": statistics.median(times["hover"]),
        "hover_worst_ms": max(times["hover"]),
        "zoom_ms": statistics.median(times["zoom"]),
        "zoom_worst_ms": max(times["zoom"]),
        "select_ms": statistics.median(times["select"]),
        "select_worst_ms": max(times["select"]),
        "axis_ms": statistics.median(times["axis"]),
        "axis_worst_ms": max(times["axis"]),
        "small_painted_ms": statistics.median(small),
        "server_mb": memory["largest"],
        "server_now_mb": memory["now"],
        "page_sent_kb": loads[0][1] / 1000,
        "page_stored_kb": sum(path.stat().st_size for path in PAGE.iterdir()) / 1000,
        "goals": GOALS,
        "load_average_before": load,
        "load_average_after": os.getloadavg(),
        "cores": os.cpu_count(),
        "chromium": version,
        "python": platform.python_version(),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("table", nargs="?", default="predicted")
    parser.add_argument("--chromium", default="/usr/bin/chromium")
    arguments = parser.parse_args()
    found = measure(arguments.table, arguments.chromium)
    for name, goal in GOALS.items():
        print(f"{name:20} {found[name]:10.1f}   goal {goal:6}   {'reached' if found[name] <= goal else 'MISSED'}")
    print("load average before and after:", found["load_average_before"], found["load_average_after"])
    write_json(RESULTS, found)


if __name__ == "__main__":
    main()
