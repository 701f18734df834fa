"""What notebooks show of the package's objects."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np

from nasbench_pytorch.space import ModelSpec, enumerate_cells
from nasbench_pytorch.table import NASBench, TableBuilder
from tests.explorer.report.test_write import hostile_table
from tests.helpers.html_pages import HOSTILE, read_page
from tests.helpers.run_folders import RESULT
from tests.helpers.table_samples import SPECS


def test_a_space_shows_how_many_cells_it_has_and_some_of_them() -> None:
    space = enumerate_cells(max_vertices=4)
    page = read_page(space._repr_html_())
    assert f"{len(space)}" in page.text
    assert len(page.all("svg")) == 4
    assert space.hash_at(0)[:8] in page.text
    assert space.hash_at(len(space) - 1)[:8] in page.text
    few = space.subset(np.array([0]))
    assert len(read_page(few._repr_html_()).all("svg")) == 1
    assert "a subset" in few._repr_html_()
    assert "0, a subset" in space.subset(np.array([], int))._repr_html_()


def test_a_table_shows_its_budgets_and_best_cells(tmp_path: Path) -> None:
    table = NASBench("mini")
    page = read_page(table._repr_html_())
    best = table.best("test_accuracy", n=4)
    for cell in best:
        assert cell.hash[:8] in page.text
        assert f"{cell.value:.4f}" in page.text
    assert len(page.all("svg")) == 4
    assert table.table._repr_html_() == table._repr_html_()
    builder = TableBuilder(100)
    builder.add(SPECS[0], 4, 0, [])
    builder.write(tmp_path / "empty.arrow")
    assert not read_page(NASBench(tmp_path / "empty.arrow")._repr_html_()).all("svg")


def test_a_result_shows_its_cell_and_evaluations() -> None:
    page = read_page(RESULT._repr_html_())
    assert len(page.all("svg")) == 1
    for text in ("complete", "2,694,282 trainable", "0.7345", "–"):
        assert text in page.text
    unlinked = replace(RESULT, spec={"matrix": [[0, 0], [0, 0]], "ops": ["input", "output"]}, hash=None)
    assert not read_page(unlinked._repr_html_()).all("svg")


def test_texts_from_files_stay_texts(tmp_path: Path) -> None:
    chain = ModelSpec([[0, 1, 0], [0, 0, 1], [0, 0, 0]], ["input", HOSTILE, "output"])
    shown = [
        hostile_table(tmp_path)._repr_html_(),
        replace(RESULT, spec=chain.to_dict(), hash=HOSTILE)._repr_html_(),
        chain._repr_svg_() or "",
    ]
    for text in shown:
        page = read_page(text)
        assert not {"script", "img"} & {tag for tag, _ in page.elements}
        assert "\x1b" not in text


def test_only_drawable_cells_are_drawn() -> None:
    long_chain = [[int(to == row + 1) for to in range(13)] for row in range(13)]
    assert ModelSpec(long_chain, ["input", *["maxpool3x3"] * 11, "output"])._repr_svg_() is None
    assert ModelSpec([[0, 0], [0, 0]], ["input", "output"])._repr_svg_() is None


def test_an_overview_loads_neither_torch_nor_matplotlib() -> None:
    code = (
        "import sys, nasbench_pytorch as nb\n"
        "assert '<svg' in nb.enumerate_cells(3, 3)._repr_html_()\n"
        "assert '<svg' in nb.NASBench('mini')._repr_html_()\n"
        "heavy = {'torch', 'matplotlib', 'anywidget'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, timeout=120)
