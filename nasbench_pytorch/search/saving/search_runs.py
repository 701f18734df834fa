"""SearchRuns: the runs of a search, in memory or from a folder."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.search.history import History
from nasbench_pytorch.search.saving.stored_search import read_folder
from nasbench_pytorch.space.enumerate import enumerate_cells, nasbench101_space

if TYPE_CHECKING:
    from nasbench_pytorch.space.search_space import SearchSpace


@dataclass(frozen=True, eq=False)
class SearchRuns:
    """The runs of a search.

    Attributes:
        about: algorithm, settings, protocol, budget, table and seed, as plain values.
        runs: number of the run → its history, ascending.
        folder: folder that holds the runs; None if they are in memory only.
        made: number of runs that this call of `run_search` made; the others were in the folder before.
    """

    about: dict[str, Any]
    runs: dict[int, History]
    folder: Path | None = None
    made: int = 0

    @property
    def name(self) -> str:
        """The algorithm's name."""
        return str(self.about["algorithm"])

    def __repr__(self) -> str:
        return f"SearchRuns({self.name}: {len(self.runs):,} runs, {sum(map(len, self.runs.values())):,} evaluations)"

    def _repr_html_(self) -> str:
        """Return algorithm, protocol, budget and numbers of evaluations for notebooks."""
        from nasbench_pytorch.search.saving.runs_overview import overview_of_runs

        return overview_of_runs(self.about, self.runs, self.folder)

    def space(self) -> SearchSpace:
        """Return the space in which positions are rows."""
        bounds = self.about.get("bounds")
        return nasbench101_space() if bounds is None else enumerate_cells(*bounds)

    @classmethod
    def read(cls, folder: str | os.PathLike[str]) -> SearchRuns:
        """Read the finished runs in a folder, also while the search goes on.

        Raises:
            InputError: the folder holds no search, no finished run, or a damaged file.
        """
        path = Path(folder)
        runs, about = read_folder(path)
        if not runs:
            raise InputError(f"{path}: no run of this search is finished; run it again to go on")
        return cls(about, runs, path)
