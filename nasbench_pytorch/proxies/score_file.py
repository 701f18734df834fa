"""Score files: one row for each cell and seed, one column for each proxy, then the settings of the scoring."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.files import atomic_write, known_suffix
from nasbench_pytorch.proxies.jobs import CellScore
from nasbench_pytorch.proxies.settings import ScoringSettings, skeleton_of_text

if TYPE_CHECKING:
    import pyarrow as pa

SUFFIXES = (".csv", ".arrow", ".parquet")
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
            parquet.write_table(arrow, stream)
        else:
            with pa.ipc.new_file(stream, arrow.schema) as file:
                file.write_table(arrow)


def read_scores(path: str | os.PathLike[str]) -> ScoreTable:
    """Read a score file.

    Raises:
        InputError: it is no score file, or its rows have different settings.
        OSError: it cannot be read.
    """
    suffix = known_suffix(path, SUFFIXES, "read")
    rows = _csv_rows(Path(path)) if suffix == ".csv" else _arrow_rows(Path(path), suffix)
    names = list(rows[0]) if rows else []
    missing = [name for name in ("hash", *_AFTER) if name not in names]
    if missing:
        raise InputError(f"{path} is no score file: column {missing[0]} is missing; `nasbench proxy score` writes one")
    settings = {tuple(str(row[name]) for name in _AFTER[1:-1]) for row in rows}
    if len(settings) > 1:
        raise InputError(f"{path} holds scores of different settings: {' and '.join(map(str, sorted(settings)[:2]))}")
    try:
        scores = [_score(row) for row in rows]
        size, precision, initialization, data, skeleton = next(iter(settings))
        found = ScoringSettings(skeleton_of_text(skeleton), initialization, int(size), precision, data)  # type: ignore[arg-type]
    except (TypeError, ValueError) as error:
        raise InputError(f"{path}: a value cannot be read ({error})") from None
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

    try:
        table: pa.Table = parquet.read_table(path) if suffix == ".parquet" else pa.ipc.open_file(path).read_all()
        rows: list[dict[str, Any]] = table.to_pylist()
    except pa.ArrowInvalid as error:
        raise InputError(f"{path} is no {suffix} file ({str(error).splitlines()[0]})") from None
    return rows


def _score(row: dict[str, Any]) -> CellScore:
    values = {
        name: float(value) for name, value in row.items() if name not in ("hash", *_AFTER) and value not in (None, "")
    }
    return CellScore(str(row["hash"]), int(row["seed"]), values, float(row["seconds"]))
