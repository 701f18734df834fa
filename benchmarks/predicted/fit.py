"""Fit the models behind the predicted table and predict all 423,624 cells: under 30 minutes on two cores.

Five folds of graph networks for accuracies, and of boosted trees for times and failures, learn from 25,000 published
cells. Writes `fitted.npz`: the predictions of every cell, and those of the sample's cells by models that have not seen
them. Each fitted model is kept in the work folder, so an interrupted run resumes.

python -m benchmarks.predicted.fit SAMPLE_FOLDER --work FOLDER --jobs 2
"""

from __future__ import annotations

import argparse
import multiprocessing
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.predicted.sample import Sample, read_sample
from benchmarks.predicted.selection import RelativeNoise
from benchmarks.predicted.stages import (
    FOLDS,
    STAGES,
    load_cells,
    quantity_of,
    read_stage,
    run_fold,
    save_cells,
    seconds_spent,
)
from nasbench_pytorch.predictors.fitting.combination import Combination
from nasbench_pytorch.space import enumerate_cells


def combine(sample: Sample, folder: Path) -> dict[str, npt.NDArray[Any]]:
    """Return what `fitted.npz` holds, from the predictions of all stages."""
    failures, times, *accuracies = (read_stage(stage, sample, folder) for stage in STAGES)
    cells = load_cells(folder)
    chosen, scores = quantity_of("accuracy", sample)
    values = sample.validation[chosen]
    combination = Combination.fit([model.of_sample for model in accuracies], scores, values)
    everywhere, of_sample = (
        combination.scores([getattr(model, name) for model in accuracies]) for name in ("everywhere", "of_sample")
    )
    expected, unseen = combination.values(everywhere), np.full(sample.validation.shape, np.nan)
    unseen[chosen] = combination.values(of_sample)
    left = np.abs(values[:, -1] - unseen[chosen, -1])
    noise = RelativeNoise.fit(cells.take(sample.rows[chosen]), of_sample, unseen[chosen, -1], left)
    return {
        "accuracy": expected,
        "relative_noise": noise.predict(cells, everywhere),
        "accuracy_unseen": unseen,
        "weights": combination.weights,
        "time_s": np.exp(times.everywhere[:, 0]),
        "time_s_unseen": np.exp(times.of_sample[:, 0]),
        "failure": failures.everywhere[:, 0],
        "failure_unseen": failures.of_sample[:, 0],
    }


def _run(task: tuple[int, int, Sample, Path]) -> None:
    import torch

    torch.set_num_threads(1)
    stage, fold, sample, folder = task
    run_fold(STAGES[stage], fold, sample, folder)


def main() -> None:
    parser = argparse.ArgumentParser(description="fit the models behind the predicted table")
    parser.add_argument("sample", type=Path, help="folder with validation_30k.csv")
    parser.add_argument("--work", type=Path, default=Path("predicted_work"), help="folder for fitted models")
    parser.add_argument("--jobs", type=int, default=2, help="processes, each of one thread")
    options = parser.parse_args()
    started = time.perf_counter()
    options.work.mkdir(parents=True, exist_ok=True)
    space = enumerate_cells()
    sample = read_sample(options.sample, space)
    save_cells(space, options.work)
    print(f"encoded {len(space):,} cells after {time.perf_counter() - started:.0f} s", flush=True)
    tasks = [(stage, fold, sample, options.work) for stage in range(len(STAGES)) for fold in range(FOLDS)]
    with ProcessPoolExecutor(options.jobs, multiprocessing.get_context("spawn")) as pool:
        list(pool.map(_run, tasks))
    fitted = combine(sample, options.work)
    spent = seconds_spent(STAGES, options.work)
    np.savez(options.work / "fitted.npz", rows=sample.rows, seconds=spent, **fitted)
    print(f"weights of {', '.join(stage.name for stage in STAGES[2:])} by budget:\n{fitted['weights'].round(2)}")
    print(f"{spent / 60:.0f} minutes of one core; this run {time.perf_counter() - started:.0f} s")


if __name__ == "__main__":
    main()
