from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.plots.cells import draw_cell, draw_contact_sheet
from nasbench_pytorch.space import NAMED_CELLS, ModelSpec, compute_vertex_channels

INCEPTION = NAMED_CELLS["inception"].spec


def pruned(spec: ModelSpec) -> tuple[npt.NDArray[np.int8], list[str]]:
    matrix, ops, _ = spec.pruned()
    return matrix, ops


@pytest.mark.parametrize("suffix", ["png", "svg", "pdf", "SVG"])
def test_a_cell_is_drawn_in_each_format(tmp_path: Path, suffix: str) -> None:
    picture = tmp_path / f"cell.{suffix}"
    draw_cell(picture, *pruned(INCEPTION), title="inception")
    heads = {"png": b"\x89PNG", "svg": b"<?xml", "pdf": b"%PDF"}
    assert picture.read_bytes().startswith(heads[suffix.lower()])


def texts(svg: Path) -> list[str]:
    """Return every text of a picture; matplotlib writes it as a comment beside the glyphs."""
    return re.findall(r"<!-- (.*?) -->", svg.read_text())


def test_names_title_and_channels_are_in_the_picture(tmp_path: Path) -> None:
    matrix, ops = pruned(INCEPTION)
    draw_cell(tmp_path / "a.svg", matrix, ops, channels=compute_vertex_channels(128, 256, matrix), title="a title")
    found = texts(tmp_path / "a.svg")
    assert found.count("conv 3×3") == ops.count("conv3x3-bn-relu")
    assert {"a title", "input", "output", "max pool 3×3"} <= set(found)
    assert found.count("128→64") == 4
    assert found.count("64") == 5
    draw_cell(tmp_path / "b.svg", matrix, ops)
    assert "64" not in texts(tmp_path / "b.svg")


def test_an_unknown_operation_gets_a_box_wide_enough_for_its_name(tmp_path: Path) -> None:
    long_name = "a-rather-long-operation-name"
    chain = np.eye(3, k=1, dtype=np.int8)
    draw_cell(tmp_path / "a.svg", chain, ["input", long_name, "output"])
    draw_cell(tmp_path / "a.png", chain, ["input", long_name, "output"])
    draw_cell(tmp_path / "b.png", chain, ["input", "maxpool3x3", "output"])
    assert long_name in texts(tmp_path / "a.svg")
    assert Image.open(tmp_path / "a.png").width > Image.open(tmp_path / "b.png").width


def test_a_contact_sheet_shows_every_cell_its_title_and_a_legend(tmp_path: Path) -> None:
    cells = [pruned(named.spec) for named in NAMED_CELLS.values()]
    draw_contact_sheet(tmp_path / "sheet.svg", cells, columns=3, titles=list(NAMED_CELLS))
    found = texts(tmp_path / "sheet.svg")
    assert set(NAMED_CELLS) <= set(found)
    assert found.count("in") == found.count("out") == len(cells)
    assert {"conv 3×3", "conv 1×1", "max pool 3×3", "bottleneck3x3"} <= set(found)


def test_a_sheet_of_more_columns_is_wider(tmp_path: Path) -> None:
    cells = [pruned(INCEPTION)] * 6
    sizes = []
    for columns in (2, 3, 100):
        draw_contact_sheet(tmp_path / "sheet.png", cells, columns=columns)
        sizes.append(Image.open(tmp_path / "sheet.png").size)
    assert sizes[0][0] < sizes[1][0] < sizes[2][0]
    assert sizes[0][1] > sizes[1][1] > sizes[2][1]


def test_a_refused_picture_leaves_no_file(tmp_path: Path) -> None:
    matrix, ops = pruned(INCEPTION)
    with pytest.raises(InputError, match=r"must end with one of \.png, \.svg, \.pdf"):
        draw_cell(tmp_path / "cell.gif", matrix, ops)
    with pytest.raises(InputError, match="matrix has 7 rows and ops 6 entries"):
        draw_cell(tmp_path / "cell.svg", matrix, ops[:-1])
    with pytest.raises(InputError, match="got 2 channels for 7 vertices"):
        draw_cell(tmp_path / "cell.svg", matrix, ops, channels=[1, 2])
    with pytest.raises(InputError, match=r"takes 1 to 2,000 cells in at least 1 column, got 0 cells"):
        draw_contact_sheet(tmp_path / "sheet.svg", [])
    with pytest.raises(InputError, match="got 1 titles for 2 cells"):
        draw_contact_sheet(tmp_path / "sheet.svg", [(matrix, ops)] * 2, titles=["one"])
    with pytest.raises(InputError, match=r"must end with one of"):
        draw_contact_sheet(tmp_path / "sheet", [(matrix, ops)])
    assert not list(tmp_path.iterdir())
