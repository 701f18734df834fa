"""Turn the fitted predictions into `nasbench_pytorch/data/predicted.npz`, about six bytes a cell.

python -m benchmarks.predicted.ship SAMPLE_FOLDER fitted.npz
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt

from benchmarks.predicted import facts
from benchmarks.predicted.calibrate import (
    failed_of_three,
    residual_quantiles,
    test_means,
    test_slopes,
    validation_means,
)
from benchmarks.predicted.sample import BUDGETS, Sample, read_sample
from benchmarks.predicted.selection import without_selection
from nasbench_pytorch.space import enumerate_cells
from nasbench_pytorch.table.modelled.cell_means import CORRECT_OF, PREDICTED, CellMeans
from nasbench_pytorch.table.modelled.hashed_draws import HashedDraws

SHORT_BUDGETS = BUDGETS[:3]


def calibrated_means(fitted: Mapping[str, npt.NDArray[np.float64]], sample: Sample, draws: HashedDraws) -> CellMeans:
    """What ships, from what `fit.py` wrote."""
    failed = failed_of_three(fitted["failure"], draws)
    best_of_three = sample.validation[sample.healthy, 3]
    score = without_selection(fitted["accuracy"][:, 3], fitted["relative_noise"])
    test = test_means(score, failed == 0, best_of_three)
    validation, levels, residuals = {}, {}, {}
    for column, epochs in enumerate(SHORT_BUDGETS):
        repeat_sd, expected = facts.REPEAT_SD[epochs], fitted["accuracy"][:, column]
        singles = sample.validation[sample.healthy, column]
        validation[epochs] = validation_means(expected, singles, repeat_sd).clip(0.03, 0.96)
        unseen = fitted["accuracy_unseen"][sample.healthy, column]
        shown = validation_means(unseen, singles, repeat_sd)
        levels[epochs], residuals[epochs] = residual_quantiles(shown, singles, repeat_sd)
    slopes = test_slopes(fitted["accuracy_unseen"][sample.healthy], sample.validation[sample.healthy])
    return CellMeans(
        test_correct=np.round(test * CORRECT_OF).astype(np.int64),
        validation=validation,
        time_s=fitted["time_s"],
        failure=fitted["failure"],
        failed_of_three=failed,
        test_slopes=dict(zip(SHORT_BUDGETS, slopes, strict=True)),
        levels=levels,
        residuals=residuals,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description="write the predictions that ship")
    parser.add_argument("sample", type=Path, help="folder with validation_30k.csv")
    parser.add_argument("fitted", type=Path, help="what fit.py wrote")
    parser.add_argument("--out", type=Path, default=PREDICTED)
    options = parser.parse_args()
    space = enumerate_cells()
    with np.load(options.fitted) as stored:
        fitted = dict(stored)
    means = calibrated_means(fitted, read_sample(options.sample, space), HashedDraws(space.hash_halves[1]))
    means.save(options.out)
    size = options.out.stat().st_size
    print(f"{options.out}: {size:,} bytes, {size / len(space):.2f} a cell")


if __name__ == "__main__":
    main()
