"""Estimated cost of a plan: operations, hours, disk space."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.space.costs.one_cell import TRAINING_FLOPS

if TYPE_CHECKING:
    from nasbench_pytorch.campaign.ledger.insert_trials import CellRow
    from nasbench_pytorch.campaign.plan.selection import SelectedTrials
    from nasbench_pytorch.campaign.settings import Settings

_DATASET_IMAGES = {"cifar10": (50_000, 10_000), "digits": (1_501, 296)}
"""Number of training and validation images together, and of test images."""

_TRIAL_BYTES, _RESULT_BYTES, _LOSS_BYTES = 75, 800, 9
"""Bytes in a ledger for a trial, its result, and each epoch in its curve; measured by `benchmarks/campaign.py`."""

_ROW_BYTES = 120
_CHECKPOINT_VALUES = 3
"""Values for each parameter of a network: itself and the optimizer's two slots."""


@dataclass(frozen=True)
class Estimate:
    """Estimated cost of a plan.

    Attributes:
        cells: number of cells.
        trials: number of trainings.
        gflop: 10⁹ operations of all training steps and evaluations.
        images: training images of all steps of all trainings.
        ledger_bytes: size of the ledger once all trials are done.
        table_bytes: size of its export as `.arrow`.
        checkpoint_bytes: size of the largest training's checkpoints, for each worker.
    """

    cells: int
    trials: int
    gflop: float
    images: int
    ledger_bytes: int
    table_bytes: int
    checkpoint_bytes: int

    def hours(self, gflop_per_s: float) -> float:
        """Return the hours that one worker with this throughput takes."""
        return self.gflop / gflop_per_s / 3600


def estimate(selected: SelectedTrials, rows: list[CellRow], settings: Settings) -> Estimate:
    """Estimate the cost of trials.

    Args:
        selected: the trials.
        rows: their cells, see `Plan.cell_rows`.
        settings: the campaign's settings.

    Raises:
        InputError: there are fewer training images than the settings ask for.
    """
    train, evaluated = image_counts(settings)
    budgets, positions = np.unique(selected.epochs, return_inverse=True)
    flops = np.array([row.flops for row in rows], np.float64)[selected.cell]
    learned = np.array(
        [settings.recipe_for(epochs).total_steps(train) * settings.recipe.batch_size for epochs in budgets.tolist()]
    )[positions]
    operations = flops * (TRAINING_FLOPS * learned + evaluated * len(settings.recipe.evaluation_points))
    epochs = int(selected.epochs.sum())
    return Estimate(
        len(selected.cells),
        len(selected),
        float(operations.sum()) / 1e9,
        int(learned.sum()),
        (_TRIAL_BYTES + _RESULT_BYTES) * len(selected) + _LOSS_BYTES * epochs,
        _ROW_BYTES * len(selected) + 4 * epochs,
        # Twice: a new checkpoint is written beside the old one.
        2 * 4 * _CHECKPOINT_VALUES * max(row.parameters for row in rows),
    )


def image_counts(settings: Settings) -> tuple[int, int]:
    """Return the number of training images, and of images in each evaluation.

    Raises:
        InputError: there are fewer training images than the settings ask for.
    """
    recipe = settings.recipe
    training, test = _DATASET_IMAGES[settings.dataset]
    available = training - recipe.validation_size
    train = available if settings.train_images is None else settings.train_images
    if train > available:
        raise InputError(f"train_images is {train:,}, but {settings.dataset} has {available:,} training images")
    sets = (min(recipe.train_evaluation_images, train), recipe.validation_size, test)
    most = settings.evaluation_images
    return train, sum(count if most is None else min(count, most) for count in sets)
