"""Selection of a campaign's trials: cells, budgets and repeats."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from nasbench_pytorch.campaign.trials import Numbers, trial_number, trial_numbers
from nasbench_pytorch.errors import InputError
from nasbench_pytorch.files import read_limited
from nasbench_pytorch.shapes import checked_record
from nasbench_pytorch.space.enumerate import nasbench101_space
from nasbench_pytorch.space.filters import select_where
from nasbench_pytorch.space.search_space import SearchSpace

MAX_TRIALS = 100_000_000
"""Largest number of trials in a plan: twenty times the published table."""

_HASH = re.compile(r"[0-9a-f]{32}")
_MOST_BYTES_OF_HASHES = 1 << 28


@dataclass(frozen=True)
class Selection:
    """Selection of trials: every selected cell, at every budget, `repeats` times.

    Raises:
        InputError: a number is out of range.
    """

    space: str | None = None
    """Condition that selects cells of NAS-Bench-101, such as "vertices<=4", in the grammar of `nasbench space --where`;
    "all" for all 423,624."""
    hashes: str | None = None
    """A text file with a hash on each line; # starts a comment."""
    missing_from: str | None = None
    """A table of results, a name (see nasbench table list) or a file; select only trials that it lacks."""
    sample: int | None = None
    """Select only this many of the cells, drawn at random."""
    sample_seed: int = 0
    """The same seed draws the same cells."""
    budgets: tuple[int, ...] = (4, 12, 36, 108)
    """Numbers of epochs."""
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
        """Return plain values, for JSON."""
        return {**asdict(self), "budgets": list(self.budgets)}

    @classmethod
    def from_dict(cls, value: dict[str, Any]) -> Selection:
        """Return the selection that `to_dict` made `value` of.

        Raises:
            InputError: a value has another type; the message names the field.
        """
        return checked_record(cls, value, "selections")

    def cells(self) -> SearchSpace:
        """Return the cells, in ascending order of their hashes.

        Raises:
            InputError: nothing was selected, no cell meets the condition or has a hash, or a file cannot be used.
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
        cell: position in `cells`, shape (N,).
        epochs: the budgets, shape (N,).
        repeat: the repeats, shape (N,).
    """

    cells: SearchSpace
    cell: Numbers
    epochs: Numbers
    repeat: Numbers

    def __len__(self) -> int:
        return len(self.cell)


def select_trials(selection: Selection) -> SelectedTrials:
    """Return every trial of a selection.

    Raises:
        InputError: see `Selection.cells`; there are too many trials; or the table lacks none of them.
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
        missing = ~_in_table(selection.missing_from, cells, cell, epochs, repeat)
        if not missing.any():
            raise InputError(f"the plan is empty: {selection.missing_from} has all of the {len(cell):,} trials already")
        cell, epochs, repeat = cell[missing], epochs[missing], repeat[missing]
    return SelectedTrials(cells, cell, epochs, repeat)


def read_hashes(path: Path) -> list[str]:
    """Read hashes from a text file, one a line.

    Raises:
        InputError: a line is not a hash, or there is no line with one.
        OSError: the file cannot be read.
    """
    hashes = []
    try:
        lines = read_limited(path, _MOST_BYTES_OF_HASHES, "a list of hashes").decode().splitlines()
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


def _in_table(named: str, cells: SearchSpace, cell: Numbers, epochs: Numbers, repeat: Numbers) -> npt.NDArray[np.bool_]:
    """Return which of the trials a table has a row of, shape (N,)."""
    from nasbench_pytorch.table.default_table import open_table

    table = open_table(named)
    positions = np.array([-1 if row is None else row for row in map(table.find, cells.hashes())], np.int64)
    owners = np.searchsorted(table.row_starts, np.arange(table.rows), side="right") - 1
    present = trial_numbers(owners, table.epochs.astype(np.int64), table.repeats.astype(np.int64))
    wanted = trial_numbers(positions[cell], epochs, repeat)
    return (positions[cell] >= 0) & np.isin(wanted, present)
