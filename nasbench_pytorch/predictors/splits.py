"""The splits of publications into training cells and test cells."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.suggestions import unknown_name

Rows = npt.NDArray[np.int64]

SPLITS = {
    "gates": "train: drawn from the first 90 % of the rows; test: the last 10 %",
    "tnasp": "train: drawn from all rows; test: the rest",
}
"""Name → what it is. Rows are in file order, which is ascending order of the hashes."""

TRAIN_CELLS = {
    "gates": (190, 381, 3812, 381_261),
    "tnasp": (100, 172, 424, 4236),
}
"""Numbers of training cells that are published for each split: `gates` .05 %, .1 %, 1 % and 100 % of 381,261 (Ning et
al. 2020, arXiv 2004.01899), `tnasp` .1 % and 1 % of 423,624 and two smaller ones (Lu et al. 2021, NeurIPS)."""


@dataclass(frozen=True)
class Split:
    """Rows of a table: some to learn from, others to be judged on.

    Attributes:
        train: rows in the order in which they were drawn: a smaller training set is the beginning of a larger one.
        test: ascending.
    """

    train: Rows
    test: Rows


def split_rows(
    name: str,
    rows: int | Rows,
    train_cells: int,
    test_cells: int | None = None,
    seed: int = 0,
) -> Split:
    """Return a named split.

    Args:
        name: `gates` or `tnasp`; see `SPLITS`.
        rows: number of rows of the table, or those of its rows that have a value, ascending.
        train_cells: cells to learn from.
        test_cells: cells to be judged on, drawn from the split's test part; None for all of it.
        seed: decides what is drawn.

    Raises:
        InputError: there is no such split, or a part has too few rows.
    """
    if name not in SPLITS:
        raise unknown_name("split", name, SPLITS)
    if seed < 0:
        raise InputError(f"the seed must be at least 0, got {seed}")
    known = np.arange(rows) if isinstance(rows, int | np.integer) else np.asarray(rows, dtype=np.int64)
    border = len(known) * 9 // 10
    rng = np.random.default_rng(seed)
    if name == "gates":
        _check_count("train_cells", train_cells, border, f"the first 90 % of {len(known):,} rows")
        train, rest = known[rng.permutation(border)[:train_cells]], known[border:]
    else:
        _check_count(
            "train_cells", train_cells, len(known) - 1, f"{len(known):,} rows, of which one must be left to test"
        )
        order = rng.permutation(len(known))
        train, rest = known[order[:train_cells]], known[np.sort(order[train_cells:])]
    if test_cells is None:
        return Split(train, rest)
    _check_count("test_cells", test_cells, len(rest), f"the {len(rest):,} test rows of the split '{name}'")
    return Split(train, np.sort(rng.choice(rest, test_cells, replace=False)))


def _check_count(name: str, count: int, most: int, of: str) -> None:
    if not 1 <= count <= most:
        raise InputError(f"{name} must be 1 to {most:,} ({of}), got {count:,}")
