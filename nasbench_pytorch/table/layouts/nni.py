"""NNI's `nasbench101.db`: an SQLite database with a row for each training and two for its evaluations.

`nb101trialconfig`: arch (JSON: `op1` … and `input1` …, the vertices that each vertex gets its input from),
num_vertices, hash, num_epochs. `nb101trialstats`: config_id, three accuracies in percent, parameters in millions,
training_time in seconds × 60. `nb101intermediatestats`: trial_id, current_epoch (half and end), three accuracies in
percent, training_time in seconds. Dividing percents by 100 does not always give back the fraction that was multiplied,
so the fraction is looked for whose product is the stored number.

Source: microsoft/nni, `nni/nas/benchmark/nasbench101/db_gen.py`, `schema.py`.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from typing_extensions import override

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.space.operations import INPUT, OUTPUT
from nasbench_pytorch.table.layouts.layout import Layout, Reading
from nasbench_pytorch.table.layouts.reading.cell_lists import CellLists
from nasbench_pytorch.table.layouts.reading.hash_text import is_hash
from nasbench_pytorch.table.layouts.reading.nni_rows import NniRows
from nasbench_pytorch.table.layouts.reading.rows import block_of

if TYPE_CHECKING:
    from nasbench_pytorch.table.layouts.reading.candidate import Candidate
    from nasbench_pytorch.table.storage.row_block import Block, Cells

_MAGIC = b"SQLite format 3\0"
_TABLES = {
    "nb101trialconfig": {"id", "arch", "num_vertices", "hash", "num_epochs"},
    "nb101trialstats": {"id", "config_id", "train_acc", "valid_acc", "test_acc", "parameters", "training_time"},
    "nb101intermediatestats": {
        "id",
        "trial_id",
        "current_epoch",
        "train_acc",
        "valid_acc",
        "test_acc",
        "training_time",
    },
}
_ROWS_AT_A_TIME = 1 << 16
_TRAININGS = """
    SELECT t.id, t.config_id, t.parameters, t.training_time, t.train_acc, t.valid_acc, t.test_acc,
           i.current_epoch, i.training_time, i.train_acc, i.valid_acc, i.test_acc
    FROM nb101trialstats t LEFT JOIN nb101intermediatestats i ON i.trial_id = t.id ORDER BY t.id, i.id
