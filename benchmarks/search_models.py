"""Searches that learn a model: BANANAS, NPENAS, TPE and SMAC, 150 queries each, on the semi-real table.

    python -m benchmarks.search_models DATA [--runs bananas=60 npenas=60 …] [--report]

DATA is the folder with `test_mean_108_all_cells.npz` (see `benchmarks/predicted/README.md`). Two cases:

- `test`: the true mean test accuracy is the objective, as in the protocol `lanas`;
- `semireal`: the mean of three validation accuracies is, as in the protocol `naszilla`, and the mean test accuracy of
  the incumbent is reported.

Each run is one line of `benchmarks/results/search_models.csv`, written when it ends: a stopped command goes on from
there. `--report` writes means and standard errors into `docs/results/search_models.md`. Seconds are CPU seconds of one
core that other work shared.
"""

from __future__ import annotations

import argparse
import csv
import tempfile
import time
from pathlib import Path

import numpy as np

from nasbench_pytorch.search import PROTOCOLS, Budget, SearchLoop, TableEvaluator, make_algorithm, table_objective
from nasbench_pytorch.table import TableFile, build_semireal_table

RESULTS = Path(__file__).parent / "results" / "search_models.csv"
PAGE = Path(__file__).parents[1] / "docs" / "results" / "search_models.md"
MARKS = "<!-- written by benchmarks.search_models -->\n", "<!-- end -->\n"
QUERIES = 150
STEPS = range(10, QUERIES + 1, 10)
CASES = {"test": "lanas", "semireal": "naszilla"}
SEARCHES: dict[str, tuple[str, dict[str, object], int]] = {
    "npenas": ("npenas", {}, 100),
    "bananas": ("bananas", {}, 60),
    "bananas, uniform start": ("bananas", {"sampler": "uniform"}, 30),
    "bananas, Gaussian process": ("bananas", {"predictor": "gaussian_process"}, 60),
    "optuna_tpe": ("optuna_tpe", {}, 20),
    "optuna_tpe, Optuna's defaults": (
        "optuna_tpe",
        {"multivariate": True, "gamma": "optuna", "startup_trials": 10},
        20,
    ),
    "smac": ("smac", {"evaluations_per_cell": 1}, 8),
    "random_search": ("random_search", {}, 500),
}
"""Name in the results → algorithm, settings, number of runs."""
COLUMNS = ["search", "case", "seed", "proposals", "invalid", "duplicates", "cpu_s", *(f"q{q}" for q in STEPS)]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("data", type=Path, help="folder with test_mean_108_all_cells.npz")
    parser.add_argument("--runs", nargs="*", default=[], metavar="NAME=COUNT", help="other numbers of runs")
    parser.add_argument("--report", action="store_true", help="write the results that there are, and run nothing")
    options = parser.parse_args()
    if not options.report:
        counts = {name: count for name, (_, _, count) in SEARCHES.items()}
        counts |= {name: int(count) for name, _, count in (text.rpartition("=") for text in options.runs)}
        measure(options.data, counts)
    print(report())
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(MARKS[0])
    after = rest.partition(MARKS[1])[2]
    PAGE.write_text(f"{before}{MARKS[0]}{report()}\n{MARKS[1]}{after}", encoding="utf-8")


def measure(data: Path, counts: dict[str, int]) -> None:
    """Run what the results lack, a run of each search in turn."""
    done = {(row["search"], row["case"], int(row["seed"])) for row in results()}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "semireal.arrow"
        build_semireal_table(np.load(data / "test_mean_108_all_cells.npz")["correct_of_29952"], path)
        objectives = {case: table_objective(TableFile(path), PROTOCOLS[name], (108,)) for case, name in CASES.items()}
    tests = objectives["test"][1].values[:, 0, 0]
    for seed in range(max(counts.values())):
        for name, (algorithm, settings, _) in SEARCHES.items():
            for case, (candidates, objective) in objectives.items():
                if seed >= counts[name] or (name, case, seed) in done:
                    continue
                began = time.process_time()
                loop = SearchLoop(
                    make_algorithm(algorithm, candidates, seed, settings),
                    TableEvaluator(candidates, objective, seed),
                    Budget(evaluations=QUERIES),
                )
                history = loop.run()
                values, positions = history.values, history.positions
                best = [positions[np.argmax(values[:queries])] for queries in STEPS]
                counted = [history.proposals, history.invalid, history.duplicates, time.process_time() - began]
                append([name, case, seed, *counted[:3], f"{counted[3]:.2f}", *(f"{tests[row]:.6f}" for row in best)])


def append(line: list[object]) -> None:
    is_new = not RESULTS.exists()
    with RESULTS.open("a", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        if is_new:
            writer.writerow(COLUMNS)
        writer.writerow(line)


def results() -> list[dict[str, str]]:
    if not RESULTS.exists():
        return []
    with RESULTS.open(newline="") as stream:
        return list(csv.DictReader(stream))


def report() -> str:
    """Return a Markdown table: mean test accuracy in percent after 50, 100 and 150 queries ± standard error."""
    lines = [
        "| search | objective | runs | 50 | 100 | 150 | duplicates | invalid | CPU s a run |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for name in SEARCHES:
        for case in CASES:
            rows = [row for row in results() if (row["search"], row["case"]) == (name, case)]
            if not rows:
                continue
            found = 100 * np.array([[float(row[f"q{q}"]) for q in (50, 100, 150)] for row in rows])
            cells = [f"{mean:.3f}" for mean in found.mean(axis=0)]
            if len(rows) > 1:
                errors = found.std(axis=0, ddof=1) / np.sqrt(len(rows))
                cells = [f"{cell} ± {error:.3f}" for cell, error in zip(cells, errors, strict=True)]
            sums = {
                key: sum(float(row[key]) for row in rows) for key in ("proposals", "invalid", "duplicates", "cpu_s")
            }
            shares = [f"{100 * sums[key] / sums['proposals']:.0f} %" for key in ("duplicates", "invalid")]
            lines.append(
                f"| {name} | {case} | {len(rows)} | {' | '.join(cells)} | {' | '.join(shares)} | "
                f"{sums['cpu_s'] / len(rows):.1f} |"
            )
    return "\n".join(lines)


if __name__ == "__main__":
    main()
