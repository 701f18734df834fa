from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.plots.budgets import budgets_figure
from nasbench_pytorch.plots.figures import figure_svg, new_figure, save_figure


@pytest.mark.parametrize("suffix", ["png", "svg", "pdf"])
def test_equal_figures_make_equal_files(tmp_path: Path, suffix: str) -> None:
    values = {4: np.linspace(0.1, 0.9, 5000), 12: np.linspace(0.2, 0.8, 5000) ** 2}
    for name in ("a", "b"):
        save_figure(budgets_figure(values, title="title"), tmp_path / f"{name}.{suffix}", dpi=40)
    first, second = ((tmp_path / f"{name}.{suffix}").read_bytes() for name in ("a", "b"))
    assert first == second
    assert b"Matplotlib" not in first
    assert len(first) > 3000


def test_an_element_for_a_page_is_xml_with_texts_and_names_of_its_own() -> None:
    figure = new_figure(3, 2)
    figure.subplots().plot([0, 1], [2, 3])
    figure.suptitle("a <b> & --> c")
    pictures = [figure_svg(figure, name) for name in ("first", "second")]
    ids = []
    for text in pictures:
        root = ElementTree.fromstring(text)
        assert any("a <b> & --> c" in (element.text or "") for element in root.iter())
        found = [element.get("id", "") for element in root.iter() if "id" in element.attrib]
        used = re.findall(r'url\(#(.*?)\)|href="#(.*?)"', text)
        assert {name or other for name, other in used} <= set(found)
        ids += found
        assert not re.search(r'(?<!xmlns=")(?<!xmlns:xlink=")https?://', text)
    assert len(set(ids)) == len(ids)
    assert all(name.startswith(("first-", "second-")) for name in ids)


def test_a_picture_of_an_unknown_format_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"must end with one of \.png, \.svg, \.pdf"):
        save_figure(new_figure(1, 1), tmp_path / "a.bmp")
