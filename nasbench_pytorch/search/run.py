"""`run_search`: run an algorithm many times, in memory or into a folder."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.search.any_table import open_any_table
from nasbench_pytorch.search.ask_limit import DEFAULT_ASK_LIMIT_S
from nasbench_pytorch.search.budget import Budget
from nasbench_pytorch.search.evaluators.source import EvaluatorSource
from nasbench_pytorch.search.evaluators.table_source import TableSource
from nasbench_pytorch.search.one_run import RunOne
from nasbench_pytorch.search.plan import SearchPlan
from nasbench_pytorch.search.protocols import Protocol, find_protocol
from nasbench_pytorch.search.runners import Workers, make_runs
from nasbench_pytorch.search.saving.run_folder import RunFolder
from nasbench_pytorch.search.saving.search_runs import SearchRuns
from nasbench_pytorch.search.whole_numbers import MOST_RUNS, whole_number
from nasbench_pytorch.table.default_table import name_or_absolute

if TYPE_CHECKING:
    from nasbench_pytorch.progress import Progress
    from nasbench_pytorch.search.algorithms.base import SearchAlgorithm
    from nasbench_pytorch.search.any_table import AnyTable
    from nasbench_pytorch.search.history import History


def run_search(  # noqa: PLR0913 - what decides a search, each with a default
    algorithm: str | type[SearchAlgorithm],
    *,
    table: AnyTable = None,
    source: EvaluatorSource | None = None,
    protocol: str | Protocol = "paper",
    settings: Mapping[str, Any] | None = None,
    budget: Budget | None = None,
    runs: int | None = None,
    seed: int = 0,
    deduplicate: bool | None = None,
    out: str | os.PathLike[str] | None = None,
    workers: Workers | int | None = 1,
    ask_limit_s: float = DEFAULT_ASK_LIMIT_S,
    progress: Progress | None = None,
) -> SearchRuns:
    """Run a search algorithm several times under a protocol.

    The same arguments give the same runs with any number of workers, unless seconds are measured. Finished runs are
    kept in the folder, if one is given: after a crash the same call continues, and a call with more runs adds the
    missing ones.

    Args:
        algorithm: a name of `ALGORITHMS`, `module:class`, or a subclass of `SearchAlgorithm`.
        table: the table to query: its name, its file, or the open table; None for the default one.
        source: what evaluates cells in place of a table, such as `TrainingSource()` or `ProxySource("synflow")`.
        protocol: how the table is queried and which evaluation becomes the incumbent: a name of `PROTOCOLS`, or a
            `Protocol` of your own.
        settings: parameters of the algorithm; those left out have their defaults.
        budget: what each run may spend; the protocol's if None.
        runs: number of runs; the protocol's if None.
        seed: seed of the search; each run's seeds follow from it and from the run's number.
        deduplicate: whether a repeated query of a cell and budget is free; the protocol's rule if None.
        out: folder for the results; None writes nothing.
        workers: number of runs at the same time, or `Workers`; None for one per core. With more than one, algorithms
            that are not compiled run in processes, and a script needs the usual `if __name__ == "__main__":`.
        ask_limit_s: seconds after which an algorithm that proposes nothing is stopped.
        progress: receives the number of runs that are finished.

    Raises:
        InputError: a name is unknown or a number out of range, the table lacks an algorithm's budget, the budget pays
            for no evaluation, the folder holds another search, or the algorithm hangs or makes a proposal that is not
            allowed.
        MissingExtraError: the algorithm needs a package that is not installed.
        OSError: the folder cannot be written.
    """
    rules = protocol if isinstance(protocol, Protocol) else find_protocol(protocol)
    number = rules.runs if runs is None else whole_number("runs", runs, 1, MOST_RUNS)
    _check_types(source, settings, budget, deduplicate, out)
    if source is not None and table is not None:
        raise InputError("table and source were both given; give one of them")
    if source is not None and rules.searched == "test":
        raise InputError(
            f"the protocol {rules.name} searches on test accuracies of a table; without a table, choose another one"
        )
    plan = SearchPlan(
        algorithm,
        _table_source(table, rules) if source is None else source,
        rules.budget if budget is None else budget,
        rules,
        dict(settings or {}),
        seed,
        rules.deduplicate if deduplicate is None else deduplicate,
        ask_limit_s,
    )
    plan.check_budget()
    spread = workers if isinstance(workers, Workers) else Workers(workers)
    if out is None:
        found: dict[int, History] = {}
        for run, history in make_runs(RunOne(plan), range(number), spread):
            found[run] = history
            if progress is not None:
                progress(len(found), number)
        return _checked(SearchRuns(plan.about(), dict(sorted(found.items())), None, number))
    return _into_folder(plan, number, Path(out), spread, progress)


def _check_types(source: object, settings: object, budget: object, deduplicate: object, out: object) -> None:
    """Refuse arguments of the wrong type, of which Python would say something else than what is allowed."""
    for name, value, kind, example in (
        ("source", source, EvaluatorSource, 'a source, such as TrainingSource() or ProxySource("synflow")'),
        ("settings", settings, Mapping, 'a dict of parameters, such as {"epochs": 36}'),
        ("budget", budget, Budget, "a Budget, such as Budget(seconds=1e6)"),
        ("deduplicate", deduplicate, bool, "True or False"),
        ("out", out, str | os.PathLike, "the name of a folder"),
    ):
        if value is not None and not isinstance(value, kind):
            raise InputError(f"{name} must be {example}, got {value!r}")


def _into_folder(plan: SearchPlan, number: int, out: Path, workers: Workers, progress: Progress | None) -> SearchRuns:
    work, about = RunOne(plan, out), plan.about()
    with RunFolder(out, about) as folder:
        missing = [run for run in range(number) if run not in folder.runs]
        done: list[int] = []
        try:
            for run, history in make_runs(work, missing, workers):
                done.append(run)
                if folder.add(run, history):
                    for stored in done:
                        work.forget(stored)
                if progress is not None:
                    progress(number - len(missing) + len(done), number)
        except InputError as error:
            if folder.runs:
                kept = len(folder.runs)
                runs = "finished run is" if kept == 1 else "finished runs are"
                raise InputError(f"{error}; {kept:,} {runs} kept in {out}") from error
            raise
        folder.finish()
        for run in folder.runs:  # a search that was killed may have left states of runs that it had stored
            work.forget(run)
        return _checked(SearchRuns(about, dict(sorted(folder.runs.items())), out, len(missing)))


def _checked(found: SearchRuns) -> SearchRuns:
    if not any(len(history) for history in found.runs.values()):
        if all(history.ended_by == "finished" for history in found.runs.values()):
            raise InputError(f"{found.name} ended every run before its first evaluation; its ask raises SearchFinished")
        raise InputError(
            f"no run of {found.name} could pay for an evaluation within its budget; raise the budget, or lower the "
            "algorithm's epochs"
        )
    return found


def _table_source(table: AnyTable, protocol: Protocol) -> TableSource:
    opened = open_any_table(table)
    return TableSource(opened, protocol, name_or_absolute(table) if isinstance(table, str) else None)
