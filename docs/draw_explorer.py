"""Draw docs/images/explorer.png: the explorer over the predicted table, with a cell chosen.

    python docs/draw_explorer.py [--chromium /usr/bin/chromium]

Needs the extra `test` and Chromium.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

PICTURE = ROOT / "docs" / "images" / "explorer.png"
CELL = "02e5a0247bbdcf2860b7e96f74961594"  # the best of the published table


def main() -> None:
    """Draw the picture."""
    from playwright.sync_api import sync_playwright

    from tests.helpers.explorer_server import running_explorer

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--chromium", default="/usr/bin/chromium")
    arguments = parser.parse_args()
    with running_explorer("predicted") as (address, _), sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=arguments.chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": 760}, color_scheme="light")
        page.goto(f"{address}#cell={CELL}")
        page.locator(".neighbours button svg").first.wait_for(timeout=60_000)
        page.wait_for_timeout(1000)
        page.screenshot(path=PICTURE)
        browser.close()


if __name__ == "__main__":
    main()
