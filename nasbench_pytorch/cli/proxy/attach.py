"""`nasbench proxy attach`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import tyro

from nasbench_pytorch.cli.proxy.skeletons import check_skeletons
from nasbench_pytorch.cli.shared.flags import parse
from nasbench_pytorch.cli.shared.json_output import check_json_path, file_facts, write_result
from nasbench_pytorch.cli.shared.quantities import counted
from nasbench_pytorch.errors import InputError
from nasbench_pytorch.printable import print_lines
from nasbench_pytorch.space.skeleton import Skeleton


@dataclass(frozen=True)
class _Attach:
    scores: tyro.conf.Positional[Path]
    """Score file; if a cell has several rows (seeds), their mean is used."""
    out: Path
    """The .arrow table to write."""
    table: str | None = None
    """The table: a name (see nasbench table list) or a file; by default the best one that is on this machine."""
    other_skeleton: bool = False
    """Accept scores of another skeleton than the table's, such as a narrow stem's."""
    json: Path | None = None
    """Print the result as JSON instead of text; with the name of a .json file, write it there."""


def attach(arguments: list[str]) -> None:
    """Write a table with columns `proxy_NAME`, null where a cell has no score, and `proxy_settings`."""
    about = "Write a table with the scores as columns of its cells, named proxy_NAME."
    parsed = parse(_Attach, arguments, "nasbench proxy attach", about)
    check_json_path(parsed.json)
    import pyarrow as pa

    from nasbench_pytorch.proxies.score_file import read_scores
    from nasbench_pytorch.table.cell_columns import add_cell_columns
    from nasbench_pytorch.table.default_table import open_table

    scores = read_scores(parsed.scores)
    table = open_table(parsed.table)
    stored = table.metadata.skeleton
    if not parsed.other_skeleton:
        skeleton = None if stored is None else Skeleton.from_dict(stored)
        check_skeletons(parsed.scores, scores.settings.skeleton, table.path.name, skeleton)
    found: dict[int, list[dict[str, float]]] = {}
    for score in scores.scores:
        cell = table.find(score.hash)
        if cell is not None:
            found.setdefault(cell, []).append(score.values)
    if not found:
        raise InputError(f"{parsed.scores} has no score of a cell of {table.path.name}")
    columns = {
        f"proxy_{name}": pa.array([_mean(found.get(cell, ()), name) for cell in range(table.cells)], pa.float64())
        for name in scores.proxies
    }
    seeds = ",".join(map(str, sorted({score.seed for score in scores.scores})))
    text = " ".join(f"{name}={value}" for name, value in {"seeds": seeds, **scores.settings.columns()}.items())
    columns["proxy_settings"] = pa.array([text if cell in found else None for cell in range(table.cells)], pa.string())
    add_cell_columns(table, parsed.out, columns)
    if write_result(parsed.json, {**file_facts(parsed.out), "columns": list(columns), "cells": len(found)}):
        return
    print_lines(f"{parsed.out}: {counted(len(scores.proxies), 'column')} of scores for {counted(len(found), 'cell')}")


def _mean(rows: list[dict[str, float]] | tuple[()], name: str) -> float | None:
    values = [row[name] for row in rows if name in row]
    return float(np.mean(values)) if values else None
