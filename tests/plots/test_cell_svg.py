"""What a notebook shows for a cell."""

from __future__ import annotations

import subprocess
import sys
from xml.etree import ElementTree

from nasbench_pytorch.space import ModelSpec, named_cell
from tests.helpers.deadlines import DEADLINE_S

SVG = "{http://www.w3.org/2000/svg}"


def test_a_spec_shows_its_pruned_cell_as_svg() -> None:
    text = named_cell("inception").spec._repr_svg_()
    assert text is not None
    root = ElementTree.fromstring(text)
    assert len(root.findall(f"{SVG}rect")) == 7
    assert len(root.findall(f"{SVG}path")) == 9
    assert {element.text for element in root.findall(f"{SVG}text")} == {
        "input",
        "output",
        "conv 1×1",
        "conv 3×3",
        "max pool 3×3",
    }


def test_names_of_operations_are_text_and_no_markup() -> None:
    chain = [[0, 1, 0], [0, 0, 1], [0, 0, 0]]
    text = ModelSpec(chain, ["input", "<script>\x1b", "output"])._repr_svg_()
    assert text is not None
    assert "<script>" not in text
    assert [element.text for element in ElementTree.fromstring(text).findall(f"{SVG}text")][1] == "<script>\\x1b"


def test_a_cell_without_a_path_has_no_drawing() -> None:
    assert ModelSpec([[0, 0], [0, 0]], ["input", "output"])._repr_svg_() is None


def test_the_drawing_loads_neither_torch_nor_matplotlib() -> None:
    code = (
        "import sys\nfrom nasbench_pytorch.space import named_cell\nassert named_cell('best').spec._repr_svg_()\n"
        "assert not {'torch', 'matplotlib'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=DEADLINE_S)
