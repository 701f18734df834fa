"""Flags of what a predictor learns from: a table, a metric, a split, columns of scores."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from nasbench_pytorch.errors import InputError

if TYPE_CHECKING:
    from nasbench_pytorch.predictors.splits import Split
    from nasbench_pytorch.space.search_space import SearchSpace
    from nasbench_pytorch.table.storage.table_file import TableFile

DEFAULT_MODEL = "gaussian_process"


@dataclass(frozen=True)
class LearningArguments:
    """What a predictor learns from."""

    model: str = DEFAULT_MODEL
    """The predictor: gaussian_process, boosted_trees, random_forest, graph_network, path_networks or ensemble."""
    table: str | None = None
    """The table: a name (see nasbench table list) or a file; by default the best one that is on this machine."""
    split: str = "gates"
    """gates: learn from cells of the first 90 % of the rows, test on the last 10 %. tnasp: learn from cells of all
    rows, test on the rest."""
    train_cells: int = 424
    """Cells to learn from, drawn from the split's training part."""
    seed: int = 0
    """Seed of the drawn cells and of the predictor."""
    metric: str = "test_accuracy"
    """Metric to learn, as a mean over the repeats."""
    epochs: int | None = None
    """The budget; by default 108, or the largest of a table without 108."""
    scores: Path | None = None
    """File with a column hash and columns of numbers, such as nasbench proxy score writes (.csv, .parquet, .arrow); its
    columns become features. Cells that it lacks are left out."""
    proxies: tuple[str, ...] = ()
    """Columns of --scores to use; by default all that hold numbers."""

    def check(self) -> None:
        """Refuse flags that no table is needed to refuse.

        Raises:
            InputError: there is no such model or split, or --proxies is given without --scores.
        """
        from nasbench_pytorch.predictors.by_name import make_predictor
        from nasbench_pytorch.predictors.splits import split_rows

        make_predictor(self.model, self.seed)
        split_rows(self.split, 1000, 10, seed=self.seed)
        if self.proxies and self.scores is None:
            raise InputError("--proxies names columns of --scores; give --scores too")


class LearningData(NamedTuple):
    """What the flags stand for.

    Attributes:
        table: the table.
        space: its N cells.
        values: mean of the metric, shape (N,); NaN where the table has none.
        columns: name → a number a cell, shape (N,); NaN where the scores lack the cell.
        metric: the metric.
        epochs: the budget.
    """

    table: TableFile
    space: SearchSpace
    values: npt.NDArray[np.float64]
    columns: dict[str, npt.NDArray[np.float64]]
    metric: str
    epochs: int

    @classmethod
    def read(cls, chosen: LearningArguments) -> LearningData:
        """Read the table and the scores.

        Raises:
            InputError: the table, the metric, the budget or the scores are not there.
        """
        from nasbench_pytorch.cli.predict.score_columns import read_score_columns
        from nasbench_pytorch.table import queries
        from nasbench_pytorch.table.default_table import open_table
        from nasbench_pytorch.table.table_space import space_of

        chosen.check()
        table = open_table(chosen.table)
        epochs = queries.default_epochs(table) if chosen.epochs is None else chosen.epochs
        values = queries.lookup(table, np.arange(table.cells), chosen.metric, epochs, "mean")
        space = space_of(table)
        scores = {} if chosen.scores is None else read_score_columns(chosen.scores, space, chosen.proxies)
        return cls(table, space, values, scores, chosen.metric, epochs)

    def split(self, chosen: LearningArguments, test_cells: int | None) -> Split:
        """Return the split of the cells that have a value and all scores.

        Raises:
            InputError: no cell has; or the split cannot be made of them.
        """
        from nasbench_pytorch.predictors.splits import split_rows

        usable = self.usable
        if len(usable) < 2:
            raise InputError(
                f"{len(usable)} cells of {self.table.path.name} have {self.metric} at {self.epochs} epochs"
                + (" and all scores" if self.columns else "")
                + "; a split needs at least 2"
            )
        try:
            return split_rows(chosen.split, usable, chosen.train_cells, test_cells, chosen.seed)
        except InputError as error:
            raise InputError(
                str(error).replace("train_cells", "--train-cells").replace("test_cells", "--test-cells")
            ) from None

    @property
    def usable(self) -> npt.NDArray[np.int64]:
        """Rows that have a value and all scores, ascending."""
        finite = np.isfinite(self.values)
        for column in self.columns.values():
            finite &= np.isfinite(column)
        return np.flatnonzero(finite)

    def facts(self, chosen: LearningArguments) -> dict[str, Any]:
        """Return what was learnt from, as plain values."""
        facts = {
            "model": chosen.model,
            "table": self.table.path.name if chosen.table is None else chosen.table,
            "metric": self.metric,
            "epochs": self.epochs,
            "split": chosen.split,
            "seed": chosen.seed,
            "columns": list(self.columns),
            "cells_left_out": len(self.values) - len(self.usable),
        }
        origin = self._origin()
        return {**facts, "origin": origin} if origin else facts

    def _origin(self) -> str:
        """Where the table's author says that the metric is from; empty where nothing is said."""
        origins = self.table.metadata.about.get("origins")
        return str(origins.get(self.metric, "")) if isinstance(origins, dict) else ""
