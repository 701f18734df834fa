"""Claim: the whole search space with hashes, parameters and FLOPs in 2 to 3 s on 2 cores, one hash in 12 µs.

Measured on a shared machine with 2 x86 cores (AVX-512). results/space.json has the numbers, and space.md explains them.
The reference is straightforward code written for this benchmark (space_reference.py) and run in the same process. Its
time for all 1,293,208 labelled graphs is extrapolated from graphs of up to 6 vertices. Times are medians of wall-clock
time; CPU time is given too, because other processes disturb it least.

    python benchmarks/space.py
"""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from space_reference import reference_enumeration, reference_hash

from nasbench_pytorch.files import write_json
from nasbench_pytorch.space import (
    CANONICAL_OPERATIONS,
    ModelSpec,
    SearchSpace,
    crossover,
    enumerate_cells,
    hash_specs,
    mutate_notebook,
    mutate_one_edit,
    neighbour_rows,
    sample_random_matrix,
)
from nasbench_pytorch.space.hashing.one_graph import LOADING_PAYS_AFTER, compiled_hash_is_loaded

RESULTS = Path(__file__).parent / "results" / "space.json"
SPECS, ROUNDS, LABELLED_GRAPHS = 10_000, 7, 1_293_208

WHOLE_SPACE = """
import json, resource, time
started = time.perf_counter()
from nasbench_pytorch.space import enumerate_cells
space = enumerate_cells(cache=False)
took_s = time.perf_counter() - started
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
print(json.dumps({"wall_s": took_s, "cpu_s": time.process_time(), "peak_memory_bytes": peak, "cells": len(space)}))
"""

FROM_CACHE = """
import json, time
import pyarrow, pyarrow.ipc, platformdirs
from nasbench_pytorch.space import enumerate_cells
started = time.perf_counter()
space = enumerate_cells()
print(json.dumps({"wall_s": time.perf_counter() - started, "cells": len(space)}))
"""


def in_new_process(code: str, **environment: str) -> dict[str, float]:
    """Run code in a new interpreter and return the JSON that it prints."""
    result = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, **environment}, capture_output=True, text=True, check=True
    )
    printed: dict[str, float] = json.loads(result.stdout)
    return printed


def whole_space(scratch: str) -> dict[str, Any]:
    """Measure new processes: with nothing compiled, with compiled code, and with the disk cache."""
    first = in_new_process(WHOLE_SPACE, NUMBA_CACHE_DIR=f"{scratch}/compiled")
    warm = [in_new_process(WHOLE_SPACE, NUMBA_CACHE_DIR=f"{scratch}/compiled") for _ in range(ROUNDS)]
    cache = {"NASBENCH_CACHE_DIR": f"{scratch}/cache"}
    in_new_process(FROM_CACHE, **cache)
    cached = [in_new_process(FROM_CACHE, **cache) for _ in range(ROUNDS)]
    started = time.perf_counter()
    graphs = sum(3 ** (size - 2) * count for size, count in ((2, 1), (3, 2), (4, 10), (5, 121), (6, 1545)))
    reference_enumeration(6)
    per_graph_s = (time.perf_counter() - started) / graphs
    return {
        "first_run_ever_s": first["wall_s"],
        "compiled_before_s": statistics.median(run["wall_s"] for run in warm),
        "compiled_before_cpu_s": statistics.median(run["cpu_s"] for run in warm),
        "peak_memory_bytes": max(run["peak_memory_bytes"] for run in [first, *warm]),
        "from_disk_cache_s": statistics.median(run["wall_s"] for run in cached),
        "reference_extrapolated_s": per_graph_s * LABELLED_GRAPHS,
    }


def median_us(function: Callable[[Any], object], items: list[Any]) -> float:
    """Return the median time of one call, in microseconds; each item is used once."""
    times = []
    for item in items:
        started = time.perf_counter_ns()
        function(item)
        times.append(time.perf_counter_ns() - started)
    return statistics.median(times) / 1_000


def fresh(space: SearchSpace, rows: np.ndarray) -> list[ModelSpec]:
    """Return new specs of these rows."""
    return [space[int(row)] for row in rows]