"""


class NniDatabase(Layout):
    """The layout."""

    name = "NNI's database"
    content = "an SQLite database with the tables nb101trialconfig, nb101trialstats and nb101intermediatestats"
    lacks = "evaluations at the start, total_time"

    @override
    def recognises(self, candidate: Candidate) -> bool:
        if not candidate.head.startswith(_MAGIC):
            return False
        candidate.refuse_gzip()
        with _opened(candidate) as database:
            return all(_columns(database, table) >= columns for table, columns in _TABLES.items())

    @override
    def read(self, candidates: Sequence[Candidate], reading: Reading) -> Iterator[Block]:
        candidate = candidates[0]
        _check_size(candidate)
        with _opened(candidate) as database:
            problem = str(database.execute("PRAGMA quick_check(1)").fetchone()[0])
            if problem != "ok":
                raise sqlite3.DatabaseError(problem)
            lists, configurations = _read_configurations(database, candidate, reading)
            cells: Cells | None = lists.cells(_read_parameters(database, candidate, configurations, len(lists)))
            total = int(database.execute("SELECT count(*) FROM nb101trialstats").fetchone()[0])
            rows = NniRows(candidate, configurations)
            for done, training in enumerate(_trainings(database), 1):
                rows.add(*training)
                if len(rows) == _ROWS_AT_A_TIME or done == total:
                    row_cell, epochs, values, missing = rows.take(reading.images)
                    # The first block brings all cells; the others count theirs from behind them.
                    first = 0 if cells is not None else len(lists)
                    found = CellLists(str(candidate.path), reading.vocabulary).cells() if cells is None else cells
                    yield block_of(found, row_cell - first, epochs, values, reading.images, missing)
                    cells = None
                    if reading.progress is not None:
                        reading.progress(done, total)


@contextlib.contextmanager
def _opened(candidate: Candidate) -> Iterator[sqlite3.Connection]:
    """Open a database for reading; nothing in it can change the file or run functions.

    Raises:
        InputError: the database is damaged.
    """
    address = f"file:{quote(str(candidate.path.resolve()))}?mode=ro&immutable=1"
    database = sqlite3.connect(address, uri=True)
    try:
        database.execute("PRAGMA trusted_schema = OFF")
        database.execute("PRAGMA cell_size_check = ON")
        database.execute("PRAGMA query_only = ON")
        yield database
    except (sqlite3.Error, OverflowError, UnicodeDecodeError) as error:
        reason = ascii(str(error))[1:-1]
        raise InputError(f"{candidate.path}: the database is damaged ({reason:.120}); get the file again") from None
    finally:
        database.close()


def _check_size(candidate: Candidate) -> None:
    """Refuse a file with fewer pages than its header says: SQLite reads missing bytes as zeros.

    Raises:
        InputError: the file is cut short.
    """
    page_bytes, pages = int.from_bytes(candidate.head[16:18], "big"), int.from_bytes(candidate.head[28:32], "big")
    needed = pages * (65_536 if page_bytes == 1 else page_bytes)
    if candidate.size_bytes < needed:
        raise InputError(
            f"{candidate.path}: cut short: {candidate.size_bytes:,} of {needed:,} bytes; get the file again"
        )


def _columns(database: sqlite3.Connection, table: str) -> set[str]:
    """Return the columns of a table; none if it is missing or a view."""
    kind = database.execute("SELECT type FROM sqlite_master WHERE lower(name) = ?", (table,)).fetchone()
    if kind is None or kind[0] != "table":
        return set()
    return {str(row[1]).lower() for row in database.execute(f"PRAGMA table_info({table})")}


def _read_configurations(
    database: sqlite3.Connection, candidate: Candidate, reading: Reading
) -> tuple[CellLists, dict[int, tuple[int, int]]]:
    """Return the cells, and the cell and budget of each configuration."""
    lists = CellLists(str(candidate.path), reading.vocabulary)
    known: dict[tuple[str, str], int] = {}
    configurations: dict[int, tuple[int, int]] = {}
    query = "SELECT id, arch, num_vertices, hash, num_epochs FROM nb101trialconfig ORDER BY id"
    for number, arch, vertices, module_hash, epochs in database.execute(query):
        if not is_hash(module_hash) or not isinstance(arch, str) or not _is_count(epochs):
            raise InputError(
                f"{candidate.path}: configuration {number!s:.20} has hash {module_hash!a:.60} and {epochs!a:.20} epochs"
            )
        cell = known.get((module_hash, arch))
        if cell is None:
            matrix, operations = _graph(candidate, arch, vertices)
            cell = known[module_hash, arch] = lists.add(matrix, operations, module_hash)
        configurations[number] = (cell, epochs)
    return lists, configurations


def _read_parameters(
    database: sqlite3.Connection, candidate: Candidate, configurations: dict[int, tuple[int, int]], cells: int
) -> list[int]:
    """Return the trainable parameters of each cell, which the database has in millions with every training."""
    parameters = [-1] * cells
    query = "SELECT config_id, min(parameters), max(parameters) FROM nb101trialstats GROUP BY config_id"
    for configuration, least, most in database.execute(query):
        cell, _ = configurations.get(configuration, (None, 0))
        if cell is None:
            raise InputError(f"{candidate.path}: trainings of unknown configuration {configuration!a:.20}")
        if type(most) not in (int, float) or least != most or not 0 <= most < 1e4 or round(most * 1e6) / 1e6 != most:
            raise InputError(
                f"{candidate.path}: configuration {configuration} has {least!a:.30} to {most!a:.30} million "
                "parameters, not one whole number; the file is damaged"
            )
        count = round(most * 1e6)
        if parameters[cell] not in (-1, count):
            raise InputError(f"{candidate.path}: a cell with {parameters[cell]:,} and with {count:,} parameters")
        parameters[cell] = count
    return parameters


def _graph(candidate: Candidate, arch: str, vertices: object) -> tuple[list[list[int]], list[str]]:
    """Return matrix and operations of an architecture."""
    try:
        content = json.loads(arch)
        assert isinstance(vertices, int) and 2 <= vertices <= 32
        matrix = [[0] * vertices for _ in range(vertices)]
        for vertex in range(1, vertices):
            for source in content[f"input{vertex}"]:
                assert type(source) is int and 0 <= source < vertex
                matrix[source][vertex] = 1
        operations = [content[f"op{vertex}"] for vertex in range(1, vertices - 1)]
        assert all(isinstance(name, str) for name in operations)
    except (ValueError, TypeError, KeyError, AssertionError, RecursionError):
        raise InputError(f"{candidate.path}: arch {arch!a:.80} of {vertices!a:.20} vertices is no cell") from None
    return matrix, [INPUT, *operations, OUTPUT]


def _is_count(value: object) -> bool:
    return type(value) is int and 0 < value < 1 << 32


def _trainings(database: sqlite3.Connection) -> Iterator[tuple[tuple[Any, ...], list[tuple[Any, ...]]]]:
    """Yield each training with its evaluations."""
    training: tuple[Any, ...] | None = None
    evaluations: list[tuple[Any, ...]] = []
    for row in database.execute(_TRAININGS):
        if training is None or row[0] != training[0]:
            if training is not None:
                yield training, evaluations
            training, evaluations = row[:7], []
        if row[7] is not None:
            evaluations.append(row[7:])
    if training is not None:
        yield training, evaluations
