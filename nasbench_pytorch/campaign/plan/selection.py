"""Which trials a campaign has: cells, budgets and repeats."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from nasbench_pytorch.campaign.trials import trial_number, trial_numbers
from nasbench_pytorch.errors import InputError
from nasbench_pytorch.space.enumerate import nasbench101_space
from nasbench_pytorch.space.filters import select_where
from nasbench_pytorch.space.search_space import SearchSpace

MAX_TRIALS = 100_000_000
"""Of a plan: twenty times the published table."""

_HASH = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True)
class Selection:
    """The trials: every one of the cells, at every budget, so many times.

    Raises:
        InputError: a number is out of range.
    """

    space: str | None = None
    """Cells of NAS-Bench-101 that meet this, such as "vertices<=4"; the grammar of `nasbench space --where`. "all" are
    all 423,624."""
    hashes: str | None = None
    """A text file with a hash on each line; what follows a # is a comment."""
    missing_from: str | None = None
    """A table of results; only trials that it has no row of."""
    sample: int | None = None
    """Only so many of the cells, drawn at random."""
    sample_seed: int = 0
    """The same seed draws the same cells."""
    budgets: tuple[int, ...] = (4, 12, 36, 108)
    """Epochs of the trainings."""
    repeats: int = 3
    """Trainings of each cell at each budget."""

    def __post_init__(self) -> None:
        if not self.budgets or self.repeats < 1:
            raise InputError(
                f"the plan is empty: {len(self.budgets)} budgets, {self.repeats} repeats; give at least one of each"
            )
        repeated = sorted({budget for budget in self.budgets if self.budgets.count(budget) > 1})
        if repeated:
            raise InputError(f"budget {repeated[0]} is given twice; give each once")
        if self.sample is not None and self.sample < 1:
            raise InputError(f"--sample must be at least 1, got {self.sample}")
        if self.sample_seed < 0:
            raise InputError(f"--sample-seed must be at least 0, got {self.sample_seed}")
        for budget in self.budgets:
            trial_number(0, budget, self.repeats - 1)

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return {**asdict(self), "budgets": list(self.budgets)}

    @classmethod
    def from_dict(cls, value: dict[str, Any]) -> Selection:
        """The inverse of `to_dict`."""
        return cls(**{**value, "budgets": tuple(value["budgets"])})

    def cells(self) -> SearchSpace:
        """The cells, in ascending hash order.

        Raises:
            InputError: nothing was selected, a condition or hash means no cell, or a file cannot be used.
        """
        if self.space is None and self.hashes is None:
            raise InputError(
                'the plan is empty: say which cells with --space (such as "vertices<=4", or all), or --hashes FILE'
            )
        cells = nasbench101_space()
        if self.hashes is not None:
            cells = cells.subset(read_hashes(Path(self.hashes)))
        if self.space is not None and self.space.strip() != "all":
            cells = select_where(cells, self.space)
        if not len(cells):
            raise InputError(f"the plan is empty: no cell meets '{self.space}'; use a weaker condition")
        if self.sample is not None:
            if self.sample > len(cells):
                raise InputError(f"--sample {self.sample:,}: there are only {len(cells):,} cells to draw from")
            chosen = np.random.default_rng(self.sample_seed).choice(len(cells), self.sample, replace=False)
            cells = cells.subset(chosen)
        return cells


@dataclass(frozen=True)
class SelectedTrials:
    """Trials as columns.

    Attributes:
        cells: the cells.
        cell: row in `cells`, shape (N,).
        epochs: shape (N,).
        repeat: shape (N,).
    """

    cells: SearchSpace
    cell: npt.NDArray[np.int64]
    epochs: npt.NDArray[np.int64]
    repeat: npt.NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.cell)


def select_trials(selection: Selection) -> SelectedTrials:
    """Every trial of a selection.

    Raises:
        InputError: see `Selection.cells`; or the table misses none of the trials.
    """
    cells = selection.cells()
    count = len(cells) * len(selection.budgets) * selection.repeats
    if count > MAX_TRIALS:
        raise InputError(
            f"the plan has {count:,} trials, {MAX_TRIALS:,} at most: choose fewer cells, budgets or repeats"
        )
    budgets, repeats = np.array(selection.budgets, np.int64), np.arange(selection.repeats, dtype=np.int64)
    grid = np.meshgrid(np.arange(len(cells)), budgets, repeats, indexing="ij")
    cell, epochs, repeat = (axis.ravel() for axis in grid)
    if selection.missing_from is not None:
        missing = ~_in_table(Path(selection.missing_from), cells, cell, epochs, repeat)
        if not missing.any():
            raise InputError(f"the plan is empty: {selection.missing_from} has all of the {len(cell):,} trials already")
        cell, epochs, repeat = cell[missing], epochs[missing], repeat[missing]
    return SelectedTrials(cells, cell, epochs, repeat)


def read_hashes(path: Path) -> list[str]:
    """Hashes from a text file, one a line.

    Raises:
        InputError: a line is no hash, or there is none.
        OSError: the file cannot be read.
    """
    hashes = []
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError:
        raise InputError(f"{path}: not a text file; give one with a hash on each line") from None
    for number, line in enumerate(lines, 1):
        text = line.partition("#")[0].strip().lower()
        if not text:
            continue
        if not _HASH.fullmatch(text):
            raise InputError(f"{path}, line {number}: '{text}' is no hash of 32 hex digits")
        hashes.append(text)
    if not hashes:
        raise InputError(f"the plan is empty: {path} holds no hash")
    return hashes


def _in_table(
    path: Path,
    cells: SearchSpace,
    cell: npt.NDArray[np.int64],
    epochs: npt.NDArray[np.int64],
    repeat: npt.NDArray[np.int64],
) -> npt.NDArray[np.bool_]:
    """Which of the trials a table has a row of."""
    from nasbench_pytorch.table.storage.table_file import TableFile
    from nasbench_pytorch.table.tfrecord.import_cache import table_for

    table = TableFile(table_for(path))
    places = np.array([-1 if row is None else row for row in map(table.find, cells.hashes())], np.int64)
    owners = np.searchsorted(table.row_starts, np.arange(table.rows), side="right") - 1
    has = trial_numbers(owners, table.epochs.astype(np.int64), table.repeats.astype(np.int64))
    wanted = trial_numbers(places[cell], epochs, repeat)
    return (places[cell] >= 0) & np.isin(wanted, has)
