"""What a plan will cost, before anything starts: operations, hours, disk."""

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
"""Training with validation images, and test images."""

_TRIAL_BYTES, _RESULT_BYTES, _LOSS_BYTES = 75, 800, 9
"""A ledger's, measured (`benchmarks/campaign.py`): of a trial, of its result, and of each epoch in its curve."""

_ROW_BYTES = 120
_CHECKPOINT_VALUES = 3
"""For each parameter of a network: itself and the optimizer's two slots."""


@dataclass(frozen=True)
class Estimate:
    """What a plan will cost.

    Attributes:
        cells: how many cells.
        trials: how many trainings.
        gflop: of all training steps and evaluations, in 10⁹ operations.
        images: that all trainings together learn from.
        ledger_bytes: of the ledger once all is done.
        table_bytes: of its export as `.arrow`.
        checkpoint_bytes: of the largest training in hand, for each worker.
    """

    cells: int
    trials: int
    gflop: float
    images: int
    ledger_bytes: int
    table_bytes: int
    checkpoint_bytes: int

    def hours(self, gflop_per_s: float) -> float:
        """Hours of one worker with this throughput."""
        return self.gflop / gflop_per_s / 3600


def estimate(selected: SelectedTrials, rows: list[CellRow], settings: Settings) -> Estimate:
    """What trials will cost.

    Args:
        selected: the trials.
        rows: their cells, see `Plan.cell_rows`.
        settings: how they are trained.

    Raises:
        InputError: there are fewer training images than the settings ask for.
    """
    train, evaluated = image_counts(settings)
    budgets, where = np.unique(selected.epochs, return_inverse=True)
    flops = np.array([row[4] for row in rows], np.float64)[selected.cell]
    learned = np.array(
        [settings.recipe_for(epochs).total_steps(train) * settings.recipe.batch_size for epochs in budgets.tolist()]
    )[where]
    operations = flops * (TRAINING_FLOPS * learned + evaluated * len(settings.recipe.evaluation_points))
    epochs = int(selected.epochs.sum())
    return Estimate(
        len(selected.cells),
        len(selected),
        float(operations.sum()) / 1e9,
        int(learned.sum()),
        (_TRIAL_BYTES + _RESULT_BYTES) * len(selected) + _LOSS_BYTES * epochs,
        _ROW_BYTES * len(selected) + 4 * epochs,
        # Two, since a new one is written beside the old one.
        2 * 4 * _CHECKPOINT_VALUES * max(row[3] for row in rows),
    )


def image_counts(settings: Settings) -> tuple[int, int]:
    """Images to learn from, and images in each evaluation.

    Raises:
        InputError: there are fewer training images than the settings ask for.
    """
    recipe = settings.recipe
    learning, test = _DATASET_IMAGES[settings.dataset]
    available = learning - recipe.validation_size
    train = available if settings.train_images is None else settings.train_images
    if train > available:
        raise InputError(f"train_images is {train:,}, but {settings.dataset} has {available:,} training images")
    sets = (min(recipe.train_evaluation_images, train), recipe.validation_size, test)
    most = settings.evaluation_images
    return train, sum(count if most is None else min(count, most) for count in sets)
