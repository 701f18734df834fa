"""Every Python snippet of the README and the docs runs, in order, one namespace a page."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from nasbench_pytorch.training import PRESETS
from tests.helpers.missing_extras import skipped_without_its_extra

ROOT = Path(__file__).parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("benchmarks/*.md")])
_BLOCK = re.compile(r"^```python(?P<kind>[^\n]*)\n(?P<code>.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\((?!https?:|#|mailto:)([^)#]+)")


def snippets(page: Path) -> list[str]:
    """Return the page's runnable blocks; `python no-run` marks one that needs hours or a download."""
    return [match["code"] for match in _BLOCK.finditer(page.read_text()) if "no-run" not in match["kind"]]


@pytest.mark.parametrize("page", [page for page in PAGES if snippets(page)], ids=lambda page: page.name)
def test_snippets_run(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # The same snippets with trainings of one epoch: what they print is not compared.
    monkeypatch.setitem(PRESETS, "digits", replace(PRESETS["digits"], epochs=1))
    monkeypatch.chdir(tmp_path)
    namespace: dict[str, object] = {"__name__": "snippet"}
    with skipped_without_its_extra():
        for code in snippets(page):
            exec(compile(code, str(page), "exec"), namespace)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in _LINK.findall(page.read_text()):
        assert (page.parent / target).exists(), f"{page.name} links to {target}"
