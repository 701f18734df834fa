"""NASBench: the original's interface, and what its users asked for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from nasbench_pytorch.space import ModelSpec
from nasbench_pytorch.table import queries
from nasbench_pytorch.table.nasbench_api import OriginalInterface
from nasbench_pytorch.table.storage.fields import FINAL, HALFWAY, FieldDescription, describe

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

    from nasbench_pytorch.space import SearchSpace
    from nasbench_pytorch.table.queries import RankedCell
    from nasbench_pytorch.table.storage.encoded_column import Doubles


class NASBench(OriginalInterface):
    """The results of many cells: those of NAS-Bench-101, or of any table of this kind.

    Methods, names, values and exceptions are those of the original. An object has its own random generator: the
    same seed gives the same answers to the same queries as the original does, whatever else draws random numbers.
    Objects pickle by path, so worker processes share the one mapping of the file.

    Attributes:
        config: the original's settings; its bounds and operations are those of this table.
        valid_epochs: the budgets in the table.
        training_time_spent: seconds charged by queries so far.
        total_epochs_spent: epochs charged by queries so far.
        table: the opened file.

    Args:
        dataset_file: a `.arrow` table, or a `.tfrecord` of the original's format, which is imported once, into a
            file beside it or in the user's cache folder, and found again there by size and digest. If None, the small
            table that comes with the package, which is not NAS-Bench-101; a line on stderr says so.
        seed: of the generator that draws repeats; None for a random one.

    Raises:
        InputError: the file is no table, is damaged or of a newer layout; or none was named and none is embedded.
        OSError: it cannot be read, or there is no room for the import.
    """

    def best(self, metric: str = "test_accuracy", epochs: int = 108, n: int = 1) -> list[RankedCell]:
        """The n best cells by the mean of a metric over their repeats, best first, equal ones in hash order.

        Large accuracies are good, of everything else (times) small values.

        Raises:
            InputError: no such metric, or n below 1.
            OutOfDomainError: the epochs are not in the table.
        """
        return queries.best(self.table, metric, epochs, n)

    def rank(self, model_spec: ModelSpec | str, metric: str = "test_accuracy", epochs: int = 108) -> RankedCell:
        """The place of a cell (a spec or a hash) in the order of `best`; equal cells share a rank.

        Raises:
            MissingRowError: the cell has no such value.
        """
        return queries.rank(self.table, self.index_of(model_spec), metric, epochs)

    def lookup(
        self,
        hashes: Sequence[str] | npt.NDArray[Any],
        metric: str = "validation_accuracy",
        epochs: int = 108,
        repeat: int | str = "mean",
    ) -> Doubles:
        """A metric of many cells at once; charges nothing.

        Args:
            hashes: 32 hex digits each, any number of times.
            metric: as in a query, with `halfway_` or `start_` before it for the other evaluations, or a column of
                numbers of the table's own.
            epochs: the budget.
            repeat: a number, "mean" over those that are there, or "random": one draw for each hash.

        Returns:
            float64, shape (hashes,); NaN where the table has the cell but not such a row.

        Raises:
            UnknownHashError: a hash is not in the table; names the first.
            InputError: no such metric or repeat.
            OutOfDomainError: the epochs are not in the table.
        """
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
        """The stored cell with a hash.

        Raises:
            UnknownHashError: the table does not have this cell.
        """
        cell = self._fixed(self._cell_of_hash(module_hash))
        return ModelSpec(cell["module_adjacency"], cell["module_operations"])

    def index_of(self, cell: ModelSpec | str) -> int:
        """The place of a cell (a spec or a hash) in ascending hash order, from 0.

        Raises:
            OutOfDomainError: the spec is outside of the space.
            UnknownHashError: the table does not have this cell.
        """
        return self._cell_of_hash(cell) if isinstance(cell, str) else self._cell(cell)

    def __len__(self) -> int:
        """How many cells the table has."""
        return int(self.table.cells)

    def __iter__(self) -> Iterator[str]:
        """The hashes in ascending order."""
        return map(self.table.hash_of, range(self.table.cells))

    def __contains__(self, cell: object) -> bool:
        """Whether the table has a cell, given as spec or hash."""
        if isinstance(cell, ModelSpec):
            return self.is_valid(cell) and self.table.find(cell.hash_spec(self._operations)) is not None
        return isinstance(cell, str) and self.table.find(cell) is not None

    def __repr__(self) -> str:
        budgets = ", ".join(map(str, self.table.metadata.epochs))
        return f"NASBench({str(self.table.path)!r}: {len(self):,} cells, {self.table.rows:,} rows, epochs {budgets})"

    @property
    def space(self) -> SearchSpace:
        """The cells of this table as a search space, in ascending hash order."""
        from nasbench_pytorch.table.table_space import space_of

        return space_of(self.table)

    def to_arrow(self) -> pa.Table:
        """One row for each training, in the order of the table, with readable values; see `describe`."""
        from nasbench_pytorch.table.flat_rows import flat_table

        return flat_table(self.table)

    def to_pandas(self) -> pd.DataFrame:
        """What `to_arrow` gives, as a data frame; hash, adjacency and operations are categories.

        Raises:
            MissingExtraError: pandas is not installed.
        """
        from nasbench_pytorch.table.flat_rows import to_pandas

        return to_pandas(self.table)

    @property
    def about(self) -> str:
        """What this table is, in a sentence of whoever made it; empty where nobody said."""
        return str(self.table.metadata.about.get("text", ""))

    # Also without an object, as NASBench.describe(): then of the published table.
    def describe(self: NASBench | None = None) -> tuple[FieldDescription, ...]:
        """Every field of a table with its unit and meaning; of this table, what it is comes first."""
        return describe() if self is None else self.table.describe()

    def __reduce__(self) -> tuple[Any, ...]:
        return (
            type(self),
            (str(self.table.path),),
            {
                "training_time_spent": self.training_time_spent,
                "total_epochs_spent": self.total_epochs_spent,
                "random_state": self._random.getstate(),
            },
        )

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.training_time_spent = state["training_time_spent"]
        self.total_epochs_spent = state["total_epochs_spent"]
        self._random.setstate(state["random_state"])