def single_calls(space: SearchSpace, rng: np.random.Generator) -> dict[str, Any]:
    """Measure single calls, in microseconds. The hash is first, before compiled code is loaded."""
    rows = rng.permutation(len(space))
    assert not compiled_hash_is_loaded()
    times = {"hash_cold_process_us": median_us(ModelSpec.hash_spec, fresh(space, rows[:SPECS]))}
    for spec in fresh(space, rows[SPECS : SPECS + LOADING_PAYS_AFTER]):
        spec.hash_spec()
    assert compiled_hash_is_loaded()
    later = fresh(space, rows[-SPECS:])
    times["hash_after_others_us"] = median_us(ModelSpec.hash_spec, later)
    times["hash_same_again_us"] = median_us(ModelSpec.hash_spec, later)
    labels = {name: index for index, name in enumerate(CANONICAL_OPERATIONS)}
    labelled = [(spec.matrix, [-1, *(labels[name] for name in (spec.ops or [])[1:-1]), -2]) for spec in later]
    times["hash_reference_us"] = median_us(lambda pair: reference_hash(*pair), labelled)
    drawn = [sample_random_matrix(space, rng) for _ in range(SPECS)]
    nested = [(spec.original_matrix.tolist(), spec.original_ops) for spec in drawn]
    times["modelspec_from_lists_us"] = median_us(lambda pair: ModelSpec(*pair), nested)
    times["modelspec_from_array_us"] = median_us(lambda spec: ModelSpec(spec.original_matrix, spec.original_ops), drawn)
    times["index_of_spec_us"] = median_us(space.index_of, drawn)
    times["index_of_hash_us"] = median_us(space.index_of, [space.hash_at(int(row)) for row in rows[:SPECS]])
    neighbour_rows(space, later[0])
    times["neighbours_us"] = median_us(lambda spec: neighbour_rows(space, spec), later[:1_000])
    return times


def many_at_once(space: SearchSpace, rng: np.random.Generator) -> dict[str, float]:
    """Measure 100,000 random specs in a batch, and 10,000 moves of each kind, in seconds."""
    drawn = [sample_random_matrix(space, rng) for _ in range(100_000)]
    matrices = np.stack([spec.original_matrix for spec in drawn])
    ops = [spec.original_ops for spec in drawn]
    parents = fresh(space, rng.integers(len(space), size=10_000))
    moves: dict[str, Callable[[ModelSpec], object]] = {
        "10000_notebook_mutations_s": lambda parent: mutate_notebook(space, parent, rng),
        "10000_one_edit_mutations_s": lambda parent: mutate_one_edit(space, parent, rng),
        "10000_crossovers_s": lambda parent: crossover(space, parent, parents[0], rng),
    }
    seconds = {
        "batch_of_100000_hashes_s": statistics.median(_timed(lambda: hash_specs(matrices, ops)) for _ in range(3))
    }
    for name, move in moves.items():
        seconds[name] = _timed(lambda move=move: [move(parent) for parent in parents])  # type: ignore[misc]
    return seconds


def _timed(function: Callable[[], object]) -> float:
    started = time.perf_counter()
    function()
    return time.perf_counter() - started


def md5_blocks(space: SearchSpace) -> dict[str, int]:
    """Count the MD5 blocks of the cells that are hashed: the work that cannot be avoided."""
    vertices = space.columns.vertices.astype(np.int64)
    blocks = vertices.copy()  # the first digests
    blocks += (36 * vertices + 9 + 63) // 64  # the lists
    degrees = _degrees(space)
    for column in degrees.T:
        blocks += np.where(column > 0, vertices * ((32 * column + 34 + 9 + 63) // 64), 0)
    return {"cells": len(space), "md5_blocks": int(blocks.sum())}


def _degrees(space: SearchSpace) -> np.ndarray:
    """Return the in- plus out-degree of each vertex, shape (N, 7)."""
    size, bit = space.bounds.max_vertices, 0
    degrees = np.zeros((len(space), size), dtype=np.int64)
    for target in range(size):
        for source in range(target):
            edge = space.columns.adjacency >> bit & 1
            degrees[:, source] += edge
            degrees[:, target] += edge
            bit += 1
    return degrees


def main() -> None:
    rng = np.random.default_rng(0)
    space = enumerate_cells()
    singles = single_calls(space, rng)
    many = many_at_once(space, rng)
    with tempfile.TemporaryDirectory() as scratch:
        whole = whole_space(scratch)
    machine = {"python": platform.python_version(), "numpy": np.__version__, "processor": _processor()}
    sections = {"whole_space": whole, "one_call": singles, "many": many, "work": md5_blocks(space)}
    write_json(RESULTS, {"machine": machine, **sections})
    for title, section in sections.items():
        print(f"\n{title}")
        for name, value in section.items():
            print(f"  {name:32} {value:>16,.3f}" if isinstance(value, float) else f"  {name:32} {value:>16,}")
    print(
        f"\nhash: {singles['hash_reference_us'] / singles['hash_after_others_us']:.1f} times the reference's speed; ",
        end="",
    )
    print(f"space: {whole['reference_extrapolated_s'] / whole['compiled_before_s']:.0f} times")


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        name = next(line.split(": ")[1] for line in lines if line.startswith("model name"))
    except (OSError, StopIteration, IndexError):
        name = platform.processor() or platform.machine()
    return f"{name}, {os.cpu_count()} cores"


if __name__ == "__main__":
    main()
