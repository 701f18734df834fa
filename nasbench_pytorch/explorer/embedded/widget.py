"""The map of a table as a Jupyter widget. Importing this module needs anywidget; `explore_table` makes widgets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import anywidget
import numpy as np
import numpy.typing as npt
import traitlets

from nasbench_pytorch.explorer.bundle import EMBEDDED, PAGE, bundle
from nasbench_pytorch.explorer.embedded.described import described

if TYPE_CHECKING:
    from nasbench_pytorch.explorer.views.explored_table import ExploredTable
    from nasbench_pytorch.space.search_space import SearchSpace
    from nasbench_pytorch.space.spec import ModelSpec


class TableWidget(anywidget.AnyWidget):
    """A map of a table's cells. A click picks a cell, and a box selects many; both are then known in Python.

    Attributes:
        x: name of the column across; setting it changes the map, as for `y` and `colour`.
        y: name of the column upwards.
        colour: name of the column that colours the cells; empty for their density.
        row: row of the picked cell in the table; -1 for none.

    Args:
        explored: the table.
        x: see above.
        y: see above.
        colour: see above.

    Raises:
        InputError: there is no such column.
    """

    _esm = bundle(EMBEDDED / "widget.js")
    _css = (PAGE / "map.css").read_text(encoding="utf-8") + (EMBEDDED / "widget.css").read_text(encoding="utf-8")

    columns = traitlets.List(traitlets.Dict()).tag(sync=True)
    label = traitlets.Unicode().tag(sync=True)
    x = traitlets.Unicode().tag(sync=True)
    y = traitlets.Unicode().tag(sync=True)
    colour = traitlets.Unicode().tag(sync=True)
    row = traitlets.Int(-1).tag(sync=True)
    picked = traitlets.Unicode().tag(sync=True)
    graph = traitlets.Dict().tag(sync=True)

    def __init__(self, explored: ExploredTable, x: str, y: str, colour: str) -> None:
        self._explored = explored
        self._selection: npt.NDArray[np.int64] = np.zeros(0, np.int64)
        super().__init__(
            columns=[described(column) for column in explored.columns.values()],
            label=f"{explored.name}: {explored.file.cells:,} cells",
            x=x,
            y=y,
            colour=colour,
        )
        self.on_msg(self._answer)

    def __repr__(self) -> str:
        return f"TableWidget({self.label}; {self.y} over {self.x})"

    @property
    def cell(self) -> ModelSpec | None:
        """The picked cell; None if none is picked."""
        return None if self.row < 0 else self._explored.spec(self.row)

    @property
    def hash(self) -> str | None:
        """The hash of the picked cell; None if none is picked."""
        return None if self.row < 0 else self._explored.file.hash_of(self.row)

    @property
    def selected(self) -> list[str]:
        """The hashes of the cells in the last box, ascending."""
        return [self._explored.file.hash_of(row) for row in self._selection.tolist()]

    @property
    def selected_cells(self) -> SearchSpace:
        """The cells in the last box, as a search space."""
        from nasbench_pytorch.table.table_space import space_of

        return space_of(self._explored.file).subset(self._selection)

    @traitlets.validate("x", "y", "colour")
    def _known(self, proposal: dict[str, Any]) -> str:
        name: str = proposal["value"]
        if name or proposal["trait"].name != "colour":
            self._explored.column(name)
        return name

    @traitlets.validate("row")
    def _inside(self, proposal: dict[str, Any]) -> int:
        row: int = proposal["value"]
        if row != -1:
            self._explored.check_row(row)
        return row

    @traitlets.observe("row")
    def _describe(self, change: dict[str, Any]) -> None:
        explored, row, cell = self._explored, change["new"], self.cell
        if cell is None:
            self.picked, self.graph = "", {}
            return
        names = dict.fromkeys(name for name in (self.x, self.y, self.colour) if name)
        values = "; ".join(f"{explored.column(name).label} {explored.values(name)[row]:.6g}" for name in names)
        self.picked = f"Cell {explored.file.hash_of(row)}: {values}"
        matrix, ops, _ = cell.pruned()
        self.graph = {"matrix": matrix.tolist(), "ops": ops}

    def _answer(self, widget: object, content: dict[str, Any], buffers: list[memoryview]) -> None:
        """Send a column that the map asks for, or keep the rows that it selected."""
        del widget
        if content.get("kind") == "column" and content.get("name") in self._explored.columns:
            values = self._explored.values(content["name"])
            little = values.astype(values.dtype.newbyteorder("<"), copy=False)
            self.send({"kind": "column", "name": content["name"]}, buffers=[little.tobytes()])
        elif content.get("kind") == "selection" and buffers:
            rows = np.frombuffer(buffers[0], "<u4").astype(np.int64)
            self._selection = np.unique(rows[rows < self._explored.file.cells])
