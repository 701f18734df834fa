"""Every search algorithm with settings that suit a run of a few dozen evaluations."""

from __future__ import annotations

import hashlib
import sys
from typing import Any

from nasbench_pytorch.search import Candidates, Observation, SearchAlgorithm, SearchFinished, make_algorithm
from nasbench_pytorch.space import enumerate_cells

QUICK: dict[str, dict[str, Any]] = {
    "bananas": {"predictor": "gaussian_process", "initial": 8, "batch": 8, "pool": 20},
    "npenas": {"initial": 8, "batch": 8, "pool": 20},
    "regularized_evolution": {"population": 12, "tournament": 4},
    "local_search": {"starts": 4},
    "optuna_tpe": {"startup_trials": 6},
    "optuna_hyperband": {"startup_trials": 6},
    "smac": {
        "encoding": "b",
        "challengers": 50,
        "local_searches": 1,
        "evaluations_per_cell": 2,
        "random_fraction": 0.7,
    },
}
"""Settings that differ from the defaults, by name."""

HEAVY = ("bananas", "npenas", "optuna_tpe", "optuna_hyperband", "smac")
"""Algorithms whose libraries take seconds to import in another process."""

ENCODED = ("optuna_tpe", "optuna_hyperband", "smac")
"""Algorithms that search encodings of cells of 7 vertices."""


def quick(name: str, candidates: Candidates, seed: int) -> SearchAlgorithm:
    """Return a new algorithm with quick settings."""
    return make_algorithm(name, candidates, seed, QUICK.get(name, {}))


def proposals_digest(name: str, steps: int, seed: int = 7) -> str:
    """Return a digest of an algorithm's first proposals among the cells of at most 4 vertices."""
    algorithm = quick(name, Candidates(enumerate_cells(max_vertices=4)), seed)
    digest = hashlib.sha256()
    for step in range(steps):
        try:
            proposal = algorithm.ask()
        except SearchFinished:
            break
        spec = "" if proposal.spec is None or proposal.position >= 0 else repr(proposal.spec)
        digest.update(f"{proposal.position} {proposal.epochs} {spec}\n".encode())
        algorithm.tell(proposal, Observation(0.9 + 0.001 * ((proposal.position * 7 + step) % 50), 100.0))
    return digest.hexdigest()


if __name__ == "__main__":
    for line in sys.argv[2:]:
        print(line, proposals_digest(line, int(sys.argv[1])))
