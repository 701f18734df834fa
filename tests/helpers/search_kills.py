"""A search that kills its own process with SIGKILL at a moment of its work; run it as a module.

Nothing in the package knows of this: `arm` patches the process before it searches.
"""

from __future__ import annotations

import functools
import os
import signal
import sys
from pathlib import Path
from typing import Any, NoReturn

from nasbench_pytorch.cli import main
from nasbench_pytorch.search import Budget, Candidates, run_search
from nasbench_pytorch.search.one_run import RunOne
from nasbench_pytorch.search.saving.run_folder import RunFolder
from nasbench_pytorch.space import enumerate_cells
from tests.helpers.search_algorithms import QUICK
from tests.helpers.search_slow_source import SlowEvaluator, SlowSource

MOMENTS = (
    "evaluation",
    "run",
    "search.json half written",
    "search.json renamed",
    "part half written",
    "part renamed",
    "state half written",
    "state renamed",
    "runs.arrow half written",
    "runs.arrow renamed",
    "parts removed",
)
"""Where a process can be killed: while it evaluates a cell or makes a run, while it writes one of the folder's files,
and between two steps of closing the folder."""


def kill_self() -> NoReturn:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("unreachable")


def arm(wanted: str, skip: int) -> None:
    """Kill this process when it passes a moment for the time number `skip`, counted from 0.

    Runs and states are written as often as possible.
    """
    assert wanted in MOMENTS
    passed = 0

    def reaches(moment: str) -> bool:
        nonlocal passed
        passed += moment == wanted
        return moment == wanted and passed > skip

    sync = os.fsync
    last: list[str] = []

    def armed_sync(descriptor: int) -> None:
        path = Path(f"/proc/self/fd/{descriptor}").readlink()
        if path.name.endswith(".partial"):
            if reaches(f"{_kind_of(path.name[1:])} half written"):
                os.truncate(path, os.fstat(descriptor).st_size // 2)
                kill_self()
            last.append(_kind_of(path.name[1:]))
        elif last and reaches(f"{last.pop()} renamed"):  # the folder, after a rename in it
            kill_self()
        sync(descriptor)

    def armed(function: Any, moment: str) -> Any:
        @functools.wraps(function)
        def wrapped(*arguments: Any, **options: Any) -> Any:
            result = function(*arguments, **options)
            if reaches(moment):
                kill_self()
            return result

        return wrapped

    patches: list[tuple[object, str, object]] = [
        (os, "fsync", armed_sync),
        (RunOne, "__call__", armed(RunOne.__call__, "run")),
        (SlowEvaluator, "evaluate", armed(SlowEvaluator.evaluate, "evaluation")),
        (RunFolder, "finish", armed(RunFolder.finish, "parts removed")),
    ]
    for target, name, patch in patches:
        setattr(target, name, patch)
    write_often()


def _kind_of(name: str) -> str:
    return next((kind for kind in ("search.json", "runs.arrow", "part", "state") if name.startswith(kind)), name)


def write_often() -> None:
    """Write parts after each run, and states after each evaluation."""
    import nasbench_pytorch.search.one_run
    import nasbench_pytorch.search.saving.run_folder

    nasbench_pytorch.search.saving.run_folder._SECONDS_BETWEEN_PARTS = -1.0
    nasbench_pytorch.search.one_run._LARGEST_SHARE_OF_SAVING = 1e9


def slow_search(algorithm: str, out: str) -> int:
    """Run an algorithm in Python on evaluations whose runs' states are saved; return the number of evaluations."""
    source = SlowSource(Candidates(enumerate_cells(max_vertices=4)))
    before, settings = source.left, QUICK.get(algorithm, {})
    run_search(algorithm, source=source, settings=settings, budget=Budget(evaluations=20), runs=2, out=out)
    return before - source.left


if __name__ == "__main__":
    arm(sys.argv[1], int(sys.argv[2]))
    if sys.argv[3] == "search":
        sys.exit(main(sys.argv[3:]))
    slow_search(*sys.argv[3:])
