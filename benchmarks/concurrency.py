"""Claim: many trainings on one machine are fastest as one process a core, each with one thread.

Measures the total images per second of k simultaneous trainings with t threads each (k×t), for a small, a median and a
large cell of the space (smallest, median, ninth decile of FLOPs), in float32 and bfloat16. All processes of a
combination take the same number of steps of 256 images at the same time, until the last one has finished; combinations
take turns in every round. A combination that needs more memory than the machine has is skipped and marked.
results/concurrency.json holds the results (cells that are not measured again stay), docs/throughput.md the conclusions.

    python benchmarks/concurrency.py [--combinations 1x1 2x1 …]
"""

from __future__ import annotations

import argparse
import os
import statistics
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chosen_cells import three_sizes
from earlier import earlier_cells
from worker import Worker, all_at_once

from nasbench_pytorch.files import write_json

if TYPE_CHECKING:
    from nasbench_pytorch.space import ModelSpec

RESULTS = Path(__file__).parent / "results" / "concurrency.json"
BATCH_SIZE = 256
CORES = os.cpu_count() or 1
MEMORY_BYTES = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def images_per_s(
    spec: ModelSpec, precision: str, processes: int, threads: int, at_least_s: float
) -> tuple[float, int] | None:
    """Return the total, and the largest peak memory of a process; None if the memory does not suffice."""
    cell = spec.pruned()
    settings: dict[str, Any] = {"matrix": cell.matrix.tolist(), "ops": cell.ops}
    settings |= {"batch_size": BATCH_SIZE, "threads": threads, "precision": precision}
    with ExitStack() as stack:
        workers = []
        for number in range(processes):
            worker = stack.enter_context(Worker("side_own.py", threads=threads))
            worker.ask("build", **settings)
            if number == 0 and processes * worker.ask("peak_memory_bytes") > 0.9 * MEMORY_BYTES:
                return None
            workers.append(worker)
        count = max(1, round(at_least_s / all_at_once(workers, 1)))
        total = processes * count * BATCH_SIZE / all_at_once(workers, count)
        return total, max(worker.ask("peak_memory_bytes") for worker in workers)


def measure(
    spec: ModelSpec, precision: str, combinations: list[tuple[int, int]], rounds: int, at_least_s: float
) -> dict[str, Any]:
    """Measure every combination on one cell in one precision."""
    rates: dict[str, list[float]] = {}
    memory: dict[str, int] = {}
    for _ in range(rounds):
        for processes, threads in combinations:
            found = images_per_s(spec, precision, processes, threads, at_least_s)
            name = f"{processes}x{threads}"
            if found is not None:
                rates.setdefault(name, []).append(found[0])
                memory[name] = found[1]
            elif name not in rates:
                rates[name] = []
    best = max((statistics.median(found) for found in rates.values() if found), default=0.0)
    return {
        name: {
            "images_per_s": round(statistics.median(found), 2),
            "repeats": [round(rate, 2) for rate in found],
            "of_the_best": round(statistics.median(found) / best, 3),
            "peak_memory_of_a_process_bytes": memory[name],
        }
        if found
        else "too little memory"
        for name, found in rates.items()
    }


def combination(text: str) -> tuple[int, int]:
    """Parse processes and threads from text such as `2x1`."""
    processes, _, threads = text.partition("x")
    pair = int(processes), int(threads)
    if min(pair) < 1:
        raise ValueError(text)
    return pair


def main() -> None:
    cells = three_sizes()
    usual = [(1, 1), (CORES, 1), (1, CORES), (2, CORES), (2 * CORES, 1)]
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n\n")[0])
    parser.add_argument("--combinations", nargs="+", type=combination, default=list(dict.fromkeys(usual)))
    parser.add_argument("--cells", nargs="+", choices=list(cells), default=list(cells))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--at-least-s", type=float, default=8.0, help="seconds of a measurement; at least one step")
    parser.add_argument("--out", type=Path, default=RESULTS)
    arguments = parser.parse_args()
    with Worker("side_own.py") as worker:
        machine = worker.ask("describe", precision="float32")
    kept = {key: machine[key] for key in ("device_name", "cores", "platform", "python", "torch", "nasbench_pytorch")}
    results: dict[str, Any] = {"machine": kept, "batch_size": BATCH_SIZE}
    results["cells"] = earlier_cells(arguments.out, results)
    for cell in arguments.cells:
        results["cells"][cell] = {"hash": cells[cell].hash_spec(), "rounds": arguments.rounds}
        for precision in ("float32", "bfloat16"):
            found = measure(cells[cell], precision, arguments.combinations, arguments.rounds, arguments.at_least_s)
            results["cells"][cell][precision] = found
            write_json(arguments.out, results)
            print(f"\n{cell}, {precision}: images/s in total, processes × threads")
            for name, numbers in found.items():
                if isinstance(numbers, str):
                    print(f"  {name:6} {numbers}")
                else:
                    rate, share = numbers["images_per_s"], numbers["of_the_best"]
                    print(f"  {name:6} {rate:>9,.1f} {share:>5.0%} of the best", flush=True)


if __name__ == "__main__":
    main()
