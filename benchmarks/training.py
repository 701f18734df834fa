"""Claim: this package trains the Inception-like cell at least 1.5 times as fast as nasbench-pytorch 1.3.1 in float32,
and 3.5 times as fast in bfloat16, with less memory.

Both train side by side in one run, in separate processes that take turns: 1.3.1 from PyPI in its own environment,
with its network and its training loop as shipped, this package with the steps of `nasbench train`. Full skeleton,
one prepared batch of 256 random images (input_pipeline.py compares the making of batches). Each side first takes steps
until they get no faster. Every repeat then runs each side once, in alternating order, for the number of steps that
takes a few seconds; results are medians, and medians of the repeats' ratios. In between, square matrix products measure
the machine's current limit: the share of it that a side's FLOPs reach (three forward passes a step) shows the
remaining potential. results/training.json holds the results; with --cells it keeps those of other cells that were
measured under the same conditions.

    python benchmarks/training.py [--threads 2] [--cells inception …]
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from chosen_cells import five_cells
from earlier import earlier_cells
from predecessor import DEFAULT_FOLDER, predecessor_python
from worker import Worker

from nasbench_pytorch.files import write_json
from nasbench_pytorch.space import ModelSpec, count_flops
from nasbench_pytorch.space.costs.one_cell import TRAINING_FLOPS

RESULTS = Path(__file__).parent / "results" / "training.json"
BATCH_SIZE = 256
REFERENCE = "1.3.1 float32"
LONGEST_WARM_UP_S = 300.0
GOALS = {("inception", "2.0 float32"): 1.5, ("inception", "2.0 bfloat16"): 3.5}
PRECISION = {REFERENCE: "float32", "2.0 float32": "float32", "2.0 bfloat16": "bfloat16"}


def measure(spec: ModelSpec, python: str, threads: int, repeats: int, repeat_s: float) -> dict[str, Any]:
    """Measure all sides on one cell."""
    cell = spec.pruned()
    settings: dict[str, Any] = {"matrix": cell.matrix.tolist(), "ops": cell.ops}
    settings |= {"batch_size": BATCH_SIZE, "threads": threads}
    with ExitStack() as stack:
        gauge = stack.enter_context(Worker("side_own.py", threads=threads))
        sides = {REFERENCE: stack.enter_context(Worker("side_predecessor.py", python, threads))}
        sides[REFERENCE].ask("build", **settings)
        for name in list(PRECISION)[1:]:
            sides[name] = stack.enter_context(Worker("side_own.py", threads=threads))
            sides[name].ask("build", **settings, precision=PRECISION[name])
            sides[name].ask("give_memory_back")
        for side in sides.values():
            _warm_up(side)
        counts = {name: max(1, round(repeat_s / _turn(side, 1))) for name, side in sides.items()}
        rates: dict[str, list[float]] = {name: [] for name in sides}
        limits: dict[str, list[float]] = {"float32": [], "bfloat16": []}
        for repeat in range(repeats):
            for name in list(sides)[:: -1 if repeat % 2 else 1]:
                seconds = _turn(sides[name], counts[name])
                rates[name].append(counts[name] * BATCH_SIZE / seconds)
                for precision, found in limits.items():
                    found.append(gauge.ask("limit", precision=precision, threads=threads))
        memory = {name: side.ask("peak_memory_bytes") for name, side in sides.items()}
    return summarise(spec, rates, {name: statistics.median(found) for name, found in limits.items()}, memory)


def _warm_up(side: Worker) -> None:
    """Take steps until ten in a row are no faster; the first steps of 1.3.1 page its memory in."""
    fastest_s, without_gain, began_s = float("inf"), 0, time.monotonic()
    while without_gain < 10 and time.monotonic() - began_s < LONGEST_WARM_UP_S:
        seconds = _turn(side, 1)
        without_gain = without_gain + 1 if seconds > 0.98 * fastest_s else 0
        fastest_s = min(fastest_s, seconds)


def _turn(side: Worker, count: int) -> float:
    """Return the seconds of `count` steps of one side; between turns a side keeps no memory that others may need."""
    side.ask("take_memory")
    seconds: float = side.ask("steps", count=count)
    side.ask("give_memory_back")
    return seconds


def summarise(
    spec: ModelSpec, rates: dict[str, list[float]], limits: dict[str, float], memory: dict[str, int]
) -> dict[str, Any]:
    flops = TRAINING_FLOPS * count_flops(spec)
    sides = {}
    for name, repeats in rates.items():
        median = statistics.median(repeats)
        sides[name] = {
            "images_per_s": round(median, 2),
            "repeats": [round(rate, 2) for rate in repeats],
            "times_the_reference": round(
                statistics.median(rate / other for rate, other in zip(repeats, rates[REFERENCE], strict=True)), 3
            ),
            "share_of_matmul_limit": round(median * flops / limits[PRECISION[name]], 3),
            "peak_memory_bytes": memory[name],
        }
    return {
        "hash": spec.hash_spec(),
        "training_flops_per_image": flops,
        "matmul_limit_flops_per_s": {name: round(limit) for name, limit in limits.items()},
        "sides": sides,
    }


def show(cell: str, found: dict[str, Any]) -> None:
    limits = ", ".join(f"{name} {limit / 1e9:,.0f}" for name, limit in found["matmul_limit_flops_per_s"].items())
    flops = found["training_flops_per_image"] / 1e9
    print(f"\n{cell} ({found['hash']}): {flops:.2f} GFLOP an image; matmul limit in GFLOP/s: {limits}")
    for name, side in found["sides"].items():
        goal = GOALS.get((cell, name))
        reached = "" if goal is None else f"  goal {goal} ×: {'yes' if side['times_the_reference'] >= goal else 'no'}"
        print(
            f"  {name:14} {side['images_per_s']:>9,.1f} images/s {side['times_the_reference']:>6.2f} × "
            f"{side['share_of_matmul_limit']:>5.0%} of the limit {side['peak_memory_bytes'] / 1e6:>8,.0f} MB{reached}",
            flush=True,
        )


def main() -> None:
    cells = five_cells()
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n\n")[0])
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--cells", nargs="+", choices=list(cells), default=list(cells))
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument(
        "--repeat-s", type=float, default=4.0, help="seconds of one side in one repeat; at least one step"
    )
    parser.add_argument("--venv", type=Path, default=DEFAULT_FOLDER, help="environment of 1.3.1; created if missing")
    parser.add_argument("--out", type=Path, default=RESULTS)
    arguments = parser.parse_args()
    python = predecessor_python(arguments.venv)
    with Worker("side_own.py", threads=arguments.threads) as worker:
        machine = worker.ask("describe", precision="float32") | {"threads": arguments.threads}
    del machine["precision"]
    results: dict[str, Any] = {"machine": machine, "batch_size": BATCH_SIZE}
    results["cells"] = earlier_cells(arguments.out, results)
    for cell in arguments.cells:
        results["cells"][cell] = measure(cells[cell], python, arguments.threads, arguments.repeats, arguments.repeat_s)
        show(cell, results["cells"][cell])
        write_json(arguments.out, results)


if __name__ == "__main__":
    main()
