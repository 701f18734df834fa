"""Reading a whole ledger, for exports and analyses."""

from __future__ import annotations

import os
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

from nasbench_pytorch.campaign.ledger.connection import read_meta, snapshot
from nasbench_pytorch.campaign.ledger.environments import Machine, check_environments, last_failures, read_machines
from nasbench_pytorch.campaign.ledger.insert_trials import CellRow
from nasbench_pytorch.campaign.ledger.soundness import (
    COUNTS,
    LARGE_TABLES,
    SMALL_TABLES,
    check_pages,
    check_rules,
    damaged,
    result_digest,
)
from nasbench_pytorch.campaign.settings import Settings
from nasbench_pytorch.campaign.trials import CELL_SHIFT, TrialState

if TYPE_CHECKING:
    from nasbench_pytorch.errors import InputError

_FINISHED, _PENDING = TrialState.FINISHED.code, TrialState.PENDING.code


class ResultColumns(NamedTuple):
    """Results as columns of the values that a ledger stores.

    Attributes:
        trials: the trials' numbers.
        status: `complete` or `truncated`.
        evaluations: JSON, a list of `EVALUATION_COLUMNS` for each evaluation.
        curves: JSON, mean training loss of each epoch.
        restarts: the recipe's attempts that ended in a NaN loss.
        total_times_s: seconds in all.
        environments: numbers of the machines.
    """

    trials: tuple[int, ...]
    status: tuple[str, ...]
    evaluations: tuple[str, ...]
    curves: tuple[str, ...]
    restarts: tuple[int, ...]
    total_times_s: tuple[float, ...]
    environments: tuple[int, ...]


class LedgerReader:
    """A ledger at one moment; `read_ledger` opens it.

    Args:
        connection: a connection in a transaction.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def settings(self) -> Settings:
        """Return the campaign's settings."""
        return Settings.from_dict(read_meta(self._connection, "settings"))

    def selections(self) -> list[dict[str, Any]]:
        """Return the campaign's selections, in the order in which they were added."""
        selections: list[dict[str, Any]] = read_meta(self._connection, "selections")
        return selections

    def counts(self) -> dict[TrialState, int]:
        """Return state → number of trials."""
        rows = self._connection.execute("SELECT state, sum(trials) FROM totals GROUP BY state").fetchall()
        return {TrialState.from_code(code): count for code, count in rows}

    def failures(self) -> dict[int, str]:
        """Return number of each failed trial → reason of its last failure."""
        return last_failures(self._connection)

    def machines(self) -> dict[int, Machine]:
        """Return number of each environment with results → its machine, most results first."""
        return read_machines(self._connection)

    def session_endings(self) -> Counter[str]:
        """Return how drivers' sessions ended → number of sessions; "running" for one that has not ended."""
        rows = self._connection.execute("SELECT ifnull(ending, 'running'), count(*) FROM sessions GROUP BY 1")
        return Counter(dict(rows.fetchall()))

    def partial_cells(self) -> int:
        """Return the number of cells that have results for some of their trials only."""
        query = (
            f"SELECT count(*) FROM (SELECT 1 FROM trials GROUP BY number >> {CELL_SHIFT} "
            f"HAVING min(state = {_FINISHED}) = 0 AND max(state = {_FINISHED}) = 1)"
        )
        count: int = self._connection.execute(query).fetchone()[0]
        return count

    def cells(self) -> list[CellRow]:
        """Return all cells; a cell's position is its number."""
        query = "SELECT hash, adjacency, operations, parameters, flops FROM cells ORDER BY number"
        return list(map(CellRow._make, self._connection.execute(query)))

    def cells_with_outcomes(self) -> set[int]:
        """Return the numbers of the cells with a finished or failed trial."""
        query = f"SELECT DISTINCT number >> {CELL_SHIFT} FROM trials WHERE state <> {_PENDING}"
        return {row[0] for row in self._connection.execute(query)}

    def check(self) -> None:
        """Check the file's structure, and types and ranges of all values that an export reads.

        Raises:
            InputError: something is damaged; the message names file, table, row and column.
        """
        check_pages(self._connection)
        check_rules(self._connection, [*SMALL_TABLES, *LARGE_TABLES])
        check_rules(self._connection, COUNTS)
        read_machines(self._connection)  # types before digests: the message says more
        check_environments(self._connection)

    def damaged(self, what: str) -> InputError:
        """Return the error to raise if the content cannot be right."""
        return damaged(self._connection, what)

    def result_columns(self, page: int) -> Iterator[ResultColumns]:
        """Yield all results by ascending trial number, as columns, `page` rows at a time.

        Raises:
            InputError: a result differs from its digest.
        """
        query = "SELECT name FROM sqlite_master WHERE name = 'result_digests'"
        has_digests = self._connection.execute(query).fetchone() is not None  # not in ledgers of earlier versions
        digests = "LEFT JOIN result_digests USING (trial)" if has_digests else ""
        columns = f"results.*, {'sha256' if has_digests else 'NULL'}"
        cursor = self._connection.execute(f"SELECT {columns} FROM results {digests} ORDER BY trial")
        while rows := cursor.fetchmany(page):
            for *row, stored in rows:
                if stored is not None and result_digest(row) != stored:
                    raise self.damaged(f"table results, trial {row[0]}: its values differ from its digest")
            trials, status, evaluations, curves, restarts, _, times, environments, _ = zip(*rows, strict=True)
            yield ResultColumns(trials, status, evaluations, curves, restarts, times, environments)


@contextmanager
def read_ledger(folder: str | os.PathLike[str]) -> Iterator[LedgerReader]:
    """Open a campaign's ledger for reading; all reads see the same moment, while a driver goes on writing.

    Raises:
        InputError: there is no ledger, or it cannot be read.
    """
    with snapshot(folder) as connection:
        yield LedgerReader(connection)
