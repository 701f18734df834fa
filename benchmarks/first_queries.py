"""Claim: a query of a cell that was never hashed takes under 25 µs from the first one of a process on.

Each part runs in a new process. It opens a table of the published shape (423,624 cells × 4 budgets × 3 repeats with
invented numbers, see `synthetic_table.py`), and queries 2,000 distinct random cells, each with a new spec that is made
before its clock starts. The mean of all 2,000 includes what the first query loads. Beside it: the same queries by hash,
the way of tables that hold other cells.

    python benchmarks/first_queries.py [FOLDER]

FOLDER needs 400 MB; the table is kept for the next run. Results: results/first_queries.json.
"""

from __future__ import annotations

import random
import statistics
import time
from pathlib import Path

from parts import parts_of, run_part, run_script, write_results

RESULTS = Path(__file__).parent / "results" / "first_queries.json"
QUERIES = 2_000
ROUNDS = 5
TABLE = "whole.arrow"


def part_index(folder: Path) -> dict[str, float]:
    return query_new_cells(folder / TABLE)


def part_hash(folder: Path) -> dict[str, float]:
    """Query by hash, as for every other table."""
    from nasbench_pytorch.table.nasbench_api import OriginalInterface

    OriginalInterface._rows_without_hash = None  # type: ignore[assignment]
    return query_new_cells(folder / TABLE)


def query_new_cells(table_file: Path) -> dict[str, float]:
    from nasbench_pytorch.table import NASBench

    start = time.perf_counter()
    table = NASBench(table_file, seed=0)
    open_s = time.perf_counter() - start
    generator = random.Random(1)
    specs = [table.spec(table.table.hash_of(cell)) for cell in generator.sample(range(len(table)), QUERIES)]
    times_us = []
    cpu_start = time.process_time()
    for spec in specs:
        epochs = generator.choice((4, 12, 36, 108))
        start = time.perf_counter()
        table.query(spec, epochs)
        times_us.append(1e6 * (time.perf_counter() - start))
    cpu_us = 1e6 * (time.process_time() - cpu_start) / QUERIES
    return {
        "open_ms": 1e3 * open_s,
        "first_us": times_us[0],
        "median_us": statistics.median(times_us),
        "mean_us": statistics.fmean(times_us),
        "mean_cpu_us": cpu_us,
        "median_of_first_100_us": statistics.median(times_us[:100]),
    }


PARTS = parts_of(dict(globals()))


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    table_file = folder / TABLE
    if not table_file.exists():
        from synthetic_table import write_full_table

        write_full_table(table_file)
    run_part("index", folder)  # checks the file, once
    rounds = [{part: run_part(part, folder) for part in PARTS} for _ in range(ROUNDS)]
    measured = {
        part: {name: statistics.median(one[part][name] for one in rounds) for name in rounds[0][part]} for part in PARTS
    }
    print(f"{'':<26}{'index':>10}{'hash':>10}")
    for name in measured["index"]:
        print(f"{name:<26}{measured['index'][name]:>10,.1f}{measured['hash'][name]:>10,.1f}")
    write_results(RESULTS, measured)


if __name__ == "__main__":
    run_script(main, PARTS, "nasbench-table-benchmark")
