"""A headless Chromium for tests of pages; tests that need it are skipped where it or Playwright is missing."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

_NAMES = ("chromium", "chromium-browser", "google-chrome")
DEADLINE_MS = 20_000
"""Time that a page has for anything that a test waits for."""


@dataclass
class Watched:
    """What a page did while it was open.

    Attributes:
        page: Playwright's page.
        requests: addresses that it asked for.
        complaints: warnings and errors of its console, and errors that its scripts raised.
    """

    page: Any
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)


@contextmanager
def browser() -> Iterator[Any]:
    """Start Chromium; without it, or without Playwright, skip the test."""
    playwright = pytest.importorskip("playwright.sync_api")
    path = next((found for name in _NAMES if (found := shutil.which(name))), None)
    if path is None:
        pytest.skip("Chromium is not installed")
    with playwright.sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=path, args=["--no-sandbox"])
        try:
            yield opened
        finally:
            opened.close()


@contextmanager
def watched_page(opened: Any, **options: Any) -> Iterator[Watched]:
    """Open a page of its own context, such as `color_scheme="dark"`, and watch it."""
    context = opened.new_context(**options)
    context.set_default_timeout(DEADLINE_MS)
    watched = Watched(context.new_page())

    def note(line: Any) -> None:
        if line.type in ("error", "warning"):
            watched.complaints.append(line.text)

    watched.page.on("request", lambda request: watched.requests.append(request.url))
    watched.page.on("console", note)
    watched.page.on("pageerror", lambda error: watched.complaints.append(str(error)))
    try:
        yield watched
    finally:
        context.close()
