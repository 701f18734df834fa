"""Random search on a table, beside the published curves: the check of a modelled table as a whole.

Protocol of the published curves (automl/nas_benchmarks, `run_random_search.py`; averaged curves in arch2vec): 500 runs;
each query draws one of three repeats at 108 epochs; the incumbent is the cell with the best observed validation
accuracy; the clock is the sum of training times. Validation regret is that of the observed accuracy, test regret that
of the incumbent's mean of three; both are from the best mean of the published table.

Published runs draw random matrices and operations (encoding A), which is not uniform over cells: small cells have more
matrices. The notebook of the original draws them too, but counts edges after pruning. A third sampler is uniform over
cells, for comparison: those take longer, so it sees fewer of them, and its early regret is .4 % higher in any table.

python -m benchmarks.predicted.random_search DATA_FOLDER
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from nasbench_pytorch.files import write_json
from nasbench_pytorch.space import SearchSpace, enumerate_cells
from nasbench_pytorch.space.hashing.many_graphs import hash_columns
from nasbench_pytorch.space.spec_hashes import kept_vertices, pruned_columns
from nasbench_pytorch.table import TableFile, build_predicted_table, build_semireal_table

Floats = npt.NDArray[np.float64]
RUNS, QUERIES = 500, 1100
BEST_VALIDATION, BEST_TEST = 1 - 0.04944576819737756, 1 - 0.056824247042338016
"""Best means of three in the published table."""
CLOCK_S = (1e4, 2e4, 5e4, 1e5, 2e5, 5e5, 1e6)
PUBLISHED = {
    1e4: {"validation": 1.277, "test": 1.239},
    2e4: {"validation": 1.010, "test": 1.046},
    1e5: {"validation": 0.691, "test": 0.901},
    5e5: {"validation": 0.434, "test": 0.844},
    1e6: {"validation": 0.350, "test": 0.858},
}
"""Clock in seconds → mean regret in percent of random search; the last one at 9.9e5 s."""


class Trainings(NamedTuple):
    """Trainings of 108 epochs of N cells: accuracies and seconds, shape (N, 3)."""

    validation: Floats
    test: Floats
    time_s: Floats


def read_trainings(path: Path) -> Trainings:
    """The trainings of 108 epochs of a table with three repeats of every cell."""
    table = TableFile(path)
    chosen = np.flatnonzero(table.epochs == 108)
    fields = ("validation_accuracy", "test_accuracy", "training_time")
    return Trainings(*(table.values(name, chosen).reshape(-1, 3) for name in fields))


def random_matrices(
    space: SearchSpace, count: int, rng: np.random.Generator, limit_before_pruning: bool
) -> npt.NDArray[np.int64]:
    """Rows of cells drawn as random matrices with random operations.

    Args:
        space: the 423,624 cells.
        count: number of draws.
        rng: source of randomness.
        limit_before_pruning: whether a matrix of more than 9 edges is refused even if its pruned cell has fewer.
    """
    size, edges = space.bounds.max_vertices, space.bounds.max_edges
    high, low = space.hash_halves
    sources, targets = np.triu_indices(size, 1)
    found: list[npt.NDArray[np.int64]] = []
    while sum(map(len, found)) < count:
        bits = rng.integers(2, size=(1 << 17, len(sources)), dtype=np.int8)
        if limit_before_pruning:
            bits = bits[bits.sum(axis=1) <= edges]
        matrices = np.zeros((len(bits), size, size), dtype=np.int8)
        matrices[:, sources, targets] = bits
        labels = rng.integers(len(space.bounds.operations), size=(len(bits), size - 2), dtype=np.uint8)
        kept = kept_vertices(matrices)
        pruned_edges = (bits.astype(bool) & kept[:, sources] & kept[:, targets]).sum(axis=1)
        valid = kept[:, 0] & (pruned_edges <= edges)
        hashes = hash_columns(*pruned_columns(matrices[valid], kept[valid], labels[valid]), threads=1)
        rows = np.searchsorted(high, hashes[:, 0])
        assert (low[rows] == hashes[:, 1]).all(), "every valid cell is in the space"
        found.append(rows)
    return np.concatenate(found)[:count]


def mean_regrets(
    trainings: Trainings, cells: npt.NDArray[np.int64], rng: np.random.Generator
) -> dict[str, list[float]]:
    """Mean regrets in percent at each time of `CLOCK_S`, by the cells that each run draws, shape (runs, queries)."""
    repeat = rng.integers(3, size=cells.shape)
    observed = trainings.validation[cells, repeat]
    clock = np.cumsum(trainings.time_s[cells, repeat], axis=1)
    assert clock[:, -1].min() > max(CLOCK_S), "every run reaches the last time"
    best = np.maximum.accumulate(observed, axis=1)  # a later equal one does not replace the incumbent
    first = np.concatenate([np.ones((len(cells), 1), dtype=bool), best[:, 1:] > best[:, :-1]], axis=1)
    when = np.maximum.accumulate(np.where(first, np.arange(cells.shape[1]), 0), axis=1)
    incumbent = np.take_along_axis(trainings.test.mean(axis=1)[cells], when, axis=1)
    runs = np.arange(len(cells))
    out: dict[str, list[float]] = {"validation": [], "test": []}
    for limit in CLOCK_S:
        last = np.maximum((clock <= limit).sum(axis=1) - 1, 0)
        out["validation"].append(100 * float((BEST_VALIDATION - best[runs, last]).mean()))
        out["test"].append(100 * float((BEST_TEST - incumbent[runs, last]).mean()))
    return out


def draws_by_sampler(space: SearchSpace, rng: np.random.Generator) -> dict[str, npt.NDArray[np.int64]]:
    """Return the cells that each run draws, shape (runs, queries), by sampler."""
    count = RUNS * QUERIES
    return {
        "encoding A": random_matrices(space, count, rng, True).reshape(RUNS, QUERIES),
        "notebook": random_matrices(space, count, rng, False).reshape(RUNS, QUERIES),
        "uniform over cells": rng.integers(len(space), size=(RUNS, QUERIES)),
    }


def _without_noise(trainings: Trainings) -> Trainings:
    """Return trainings whose validation accuracy is the mean test accuracy: no search on noisy ones has less regret."""
    return trainings._replace(validation=np.repeat(trainings.test.mean(axis=1, keepdims=True), 3, axis=1))


def main() -> None:
    parser = argparse.ArgumentParser(description="random search on modelled tables, beside the published curves")
    parser.add_argument("data", type=Path, help="folder with test_mean_108_all_cells.npz")
    parser.add_argument("--out", type=Path, default=Path("docs/results/random_search.json"))
    options = parser.parse_args()
    space, rng = enumerate_cells(), np.random.default_rng(0)
    draws = draws_by_sampler(space, rng)
    tables = {}
    with tempfile.TemporaryDirectory() as folder:
        predicted, semireal = Path(folder) / "predicted.arrow", Path(folder) / "semireal.arrow"
        build_predicted_table(predicted)
        build_semireal_table(np.load(options.data / "test_mean_108_all_cells.npz")["correct_of_29952"], semireal)
        for path in (semireal, predicted):
            trainings = read_trainings(path)
            tables[path.stem] = {sampler: mean_regrets(trainings, cells, rng) for sampler, cells in draws.items()}
            if path is semireal:
                floor = {
                    sampler: mean_regrets(_without_noise(trainings), cells, rng) for sampler, cells in draws.items()
                }
    published = {f"{clock:.0f}": regrets for clock, regrets in PUBLISHED.items()}
    floors = {sampler: regrets["test"] for sampler, regrets in floor.items()}
    result = {"clock_s": list(CLOCK_S), "runs": RUNS, "published": published, "tables": tables, "floors": floors}
    write_json(options.out, result)
    print(options.out.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
