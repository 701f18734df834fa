"""Claim: 500 runs of regularized evolution to 10⁷ simulated seconds take under 30 s on two cores; a proposal takes
under 20 µs by position and 100 µs by spec; the neighbours of all cells are found in under 60 s; random search,
evolution, local search, REINFORCE and Hyperband take under 10 minutes for 500 runs each.

Beside it stands naszilla's own evolution, from a copy of naszilla/naszilla, on the same accuracies in the same run: a
loop in Python that builds each cell's matrix and asks for it.

    python -m benchmarks.search [--table semireal] [--naszilla FOLDER] [--runs 500] [--workers 2]

Each part is a process of its own, with compiled code cached by an earlier round. Wall times depend on what else the
machine does; processor seconds, summed over the threads, depend on it less.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from nasbench_pytorch.files import write_json

RESULTS = Path(__file__).parent / "results" / "search.json"
PROPOSALS = 3_000
ROUNDS = 5
SECONDS = 1e7
LOADS = 5

EVOLUTION: dict[str, tuple[str, dict[str, Any]]] = {
    f"evolution {variant}": ("regularized_evolution", {"variant": variant})
    for variant in ("one_edit", "nas_benchmarks", "notebook", "naszilla")
}
OTHERS: dict[str, tuple[str, dict[str, Any]]] = {
    "random search": ("random_search", {}),
    "local search": ("local_search", {}),
    "REINFORCE": ("reinforce", {}),
    "Hyperband": ("hyperband", {}),
}


def timed(work: Callable[[], Any]) -> dict[str, float]:
    """Return seconds by the clock, and of the processor over all threads."""
    wall, processor = time.perf_counter(), time.process_time()
    work()
    return {"wall_s": time.perf_counter() - wall, "cpu_s": time.process_time() - processor}


def part_array(_: argparse.Namespace) -> dict[str, Any]:
    """Find all neighbours, store them, and read them again."""
    from nasbench_pytorch.space import build_one_edit_array, enumerate_cells

    space = enumerate_cells()
    found = timed(lambda: build_one_edit_array(space, cache=False))
    array = build_one_edit_array(space)
    build_one_edit_array(enumerate_cells())
    loads = [timed(lambda: build_one_edit_array(enumerate_cells()))["wall_s"] for _ in range(LOADS)]
    return {"array": {**found, "load_s": statistics.median(loads), "size_mb": array.size_bytes / 1e6}}


def part_proposals(_: argparse.Namespace) -> dict[str, Any]:
    """Ask and tell, with a position and with a spec that is looked up again; medians over rounds, processor µs."""
    from nasbench_pytorch.search import Candidates, Observation, make_algorithm
    from nasbench_pytorch.search.proposals import INVALID
    from nasbench_pytorch.space import enumerate_cells

    candidates = Candidates(enumerate_cells())
    observation = Observation(0.9, 1.0)

    def by_position(algorithm: Any) -> None:
        for _ in range(PROPOSALS):
            proposal = algorithm.ask()
            algorithm.tell(proposal, observation if proposal.position >= 0 else INVALID)

    def by_spec(algorithm: Any) -> None:
        for _ in range(PROPOSALS):
            proposal = algorithm.ask()
            spec = candidates.spec(proposal.position) if proposal.spec is None else proposal.spec
            position = candidates.position_of(spec)
            told = observation if proposal.position >= 0 else INVALID
            algorithm.tell(proposal._replace(position=position, spec=spec), told)

    measured = {}
    for name, (algorithm, settings) in (EVOLUTION | OTHERS).items():
        for kind, work in (("position", by_position), ("spec", by_spec)):
            new = [make_algorithm(algorithm, candidates, seed, settings) for seed in range(ROUNDS)]
            times = [timed(lambda own=own, work=work: work(own))["cpu_s"] for own in new]
            measured.setdefault(name, {})[f"by_{kind}_us"] = 1e6 * statistics.median(times) / PROPOSALS
    return {"proposals": measured}


def part_runs(options: argparse.Namespace) -> dict[str, Any]:
    """Make all runs of each search; one is made before, so that code is loaded and arrays are there."""
    from nasbench_pytorch.search import TableSource, run_search
    from nasbench_pytorch.search.protocols import PROTOCOLS
    from nasbench_pytorch.table import NASBench

    source = TableSource(NASBench(options.table).table, PROTOCOLS["paper"], options.table)
    measured = {}
    for name, (algorithm, settings) in (EVOLUTION | OTHERS).items():

        def runs(number: int, algorithm: str = algorithm, settings: dict[str, Any] = settings) -> Any:
            return run_search(algorithm, source=source, settings=settings, runs=number, workers=options.workers)

        runs(1)
        found: list[Any] = []
        times = timed(lambda runs=runs, found=found: found.append(runs(options.runs)))
        evaluations = sum(map(len, found[0].runs.values()))
        measured[name] = {**times, "runs": options.runs, "evaluations": evaluations}
    return {"runs": measured}


def part_peer(options: argparse.Namespace) -> dict[str, Any]:
    """One run of naszilla's evolution, as many queries as ours needs for 10⁷ s, and ours beside it."""
    from benchmarks.search_results.naszilla_code import Naszilla
    from nasbench_pytorch.search import TableSource, run_search
    from nasbench_pytorch.search.protocols import PROTOCOLS
    from nasbench_pytorch.table import NASBench

    source = TableSource(NASBench(options.table).table, PROTOCOLS["paper"], options.table)
    settings = {"variant": "naszilla"}
    run_search("regularized_evolution", source=source, settings=settings, runs=1)
    found: list[Any] = []
    ours = timed(
        lambda: found.append(run_search("regularized_evolution", source=source, settings=settings, runs=20, workers=1))
    )
    queries = sum(map(len, found[0].runs.values())) // 20
    accuracies = source.objective((108,)).values[:, 0, 0]
    code = Naszilla(options.naszilla)
    code.evolution(accuracies, 100, seed=0)
    theirs = [timed(lambda seed=seed: code.evolution(accuracies, queries, seed)) for seed in range(3)]
    return {
        "peer": {
            "queries_a_run": queries,
            "ours_cpu_s_a_run": ours["cpu_s"] / 20,
            "naszilla_cpu_s_a_run": statistics.median(times["cpu_s"] for times in theirs),
        }
    }


