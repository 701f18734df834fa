"""Score files: one row for each cell and seed, one column for each proxy, then the settings of the scoring."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nasbench_pytorch.arrow_digest import DIGEST_KEY, NO_DIGEST, DigestingStream, check_digest
from nasbench_pytorch.checksum import json_sha256
from nasbench_pytorch.errors import InputError
from nasbench_pytorch.files import atomic_write, known_suffix
from nasbench_pytorch.model.initialization import Initialization
from nasbench_pytorch.printable import escape_controls
from nasbench_pytorch.proxies.jobs import CellScore, checked_score
from nasbench_pytorch.proxies.settings import Precision, ScoringSettings, skeleton_of_text
from nasbench_pytorch.shapes import checked

if TYPE_CHECKING:
    import pyarrow as pa

_CONTENT_KEY = b"nasbench_content_sha256"
SUFFIXES = (".csv", ".arrow", ".parquet")
_CHANGED = (
    "score the cells again; if you changed the file on purpose, write it without this key: "
    "table.replace_schema_metadata()"
)
_AFTER = ("seed", "batch_size", "precision", "initialization", "data", "skeleton", "seconds")
"""Columns behind the proxies' columns."""


@dataclass(frozen=True)
class ScoreTable:
    """The content of a score file.

    Attributes:
        settings: settings of all values.
        scores: values of each cell and seed.
    """

    settings: ScoringSettings
    scores: Sequence[CellScore]

    @property
    def proxies(self) -> tuple[str, ...]:
        """Names of the proxies in order of appearance."""
        return tuple(dict.fromkeys(name for score in self.scores for name in score.values))


def merge_scores(scores: Iterable[CellScore]) -> list[CellScore]:
    """Join the values of each cell and seed, in the order of their first appearance; times add up."""
    merged: dict[tuple[str, int], CellScore] = {}
    for score in scores:
        before = merged.get((score.hash, score.seed))
        if before is not None:
            score = CellScore(score.hash, score.seed, {**before.values, **score.values}, before.seconds + score.seconds)
        merged[score.hash, score.seed] = score
    return list(merged.values())


def write_scores(path: str | os.PathLike[str], table: ScoreTable) -> None:
    """Write a score file atomically: .csv, .arrow or .parquet.

    The columns are `hash`, one for each proxy (empty where a cell has no value), and `seed`, `batch_size`, `precision`,
    `initialization`, `data`, `skeleton` and `seconds`.

    Raises:
        InputError: the suffix is unknown.
        OSError: the file cannot be written.
    """
    suffix = known_suffix(path, SUFFIXES)
    columns = _columns(table)
    if suffix == ".csv":
        with atomic_write(path, "w") as text:
            writer = csv.writer(text, lineterminator="\n")
            writer.writerow(columns)
            writer.writerows(zip(*columns.values(), strict=True))
        return
    import pyarrow as pa
    from pyarrow import parquet

    arrow = pa.table(columns)
    with atomic_write(path) as stream:
        if suffix == ".parquet":
            arrow = arrow.replace_schema_metadata({_CONTENT_KEY: _content_digest(arrow)})
            parquet.write_table(arrow, stream, write_page_checksum=True)
            return
        arrow = arrow.replace_schema_metadata({DIGEST_KEY: NO_DIGEST})
        digesting = DigestingStream(stream)
        with pa.ipc.new_file(digesting, arrow.schema) as file:
            file.write_table(arrow)
        digesting.fill_in()


def read_scores(path: str | os.PathLike[str]) -> ScoreTable:
    """Read a score file.

    Raises:
        InputError: it is no score file, is damaged, or its rows have different settings.
        OSError: it cannot be read.
    """
    suffix = known_suffix(path, SUFFIXES, "read")
    rows = _csv_rows(Path(path)) if suffix == ".csv" else _arrow_rows(Path(path), suffix)
    names = list(rows[0]) if rows else []
    missing = [name for name in ("hash", *_AFTER) if name not in names]
    if missing:
        raise InputError(f"{path} is no score file: column {missing[0]} is missing; `nasbench proxy score` writes one")
    if any(None in row for row in rows):
        raise InputError(f"{path}: a row has more values than the header has columns")
    settings = {tuple(str(row[name]) for name in _AFTER[1:-1]) for row in rows}
    if len(settings) > 1:
        raise InputError(f"{path} holds scores of different settings: {' and '.join(map(str, sorted(settings)[:2]))}")
    try:
        scores = [_score(row) for row in rows]
        size, precision, initialization, data, skeleton = next(iter(settings))
        found = ScoringSettings(
            skeleton_of_text(skeleton),
            checked(Initialization, initialization, "initialization"),
            int(size),
            checked(Precision, precision, "precision"),
            data,
        )
    except (TypeError, ValueError, OverflowError) as error:
        raise InputError(f"{path}: a value cannot be read ({escape_controls(str(error))})") from None
    return ScoreTable(found, scores)


def _columns(table: ScoreTable) -> dict[str, list[Any]]:
    columns: dict[str, list[Any]] = {"hash": [score.hash for score in table.scores]}
    for name in table.proxies:
        columns[name] = [score.values.get(name) for score in table.scores]
    columns["seed"] = [score.seed for score in table.scores]
    for name, value in table.settings.columns().items():
        columns[name] = [value] * len(table.scores)
    columns["seconds"] = [round(score.seconds, 4) for score in table.scores]
    return columns


def _csv_rows(path: Path) -> list[dict[str, Any]]:
    try:
        with path.open(encoding="utf-8", newline="") as stream:
            return list(csv.DictReader(stream, strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path} is no CSV file ({error})") from None


def _arrow_rows(path: Path, suffix: str) -> list[dict[str, Any]]:
    import pyarrow as pa
    from pyarrow import parquet

    with path.open("rb"):  # a missing file or a folder is an OSError that names it
        pass
    try:
        if suffix == ".parquet":
            table: pa.Table = parquet.ParquetFile(path, page_checksum_verification=True).read()
        else:
            check_digest(path, _CHANGED)
            table = pa.ipc.open_file(path).read_all()
        table.validate(full=True)
        known = (table.schema.metadata or {}).get(_CONTENT_KEY)
        if known is not None and known != _content_digest(table):
            raise InputError(
                f"{path}: the file is damaged: its values differ from the SHA-256 in its metadata "
                f"({_CONTENT_KEY.decode()}); {_CHANGED}"
            )
        rows: list[dict[str, Any]] = table.to_pylist()
    except (pa.ArrowException, OSError, KeyError, TypeError, ValueError, MemoryError) as error:
        if isinstance(error, InputError):
            raise
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise InputError(f"{path} is no {suffix} file, or damaged ({escape_controls(reason)})") from None
    return rows


def _content_digest(table: pa.Table) -> bytes:
    """Return the SHA-256 of the names and values of a table: that of a Parquet file's bytes cannot be in the file."""
    return json_sha256([table.column_names, [column.to_pylist() for column in table.columns]]).encode()


def _score(row: dict[str, Any]) -> CellScore:
    values = {
        name: float(value) for name, value in row.items() if name not in ("hash", *_AFTER) and value not in (None, "")
    }
    return checked_score(CellScore(str(row["hash"]), int(row["seed"]), values, float(row["seconds"])))
