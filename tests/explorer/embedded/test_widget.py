from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nasbench_pytorch.errors import InputError, MissingExtraError
from nasbench_pytorch.explorer.views.explored_table import ExploredTable
from nasbench_pytorch.table import NASBench, TableBuilder
from tests.helpers.table_samples import SPECS

anywidget = pytest.importorskip("anywidget")


def test_a_widget_begins_with_the_papers_scatter_and_sends_what_is_asked_for() -> None:
    table = NASBench("mini")
    widget = table.explore()
    assert (widget.x, widget.y, widget.colour) == ("training_time_12", "test_accuracy_12", "vertices")
    sent: list[tuple[Any, Any]] = []
    widget.send = lambda content, buffers: sent.append((content, buffers))
    explored = ExploredTable(table.table)
    for name, kind in (("parameters", "<f4"), ("vertices", "u1")):
        widget._answer(widget, {"kind": "column", "name": name}, [])
        content, (values,) = sent.pop()
        assert content == {"kind": "column", "name": name}
        assert np.frombuffer(values, kind).tolist() == explored.values(name).tolist()
    widget._answer(widget, {"kind": "column", "name": "unheard-of"}, [])
    assert not sent


def test_what_is_chosen_on_the_map_is_known_in_python() -> None:
    table = NASBench("mini")
    widget = table.explore(colour="")
    assert (widget.cell, widget.hash, widget.selected, widget.picked) == (None, None, [], "")
    widget.row = 7
    assert widget.hash == list(table)[7]
    assert widget.cell is not None
    assert widget.cell.hash_spec() == widget.hash
    assert widget.picked.startswith(f"Cell {widget.hash}: ")
    rows = np.array([9, 2, 2, 91, 4_000_000_000], "<u4")
    widget._answer(widget, {"kind": "selection"}, [memoryview(rows.tobytes())])
    assert widget.selected == [list(table)[2], list(table)[9]]
    assert widget.selected_cells.hashes() == widget.selected


def test_unknown_columns_and_rows_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    widget = NASBench("mini").explore()
    with pytest.raises(InputError, match="there is no column 'speed' in mini"):
        NASBench("mini").explore(x="speed")
    with pytest.raises(InputError, match="there is no column 'speed'"):
        widget.colour = "speed"
    with pytest.raises(InputError, match="rows are 0 to 90"):
        widget.row = 91
    assert (widget.colour, widget.row) == ("vertices", -1)
    builder = TableBuilder(100)
    builder.add(SPECS[0], 4, 0, [])
    builder.write(tmp_path / "empty.arrow")
    assert NASBench(tmp_path / "empty.arrow").explore(y="edges", x="depth").x == "depth"
    monkeypatch.setitem(sys.modules, "nasbench_pytorch.explorer.embedded.widget", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'nasbench-pytorch\[notebook\]'"):
        widget = NASBench("mini").explore()