PARTS = {name.removeprefix("part_"): work for name, work in list(globals().items()) if name.startswith("part_")}


def run_part(name: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.search", *sys.argv[1:], "--part", name]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    measured: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return measured


def print_table(measured: dict[str, Any]) -> None:
    array = measured["array"]
    size = f"{array['size_mb']:.1f} MB, read in {array['load_s']:.2f} s"
    print(f"neighbours of all cells: {array['wall_s']:.1f} s (≤ 60), {size}")
    print(f"{'':<26}{'position':>10}{'spec':>10}{'runs':>8}{'wall':>10}{'processor':>11}{'evaluations':>14}")
    print(f"{'':<26}{'≤ 20 µs':>10}{'≤ 100 µs':>10}")
    for name, runs in measured["runs"].items():
        times = measured["proposals"][name]
        print(
            f"{name:<26}{times['by_position_us']:>7.1f} µs{times['by_spec_us']:>7.1f} µs{runs['runs']:>8}"
            f"{runs['wall_s']:>8.1f} s{runs['cpu_s']:>9.1f} s{runs['evaluations']:>14,}"
        )
    five = ["random search", "evolution one_edit", "local search", "REINFORCE", "Hyperband"]
    print(f"five algorithms: {sum(measured['runs'][name]['wall_s'] for name in five):.0f} s by the clock (≤ 600)")
    if "peer" in measured:
        peer = measured["peer"]
        ours, theirs = peer["ours_cpu_s_a_run"], peer["naszilla_cpu_s_a_run"]
        own = f"{theirs:.2f} s a run, {500 * theirs:.0f} s for 500"
        print(f"naszilla's evolution, {peer['queries_a_run']:,} queries: {own}")
        print(f"ours: {ours:.4f} s a run, {500 * ours:.1f} s for 500: {theirs / ours:.0f} times as fast, on one core")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--table", default="semireal", help="name or file of a full-size table")
    parser.add_argument("--naszilla", type=Path, help="folder with a copy of naszilla/naszilla; left out without it")
    parser.add_argument("--runs", type=int, default=500)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--part", choices=PARTS, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.part:
        print(json.dumps(PARTS[options.part](options)))
        return
    names = [name for name in PARTS if name != "peer" or options.naszilla is not None]
    run_part("array")  # compiles, and fills the cache
    measured: dict[str, Any] = {}
    for name in names:
        measured |= run_part(name)
    print_table(measured)
    machine = {"processor": platform.processor() or platform.machine(), "cores": os.cpu_count(), "python": sys.version}
    about = {"table": Path(options.table).stem, "seconds": SECONDS, "workers": options.workers}
    write_json(RESULTS, {**about, "measured": measured, "machine": machine, "load_average": os.getloadavg()})


if __name__ == "__main__":
    main()
