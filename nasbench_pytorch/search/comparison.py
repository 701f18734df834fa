"""`compare`: run several algorithms under one protocol, and report them side by side."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.plots.figures import check_can_draw
from nasbench_pytorch.search.reports.write import compare_runs, write_report
from nasbench_pytorch.search.run import run_search

if TYPE_CHECKING:
    from nasbench_pytorch.progress import Progress
    from nasbench_pytorch.search.algorithms.base import SearchAlgorithm
    from nasbench_pytorch.search.reports.contents import ReportContents


def compare(
    algorithms: Sequence[Any],
    *,
    out: str | os.PathLike[str] | None = None,
    progress: Callable[[str], Progress] | None = None,
    **search: Any,
) -> ReportContents:
    """Run several algorithms and compare them.

    Args:
        algorithms: for each algorithm, a name, `module:class` or class as for `run_search`, or a pair of that and the
            algorithm's settings.
        out: folder for the results: a folder for each search, and `report`; None writes nothing.
        progress: function that returns, for an algorithm's name, the receiver of its progress.
        search: all other arguments of `run_search`, the same for all algorithms.

    Returns:
        The contents of the report.

    Raises:
        InputError: no algorithm is given, or as for `run_search`.
        MissingExtraError: an algorithm needs a package that is not installed, or the report in `out` needs matplotlib.
        OSError: the folder cannot be written.
    """
    chosen = [_with_settings(item) for item in algorithms]
    if not chosen:
        raise InputError("compare needs at least one algorithm, got none; give some, such as ['random_search']")
    folder = None if out is None else Path(out)
    if folder is not None:
        check_can_draw()
    found = []
    for number, (algorithm, settings) in enumerate(chosen):
        name = algorithm if isinstance(algorithm, str) else algorithm.name or algorithm.__name__
        into = None if folder is None else folder / _folder_name(number, name, chosen)
        its_progress = None if progress is None else progress(name)
        found.append(run_search(algorithm, settings=settings, out=into, progress=its_progress, **search))
    contents = compare_runs(found, table=search.get("table"))
    if folder is not None:
        write_report(contents, folder / "report")
    return contents


def _with_settings(item: Any) -> tuple[str | type[SearchAlgorithm], Mapping[str, Any]]:
    return item if isinstance(item, tuple) else (item, {})


def _folder_name(number: int, name: str, chosen: Sequence[tuple[Any, Mapping[str, Any]]]) -> str:
    """Return the name of a search's folder; it depends on `chosen` alone, so that a second call continues."""
    plain = name.replace(":", "-").replace("/", "-")
    same = [other for other, _ in chosen if other == chosen[number][0]]
    return plain if len(same) == 1 else f"{plain}-{number + 1}"
