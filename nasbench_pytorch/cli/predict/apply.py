"""`nasbench predict apply`."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import numpy as np
import numpy.typing as npt
import tyro

from nasbench_pytorch.cli.shared.cell_flags import CellArguments
from nasbench_pytorch.cli.shared.columns import table_lines
from nasbench_pytorch.cli.shared.flags import parse
from nasbench_pytorch.cli.shared.json_output import check_json_path, write_result
from nasbench_pytorch.errors import InputError
from nasbench_pytorch.files import atomic_write, known_suffix
from nasbench_pytorch.printable import print_lines

if TYPE_CHECKING:
    from nasbench_pytorch.predictors.protocol import Floats
    from nasbench_pytorch.predictors.saved import SavedPredictor
    from nasbench_pytorch.space.search_space import SearchSpace

_LARGEST_LIST_BYTES = 1 << 26


@dataclass(frozen=True)
class _Apply:
    predictor: tyro.conf.Positional[Path]
    """File that nasbench predict fit wrote."""
    chosen: Annotated[CellArguments, tyro.conf.arg(name="")] = field(default_factory=CellArguments)
    hashes: Path | None = None
    """Text file with a hash on each line: predict these cells."""
    where: str | None = None
    """Condition that the cells must meet, such as "vertices<=5 and conv3x3>=2"; without it, and without --hashes and a
    cell, all cells of the space are predicted."""
    scores: Path | None = None
    """File with the added columns that the predictor has learnt from; needed if there are any."""
    count: Annotated[int, tyro.conf.arg(aliases=("--n", "-n"))] = 10
    """Number of cells to print, those with the best predictions."""
    out: Path | None = None
    """File for all predictions (.csv): hash, mean, spread, in the order of the hashes."""
    json: Path | None = None
    """Print the result as JSON instead of text; with the name of a .json file, write it there."""


def apply(arguments: list[str]) -> None:
    """Predict cells with a written predictor."""
    about = "Predict cells with a predictor that nasbench predict fit wrote, and list the best."
    parsed = parse(_Apply, arguments, "nasbench predict apply", about)
    _check(parsed)
    from nasbench_pytorch.predictors.saved import load_predictor
    from nasbench_pytorch.space.enumerate import enumerate_cells

    saved = load_predictor(parsed.predictor)
    bounds = saved.cells.bounds
    space = enumerate_cells(bounds.max_vertices, bounds.max_edges, bounds.operations)
    rows = _rows(parsed, space)
    mean, spread = _predict(saved, space, rows, parsed)
    hashes = [space.hash_at(row) for row in rows.tolist()]
    if parsed.out is not None:
        with atomic_write(parsed.out, "w") as stream:
            stream.write("hash,mean,spread\n")
            stream.writelines(
                f"{h},{m!r},{s!r}\n" for h, m, s in zip(hashes, mean.tolist(), spread.tolist(), strict=True)
            )
    best = np.argsort(-mean, kind="stable")[: parsed.count].tolist()
    cells = [{"hash": hashes[i], "mean": float(mean[i]), "spread": float(spread[i])} for i in best]
    if write_result(parsed.json, {"about": dict(saved.about), "predicted": len(rows), "cells": cells}):
        return
    lines = [[hashes[i], f"{mean[i]:.6f}", f"{spread[i]:.6f}"] for i in best]
    print_lines(*table_lines(["hash", "predicted mean", "spread"], lines, left=(0,)))
    if parsed.out is not None:
        print_lines(f"{parsed.out}: {len(rows):,} predictions")


def _check(parsed: _Apply) -> None:
    check_json_path(parsed.json)
    if sum([parsed.chosen.given, parsed.hashes is not None, parsed.where is not None]) > 1:
        raise InputError("a cell, --hashes and --where each choose cells; give one of them")
    if parsed.count < 1:
        raise InputError(f"--count must be at least 1, got {parsed.count}")
    if parsed.out is not None:
        known_suffix(parsed.out, (".csv",))
        if not parsed.out.parent.is_dir():
            raise InputError(f"{parsed.out.parent}: no such folder for --out; make it first")


def _rows(parsed: _Apply, space: SearchSpace) -> npt.NDArray[np.int64]:
    """The rows of the chosen cells, ascending."""
    if parsed.chosen.given:
        return np.array([space.index_of(parsed.chosen.resolve().spec)])
    if parsed.hashes is not None:
        return space.rows_of(_read_hashes(parsed.hashes))
    if parsed.where is None:
        return np.arange(len(space))
    from nasbench_pytorch.space.filters import mask_where

    rows = np.flatnonzero(mask_where(space, parsed.where))
    if not len(rows):
        raise InputError(f"no cell meets the condition '{parsed.where}'")
    return rows


def _read_hashes(path: Path) -> list[str]:
    if path.stat().st_size > _LARGEST_LIST_BYTES:
        raise InputError(f"{path}: {path.stat().st_size:,} bytes; a list of hashes has a hash on each line")
    try:
        hashes = path.read_text(encoding="utf-8").lower().split()
    except UnicodeDecodeError:
        raise InputError(f"{path}: not a text file; write a hash on each line") from None
    if not hashes:
        raise InputError(f"{path}: no hashes; write one on each line")
    return hashes


def _predict(
    saved: SavedPredictor, space: SearchSpace, rows: npt.NDArray[np.int64], parsed: _Apply
) -> tuple[Floats, Floats]:
    from nasbench_pytorch.cli.predict.score_columns import read_score_columns
    from nasbench_pytorch.predictors import encode_rows

    names = saved.cells.extra
    if names and parsed.scores is None:
        raise InputError(f"{parsed.predictor} has learnt the columns {', '.join(names)} too; give them with --scores")
    if not names and parsed.scores is not None:
        raise InputError(f"{parsed.predictor} has learnt no columns beside the features; leave out --scores")
    columns = {} if parsed.scores is None else read_score_columns(parsed.scores, space, names)
    encoded = encode_rows(space, rows).with_columns({name: values[rows] for name, values in columns.items()})
    prediction = saved.predictor.predict(encoded)
    return prediction.mean.reshape(len(rows), -1)[:, 0], prediction.spread.reshape(len(rows), -1)[:, 0]
