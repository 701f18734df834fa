"""Reading of searches that are to be replayed over a table."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.search.saving.search_runs import SearchRuns
from nasbench_pytorch.search.saving.stored_search import searches_in

if TYPE_CHECKING:
    from nasbench_pytorch.explorer.views.explored_table import ExploredTable

SearchSource: TypeAlias = SearchRuns | str | os.PathLike[str]
"""A folder of `nasbench search run`, one that holds several of them, or what was read from one."""


def read_searches(source: SearchSource) -> list[SearchRuns]:
    """Return the searches of a folder, or the one that was read already.

    Raises:
        InputError: there is none, or it is damaged.
    """
    if isinstance(source, SearchRuns):
        return [source]
    folder = Path(source)
    return [SearchRuns.read(path) for path in searches_in(folder) or [folder]]


def check_cells(table: ExploredTable, search: SearchRuns) -> None:
    """Refuse a search whose cells cannot be cells of the table's space.

    Raises:
        InputError: they cannot.
    """
    largest = max((int(history.positions.max(initial=-1)) for history in search.runs.values()), default=-1)
    if table.space is None or largest >= len(table.space.cells):
        raise InputError(
            f"{search.folder}: its cells are not those of {table.name}; explore the table that it searched: "
            f"{search.about.get('table') or 'predicted'}"
        )
