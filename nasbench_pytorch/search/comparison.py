"""`compare`: run several algorithms under one protocol, and report them side by side."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.plots.figures import check_can_draw
from nasbench_pytorch.search.algorithms.by_name import algorithm_class
from nasbench_pytorch.search.reports.write import compare_runs, write_report
from nasbench_pytorch.search.run import run_search
from nasbench_pytorch.search.saving.stored_search import check_no_search

if TYPE_CHECKING:
    from nasbench_pytorch.progress import Progress
    from nasbench_pytorch.search.algorithms.base import SearchAlgorithm
    from nasbench_pytorch.search.reports.contents import ReportContents

_REPORT = "report"
"""Folder of the report, beside those of the searches."""

_LONGEST_NAME_BYTES = 200
"""Longest name of a folder before its number is added; file systems allow 255 bytes."""


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
    if isinstance(algorithms, str | type) or not isinstance(algorithms, Iterable):
        raise InputError(f"algorithms must be a list, such as ['random_search'], got {algorithms!r}")
    if "settings" in search:
        raise InputError(
            "compare takes the settings of each algorithm with its name, not as an argument; give pairs such as "
            "('random_search', {'epochs': 36})"
        )
    chosen = [_with_settings(item) for item in algorithms]
    if not chosen:
        raise InputError("compare needs at least one algorithm, got none; give some, such as ['random_search']")
    _check_distinct(chosen)
    names = [
        algorithm if isinstance(algorithm, str) else algorithm.name or algorithm.__name__ for algorithm, _ in chosen
    ]
    folder = None if out is None else Path(out)
    if folder is not None:
        check_can_draw()
        check_no_search(folder, "the comparison")
        check_no_search(folder / _REPORT, "the report")
    found = []
    for (algorithm, settings), name, folder_name in zip(chosen, names, folder_names(names), strict=True):
        into = None if folder is None else folder / folder_name
        its_progress = None if progress is None else progress(name)
        found.append(run_search(algorithm, settings=settings, out=into, progress=its_progress, **search))
    contents = compare_runs(found, table=search.get("table"))
    if folder is not None:
        write_report(contents, folder / _REPORT)
    return contents


def _with_settings(item: Any) -> tuple[str | type[SearchAlgorithm], Mapping[str, Any]]:
    if not isinstance(item, tuple | list):
        return item, {}
    if len(item) != 2 or not (item[1] is None or isinstance(item[1], Mapping)):
        raise InputError(
            f"an algorithm with settings is a pair such as ('random_search', {{'epochs': 36}}), got {str(item)[:200]}"
        )
    return item[0], item[1] or {}


def _check_distinct(chosen: Sequence[tuple[str | type[SearchAlgorithm], Mapping[str, Any]]]) -> None:
    """Refuse the same algorithm with the same settings twice: both would make the same runs.

    Raises:
        InputError: there is such a pair, or an algorithm is unknown.
        MissingExtraError: an algorithm needs a package that is not installed.
    """
    seen: list[tuple[type[SearchAlgorithm], Mapping[str, Any]]] = []
    for algorithm, settings in chosen:
        item = (algorithm_class(algorithm), settings)
        if item in seen:
            name = algorithm if isinstance(algorithm, str) else algorithm.__name__
            raise InputError(f"{name} is given twice with the same settings; give it once")
        seen.append(item)


def folder_names(names: Sequence[str]) -> list[str]:
    """Return the name of each search's folder, from the names of the algorithms; no two are equal.

    They depend on `names` alone, so that a second call continues.
    """
    plain = [_plain(name) for name in names]
    counted = Counter(name.casefold() for name in [*plain, _REPORT])  # some file systems ignore case
    taken = {_REPORT}
    found = []
    for number, name in enumerate(plain, 1):
        unique = name if counted[name.casefold()] == 1 else f"{name}-{number}"
        while unique.casefold() in taken:
            unique += f"-{number}"
        taken.add(unique.casefold())
        found.append(unique)
    return found


def _plain(name: str) -> str:
    """Return the name of an algorithm as the name of a folder on any file system."""
    kept = "".join(sign if sign.isalnum() or sign in "-_." else "-" for sign in name).strip(".")
    return kept.encode()[:_LONGEST_NAME_BYTES].decode(errors="ignore") or "search"
