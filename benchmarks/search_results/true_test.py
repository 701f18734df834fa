"""Claim: with the true mean test accuracy as objective, our algorithms find what the programs that they follow find.

The accuracies of all cells are published (FreeREA). 10,000 runs each of local search, naszilla's evolution and random
search take seconds to minutes. naszilla's own code takes .2 s a run, so it makes fewer, and those that are in the
results are kept.

    python -m benchmarks.search_results.true_test FOLDER                   # with test_mean_108_all_cells.npz
    python -m benchmarks.search_results.true_test FOLDER --naszilla SOURCE # also naszilla's own code
"""

from __future__ import annotations

import argparse
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.search_results.naszilla_code import Naszilla
from nasbench_pytorch.files import write_json
from nasbench_pytorch.search import Budget, Candidates, Objective, make_algorithm
from nasbench_pytorch.space import enumerate_cells

RESULTS = Path(__file__).parents[1] / "results" / "search_true_test.json"
RUNS = 10_000
NASZILLA_RUNS = 500
QUERIES = (50, 100, 150, 200, 300, 500)

SEARCHES: dict[str, tuple[str, dict[str, Any]]] = {
    "local_search": ("local_search", {}),
    "local_search, one-edit array": ("local_search", {"neighbourhood": "one_edit"}),
    "regularized_evolution, naszilla": ("regularized_evolution", {"variant": "naszilla"}),
    "random_search, notebook, distinct": ("random_search", {"sampler": "notebook", "distinct": True}),
    "random_search, uniform": ("random_search", {}),
}

NASZILLA_SEARCHES: dict[str, tuple[str, bool]] = {
    "naszilla's own evolution": ("evolution", False),
    "naszilla's own local search": ("local_search", False),
    "naszilla's own local search, by cell": ("local_search", True),
}
"""Name → method of `Naszilla`, and whether cells are compared by their hash instead of by their paths."""


def true_objective(accuracies: npt.NDArray[np.float64]) -> Objective:
    """Return the objective whose only repeat is the mean test accuracy, at a second a query."""
    shape = (len(accuracies), 1, 1)
    ones = np.ones(shape[:2], np.int8)
    return Objective((108,), accuracies.reshape(shape).copy(), np.ones(shape), ones, np.full(shape, -1, np.int8))


def best_so_far(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return the best of the first 50, 100 and so on, in percent."""
    return 100 * np.maximum.accumulate(values)[np.array(QUERIES) - 1]


def summary(found: list[npt.NDArray[np.float64]]) -> dict[str, Any]:
    best = np.array(found)
    return {
        "runs": len(best),
        "mean": [round(float(value), 4) for value in best.mean(axis=0)],
        "standard_error": [round(float(value) / math.sqrt(len(best)), 4) for value in best.std(axis=0, ddof=1)],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="folder with test_mean_108_all_cells.npz")
    parser.add_argument("--naszilla", type=Path, help="folder with a copy of naszilla/naszilla")
    options = parser.parse_args()
    correct = np.load(options.data / "test_mean_108_all_cells.npz")["correct_of_29952"]
    accuracies = correct / 29_952
    candidates, objective = Candidates(enumerate_cells()), true_objective(accuracies)
    earlier = json.loads(RESULTS.read_text(encoding="utf-8"))["searches"] if RESULTS.exists() else {}
    results: dict[str, Any] = {"queries": list(QUERIES), "best": 100 * float(accuracies.max()), "searches": {}}
    budget = Budget(evaluations=QUERIES[-1])
    for name, (algorithm, settings) in SEARCHES.items():
        found = []
        for run in range(RUNS):
            history = make_algorithm(algorithm, candidates, run, settings).compiled_run(objective, budget, run, False)
            assert history is not None
            found.append(best_so_far(history.values))
        results["searches"][name] = summary(found)
    for name, (search, by_cell) in NASZILLA_SEARCHES.items():
        if name in earlier:
            results["searches"][name] = earlier[name]
        elif options.naszilla is not None:
            run_naszilla = getattr(Naszilla(options.naszilla, by_cell), search)
            found = [best_so_far(run_naszilla(accuracies, QUERIES[-1], run)) for run in range(NASZILLA_RUNS)]
            results["searches"][name] = summary(found)
    for name, values in results["searches"].items():
        print(
            f"{name:<36}",
            *(f"{m:.3f} ± {e:.3f}" for m, e in zip(values["mean"], values["standard_error"], strict=True)),
        )
    write_json(RESULTS, results)


if __name__ == "__main__":
    main()
