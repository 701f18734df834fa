"""The tutorial runs from its first cell to its last, and its outputs are those that are kept in it."""

from __future__ import annotations

import base64
import io
import re
from pathlib import Path
from typing import Any

import nbformat
import pytest
from PIL import Image

from docs.run_tutorial import TUTORIAL, run_tutorial, without_traces
from tests.helpers.html_pages import read_page

pytestmark = pytest.mark.pages

TRAINED = "run.result"
"""The cell whose numbers differ between machines."""


@pytest.fixture(scope="module")
def notebook(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The tutorial after a run; a cell that fails raises here, with its error."""
    return without_traces(run_tutorial(tmp_path_factory.mktemp("tutorial")))


def outputs_of(notebook: Any) -> dict[str, dict[str, str]]:
    """Return the outputs of each cell, by its last line: type of the output → its text, joined."""
    found: dict[str, dict[str, str]] = {}
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        texts: dict[str, str] = {}
        for output in cell.outputs:
            assert output.output_type in ("stream", "execute_result", "display_data"), output
            data = {"stream": output.text} if output.output_type == "stream" else output.data
            for kind, text in data.items():
                texts[kind] = texts.get(kind, "") + text
        found[cell.source.splitlines()[-1].strip()] = texts
    return found


def test_the_tutorial_gives_what_it_shows(notebook: Any) -> None:
    kept, fresh = nbformat.read(TUTORIAL, as_version=4), notebook
    assert [cell.source for cell in kept.cells] == [cell.source for cell in fresh.cells]
    wanted, found = outputs_of(kept), outputs_of(fresh)
    assert {last: set(texts) for last, texts in wanted.items()} == {last: set(texts) for last, texts in found.items()}
    for last, texts in wanted.items():
        for kind in {"stream", "text/plain"} & set(texts):
            if last != TRAINED:
                sizes_vary = re.compile(r"\d+ kB")
                assert sizes_vary.sub("", texts[kind]) == sizes_vary.sub("", found[last][kind]), last


def test_the_training_learns_and_the_pictures_show_something(notebook: Any) -> None:
    found = outputs_of(notebook)
    accuracy = re.search(r"test_accuracy=([\d.]+)", found[TRAINED]["text/plain"])
    assert accuracy is not None
    assert 0.9 < float(accuracy[1]) <= 1
    pictures = [texts["image/png"] for texts in found.values() if "image/png" in texts]
    assert len(pictures) == 3
    for text in pictures:
        picture = Image.open(io.BytesIO(base64.b64decode(text))).convert("RGB")
        colours = picture.getcolors(1 << 24)
        assert colours is not None
        assert len(colours) > 100
    overviews = {last: read_page(texts["text/html"]) for last, texts in found.items() if "text/html" in texts}
    assert set(overviews) == {"space", TRAINED, "table", "result"}
    assert all(page.all("svg") for page in overviews.values())
    assert "image/svg+xml" in found["spec"]
    assert found["chart"]["text/plain"].startswith("TableWidget(mini.arrow: 91 cells")


def test_no_name_of_a_machine_is_kept() -> None:
    text = Path(TUTORIAL).read_text(encoding="utf-8")
    assert not re.search(r"/(tmp|home|root|Users|work)/", text)
    assert " at 0x" not in text
