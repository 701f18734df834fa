"""NASBench: the original's interface, with additions."""

from __future__ import annotations

import importlib
import random
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.space.spec import ModelSpec
from nasbench_pytorch.table import queries
from nasbench_pytorch.table.nasbench_api import OriginalInterface
from nasbench_pytorch.table.storage.fields import FINAL, HALFWAY, FieldDescription, describe

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

    from nasbench_pytorch.explorer.embedded.widget import TableWidget
    from nasbench_pytorch.space import SearchSpace
    from nasbench_pytorch.space.any_spec import AnySpec
    from nasbench_pytorch.table.queries import RankedCell
    from nasbench_pytorch.table.storage.encoded_column import Doubles


class _Describe:
    """`NASBench.describe`: on an object, fields of its table; on the class, fields of the published table."""

    def __get__(
        self, table: NASBench | None, owner: type[NASBench] | None = None
    ) -> Callable[[], tuple[FieldDescription, ...]]:
        return describe if table is None else table.table.describe


class NASBench(OriginalInterface):
    """The results of many cells: NAS-Bench-101's, or those of another table.

    Methods, names, values and exceptions are the original's. With the same seed, the same queries give the same answers
    as in the original. A seeded object has its own random generator, so that nothing else changes its draws; without a
    seed, draws come from Python's global generator, and `random.seed` makes them repeatable. Objects pickle by path, so
    worker processes share one mapping of the file.

    Attributes:
        config: the original's settings, with the bounds and operations of this table. Queries and `evaluate` follow
            changed values, or refuse them.
        valid_epochs: budgets in the table.
        training_time_spent: seconds charged by queries so far.
        total_epochs_spent: epochs charged by queries so far.
        fixed_statistics: hash → what `get_metrics_from_hash` returns first; see `StatisticsView`.
        computed_statistics: hash → what it returns second, by budget and repeat.
        history: an empty dictionary for the caller's use, as in the original.
        table: the open file.
        describe: method that returns every field of the table with its unit and meaning; a description of the table
            comes first. On the class, `NASBench.describe()` returns the fields of the published table.

    Args:
        dataset_file: the name of a table (`full`, `only108`, `semireal`, `predicted`, `mini`, or that of a table in the
            user's folder), a `.arrow` table, or a `.tfrecord` of the original's format. A text that is a name is not
            taken for a file: `./full` is the file, and so is every `Path`. A `.tfrecord` is imported once, into a file
            beside it or in the user's cache folder; the import is recognised by size and digest. None opens the first
            of full, only108, predicted and mini that is on this machine; for the last two, which are not NAS-Bench-101,
            it prints a line on stderr.
        seed: seed of the generator that draws repeats; None draws from Python's global generator.

    Raises:
        InputError: there is no table of this name, or it is not on this machine; the file is not a table, is damaged
            or has a newer layout; or nothing was named and no table comes with the package.
        OSError: the file cannot be read, or the disk is too full for the import.
    """

    def best(self, metric: str = "test_accuracy", epochs: int | None = None, n: int = 1) -> list[RankedCell]:
        """Return the n best cells by the mean of a metric over their repeats, best first, equal cells in hash order.

        Large accuracies are good; of all other metrics (such as times), small values are good.

        Raises:
            InputError: there is no such metric, or n is below 1.
            OutOfDomainError: the epochs are not in the table.
        """
        return queries.best(self.table, metric, self._epochs(epochs), n)

    def rank(self, model_spec: AnySpec | str, metric: str = "test_accuracy", epochs: int | None = None) -> RankedCell:
        """Return the rank of a cell (a spec or a hash) in the order of `best`; equal cells share a rank.

        Raises:
            MissingRowError: the cell has no such value.
        """
        return queries.rank(self.table, self.index_of(model_spec), metric, self._epochs(epochs))

    def lookup(
        self,
        hashes: Sequence[str] | npt.NDArray[Any],
        metric: str = "validation_accuracy",
        epochs: int | None = None,
        repeat: int | str = "mean",
    ) -> Doubles:
        """Return a metric of many cells at once; nothing is charged.

        Args:
            hashes: 32 hex digits each; a hash may occur several times.
            metric: a metric of a query, with the prefix `halfway_` or `start_` for the other evaluations, or an extra
                column of numbers.
            epochs: the budget; None for 108, or the largest of a table without 108.
            repeat: a number, "mean" for the mean over the existing repeats, or "random" for one draw for each hash.

        Returns:
            float64, shape (hashes,); NaN where the table has the cell but not such a row.

        Raises:
            UnknownHashError: a hash is not in the table; the message names the first such hash.
            InputError: there is no such metric, or `repeat` is not valid.
            OutOfDomainError: the epochs are not in the table.
        """
        epochs = self._epochs(epochs)
        cells = queries.find_cells(self.table, hashes)
        if repeat != "random":
            return queries.lookup(self.table, cells, metric, epochs, repeat)
        queries.check_epochs(self.table, epochs)
        stage = HALFWAY if metric.startswith(HALFWAY) else FINAL
        choices = [self._reader.rows(cell, epochs, stage) for cell in cells.tolist()]
        draws = [rows[self._random.randint(0, len(rows) - 1)] if rows else -1 for rows in choices]
        drawn = np.array(draws, np.int64)
        values = queries.metric_values(self.table, metric, np.maximum(drawn, 0))
        return np.where(drawn < 0, np.nan, values)

    def spec(self, module_hash: str) -> ModelSpec:
        """Return the stored cell with a hash.

        Raises:
            UnknownHashError: the table lacks this cell.
        """
        cell = self._fixed(self._cell_of_hash(module_hash))
        return ModelSpec(cell["module_adjacency"], cell["module_operations"])

    def index_of(self, cell: AnySpec | str) -> int:
        """Return the position of a cell (a spec or a hash) in ascending hash order, from 0.

        Raises:
            OutOfDomainError: the spec is outside of the space.
            UnknownHashError: the table lacks this cell.
        """
        return self._cell_of_hash(cell) if isinstance(cell, str) else self._cell(cell)

    def __len__(self) -> int:
        """Return the number of cells."""
        return int(self.table.cells)

    def __iter__(self) -> Iterator[str]:
        """Iterate over the hashes in ascending order."""
        return map(self.table.hash_of, range(self.table.cells))

    def __contains__(self, cell: Any) -> bool:
        """Return whether the table has a cell, given as spec or hash."""
        if isinstance(cell, str):
            return self.table.find(cell) is not None
        try:
            self._cell(cell)
        except InputError:  # of a cell that is malformed, outside of the space, or not in the table
            return False
        return True

    def __repr__(self) -> str:
        budgets = ", ".join(map(str, self.table.metadata.epochs))
        return f"NASBench({str(self.table.path)!r}: {len(self):,} cells, {self.table.rows:,} rows, epochs {budgets})"

    def _repr_html_(self) -> str:
        """Return an overview for notebooks."""
        return self.table._repr_html_()

    def explore(self, x: str | None = None, y: str | None = None, colour: str | None = None) -> TableWidget:
        """Return a map of the cells for a notebook: zoom, hover, pick a cell (`cell`), select many (`selected`).

        Args:
            x: column across; None for the mean training time at the largest budget, or the parameters.
            y: column upwards; None for the mean test accuracy at the largest budget.
            colour: column that colours the cells; "" for their density, None for the number of vertices.

        Raises:
            InputError: there is no such column; the message lists the columns.
            MissingExtraError: anywidget is not installed.
        """
        # The explorer stands above the table, which must work without it: no module here imports it.
        explorer = importlib.import_module("nasbench_pytorch.explorer.notebook")
        widget: TableWidget = explorer.explore_table(self.table, x, y, colour)
        return widget

    @property
    def space(self) -> SearchSpace:
        """The cells of this table as a search space, in ascending hash order."""
        from nasbench_pytorch.table.table_space import space_of

        return space_of(self.table)

    def to_arrow(self) -> pa.Table:
        """Return one row for each training, in the order of the table, with readable values; see `describe`."""
        from nasbench_pytorch.table.export.flat_rows import flat_table

        return flat_table(self.table)

    def to_pandas(self) -> pd.DataFrame:
        """Return the rows of `to_arrow` as a data frame; hash, adjacency and operations are categories.

        Raises:
            MissingExtraError: pandas is not installed.
        """
        from nasbench_pytorch.table.export.flat_rows import to_pandas

        return to_pandas(self.table)

    @property
    def about(self) -> str:
        """Its author's description of the table in a sentence; empty if there is none."""
        return str(self.table.metadata.about.get("text", ""))

    describe = _Describe()

    def __reduce__(self) -> tuple[Any, ...]:
        return (
            type(self),
            (str(self.table.path),),
            {
                "training_time_spent": self.training_time_spent,
                "total_epochs_spent": self.total_epochs_spent,
                "random_state": None if self._random is random else self._random.getstate(),
            },
        )

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.training_time_spent = state["training_time_spent"]
        self.total_epochs_spent = state["total_epochs_spent"]
        if state["random_state"] is not None:
            self._random = random.Random()
            self._random.setstate(state["random_state"])
