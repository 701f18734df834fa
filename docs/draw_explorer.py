"""Draw the README's first picture, the explorer over all cells of NAS-Bench-101: `python -m docs.draw_explorer`.

It needs the extra `explorer`, Playwright and Chromium. The accuracies are those of the table `predicted`, which the
package builds without a download; `python -m docs.draw_explorer full` shows the published ones.
"""

from __future__ import annotations

import io
import shutil
import sys
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

from nasbench_pytorch.space import named_cell
from tests.helpers.explorer_server import running_explorer

PICTURE = Path(__file__).parent / "images" / "explorer.png"
WIDTH, HEIGHT = 1440, 860
DEADLINE_MS = 60_000
COLOURS = 255


def main() -> None:
    """Draw the picture into docs/images."""
    name = sys.argv[1] if len(sys.argv) > 1 else "predicted"
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    with running_explorer(name) as (address, _), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}, color_scheme="light")
        page.set_default_timeout(DEADLINE_MS)
        picture = drawn(page, f"{address}#cell={named_cell('inception').spec.hash_spec()}")
        browser.close()
    # A palette makes the file a third as large; nobody sees the difference.
    Image.open(io.BytesIO(picture)).convert("RGB").quantize(COLOURS).save(PICTURE, optimize=True)
    print(f"{PICTURE}: {PICTURE.stat().st_size:,} bytes")


def drawn(page: Page, address: str) -> bytes:
    """Return the page at an address as PNG, when map, cell and neighbours are there."""
    page.goto(address)
    page.wait_for_selector(".nb-top")
    page.wait_for_selector("svg.cell-large")
    page.wait_for_selector("svg.cell-small")
    page.wait_for_load_state("networkidle")
    return page.screenshot()


if __name__ == "__main__":
    main()
