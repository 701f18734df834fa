"""Claim: the part of the paper's Figure 7 that is our own code takes minutes: 500 runs to 10⁷ simulated seconds each.

Runs the searches of `cases.py` on full-size tables under protocols, and writes one small file for each into
`results/search/`: curves, final regrets and conduct. What is there is not measured again, so a stopped measurement goes
on, and a search can be measured again by deleting its file.

    python -m benchmarks.search_results.measure semireal predicted --protocols paper naszilla
    python -m benchmarks.search_results.measure semireal --protocols paper --cases ls-naszilla --runs 50
"""

from __future__ import annotations

import argparse
import json
import math
import os
import time
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from benchmarks.search_results.cases import CASES, Case
from nasbench_pytorch.files import atomic_write
from nasbench_pytorch.search import Budget, TableSource, compare_runs, run_search
from nasbench_pytorch.search.protocols import PROTOCOLS
from nasbench_pytorch.table import NASBench

if TYPE_CHECKING:
    from nasbench_pytorch.search.run import SearchRuns

RESULTS = Path(__file__).parents[1] / "results" / "search"


def result_path(table: str, protocol: str, case: str) -> Path:
    """Return the file of a result."""
    return RESULTS / f"{table}-{protocol}-{case}.json"


def measure(case: Case, source: TableSource, protocol: str, runs: int | None, workers: int) -> dict[str, Any]:
    """Return the numbers of one search."""
    rules = PROTOCOLS[protocol]
    budget = rules.budget
    if case.seconds is not None and budget.seconds is not None:
        budget = Budget(seconds=case.seconds)
    most = None if case.runs is None else case.runs[protocol]
    number = min(value for value in (most, runs, rules.runs) if value is not None)
    start, started_cpu_s = time.perf_counter(), _cpu_s()
    found = run_search(
        case.algorithm,
        source=source,
        protocol=rules,
        settings=case.settings,
        budget=budget,
        runs=number,
        workers=workers,
    )
    spent = {"wall_s": round(time.perf_counter() - start, 2), "cpu_s": round(_cpu_s() - started_cpu_s, 2)}
    return {**numbers_of(found, source), **spent, "workers": workers, "load": os.getloadavg()[0]}


def _cpu_s() -> float:
    """Return the processor time of this process and of those that it has started and seen end."""
    return sum(os.times()[:4])


def numbers_of(found: SearchRuns, source: TableSource) -> dict[str, Any]:
    """Return curves in percent, final regrets and conduct of a search."""
    contents = compare_runs([found], table=source.table)
    report = contents.searches[0]
    curve, final = report.curve, report.final
    assert report.validation is not None
    percent = {name: _percent(getattr(curve, name)) for name in ("mean", "median", "low", "high")}
    return {
        "algorithm": found.name,
        "settings": found.about["settings"],
        "sampler": found.about["sampler"],
        "protocol": found.about["protocol"],
        "table": source.name,
        "budget": found.about["budget"],
        "seed": found.about["seed"],
        "runs": final.runs,
        "cost": contents.cost,
        "at": curve.at.tolist(),
        "test_regret": percent,
        "validation_regret_mean": _percent(report.validation.mean),
        "observed_validation_regret_mean": _percent([] if report.observed is None else report.observed.mean),
        "final_mean": _percent([final.mean])[0],
        "final_interval": _percent(final.mean_interval),
        "finals": _percent(np.sort(report.finals)[:: max(1, len(report.finals) // 50)]),
        "standard_error": _percent([report.finals.std(ddof=1) / math.sqrt(max(1, len(report.finals)))])[0],
        "at_optimum": final.at_optimum,
        "counts": report.counts,
    }


def _percent(values: Iterable[float] | npt.NDArray[np.float64]) -> list[float | None]:
    return [None if math.isnan(value) else round(100 * float(value), 4) for value in values]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tables", nargs="+", help="names or files of tables, such as semireal and predicted")
    parser.add_argument("--protocols", nargs="+", default=["paper", "naszilla"], choices=sorted(PROTOCOLS))
    parser.add_argument("--cases", nargs="+", default=[case.name for case in CASES])
    parser.add_argument("--runs", type=int, help="fewer runs than the protocol's")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args()
    RESULTS.mkdir(exist_ok=True)
    known = {case.name: case for case in CASES}
    for table in options.tables:
        opened, label = NASBench(table).table, Path(table).stem
        for protocol in options.protocols:
            source = TableSource(opened, PROTOCOLS[protocol], label)
            for name in options.cases:
                path = result_path(label, protocol, name)
                if path.exists() or protocol not in known[name].protocols:
                    continue
                numbers = measure(known[name], source, protocol, options.runs, options.workers)
                with atomic_write(path, "w") as stream:
                    stream.write(json.dumps(numbers) + "\n")
                regret = f"{numbers['final_mean']:.3f} ± {numbers['standard_error']:.3f} %"
                print(f"{path.stem:<44} {regret}  {numbers['wall_s']:8.1f} s for {numbers['runs']} runs", flush=True)


if __name__ == "__main__":
    main()
