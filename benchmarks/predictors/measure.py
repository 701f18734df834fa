"""Kendall's τ with the true mean test accuracy: ≥ .70 from 100 cells, .74 from 172, .75 from 190, .76 from 424, .82
from 4,236, by a predictor that is fitted in under 10 s on two cores.

Usage: python -m benchmarks.predictors.measure ACCURACIES [--models NAME …] [--train-cells N …] [--seeds N]
                                                          [--split NAME] [--results FILE]

ACCURACIES is the table semireal, or an .npz with `correct_of_29952` of all cells in ascending order of their hashes.
There are 10,000 test cells; each seed draws its own training and test cells. Beside the predictors stand
plain boosted trees, on encodings that others use. Every measurement is written at once, and made only once: a run that
was stopped goes on. `fit_cpu_s` are seconds of the processor, which other programs do not stretch as they do `fit_s`.
"""

from __future__ import annotations

import argparse
import json
import platform
import time
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.stats import kendalltau, spearmanr

from benchmarks.predictors.plain_trees import PlainTrees, plain_encoding
from nasbench_pytorch.files import write_json
from nasbench_pytorch.predictors import PREDICTORS, Predictor, encode_rows, make_predictor, split_rows
from nasbench_pytorch.predictors.splits import SPLITS
from nasbench_pytorch.space import SearchSpace, enumerate_cells

RESULTS = Path(__file__).parents[1] / "results" / "predictors.json"
TRAIN_CELLS = (100, 172, 190, 424, 4236)
TEST_CELLS = 10_000
PLAIN = "plain_trees"


def main() -> None:
    """Measure what is not in the results yet, and print all means."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("accuracies")
    parser.add_argument("--models", nargs="+", default=[*PREDICTORS, PLAIN], choices=[*PREDICTORS, PLAIN])
    parser.add_argument("--train-cells", nargs="+", type=int, default=TRAIN_CELLS)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--split", default="gates", choices=SPLITS)
    parser.add_argument("--results", type=Path, default=RESULTS)
    options = parser.parse_args()
    results: Path = options.results
    space, values = enumerate_cells(), read_accuracies(options.accuracies)
    measured: list[dict[str, Any]] = json.loads(results.read_text())["measurements"] if results.exists() else []
    known = {(entry["split"], entry["model"], entry["train_cells"], entry["seed"]) for entry in measured}
    for model in options.models:
        for count in options.train_cells:
            for seed in range(options.seeds):
                if (options.split, model, count, seed) not in known:
                    measured.append(measure(model, space, values, options.split, count, seed))
                    write_json(results, {"about": about(), "measurements": measured, "means": means(measured)})
                    print(measured[-1], flush=True)
    for row in means(measured):
        print(row)


def read_accuracies(source: str) -> npt.NDArray[np.float64]:
    """Return the mean test accuracy at 108 epochs of every cell."""
    if source.endswith(".npz"):
        return np.asarray(np.load(source)["correct_of_29952"] / 29952)
    from nasbench_pytorch.table import NASBench

    table = NASBench(source)
    return table.lookup(list(table), "test_accuracy", 108)


def measure(
    model: str, space: SearchSpace, values: npt.NDArray[np.float64], split_name: str, train_cells: int, seed: int
) -> dict[str, Any]:
    """Return one measurement, as plain values."""
    split = split_rows(split_name, len(space), train_cells, TEST_CELLS, seed)
    predictor: Predictor = PlainTrees(seed) if model == PLAIN else make_predictor(model, seed)
    encode = plain_encoding if model == PLAIN else encode_rows
    train, test = encode(space, split.train), encode(space, split.test)
    started, started_cpu = time.perf_counter(), time.process_time()
    predictor.fit(train, values[split.train])
    fit_s, fit_cpu_s = time.perf_counter() - started, time.process_time() - started_cpu
    predicted, wanted = predictor.predict(test).mean, values[split.test]
    return {
        "split": split_name,
        "model": model,
        "train_cells": train_cells,
        "seed": seed,
        "kendall": round(float(kendalltau(predicted, wanted).statistic), 5),
        "spearman": round(float(spearmanr(predicted, wanted).statistic), 5),
        # Plain trees predict scores.
        "mean_absolute_error": None if model == PLAIN else round(float(np.abs(predicted - wanted).mean()), 6),
        "fit_s": round(fit_s, 2),
        "fit_cpu_s": round(fit_cpu_s, 2),
    }


def means(measured: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return mean and standard error over the seeds, for each model and number of cells."""
    rows = []
    keys = ("split", "model", "train_cells")
    for group in sorted({tuple(entry[key] for key in keys) for entry in measured}):
        entries = [entry for entry in measured if tuple(entry[key] for key in keys) == group]
        errors = [entry["mean_absolute_error"] for entry in entries]
        kendall = np.array([entry["kendall"] for entry in entries])
        error = float(kendall.std(ddof=1) / np.sqrt(len(kendall))) if len(kendall) > 1 else None
        rows.append(
            {
                **dict(zip(keys, group, strict=True)),
                "seeds": len(entries),
                "kendall": round(float(kendall.mean()), 4),
                "standard_error": None if error is None else round(error, 4),
                "spearman": round(float(np.mean([entry["spearman"] for entry in entries])), 4),
                "mean_absolute_error": None if None in errors else round(float(np.mean(errors)), 5),
                "fit_cpu_s": round(float(np.median([entry["fit_cpu_s"] for entry in entries])), 1),
            }
        )
    return rows


def about() -> dict[str, Any]:
    """Return what the measurements are of."""
    import scipy
    import sklearn
    import torch

    return {
        "target": "mean test accuracy of three trainings of 108 epochs, which is also what is learnt",
        "test_cells": TEST_CELLS,
        "threads": 1,
        "machine": platform.machine(),
        "versions": {
            "python": platform.python_version(),
            "numpy": np.__version__,
            "scipy": scipy.__version__,
            "scikit-learn": sklearn.__version__,
            "torch": torch.__version__,
        },
    }


if __name__ == "__main__":
    main()
