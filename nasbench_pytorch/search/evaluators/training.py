"""Training evaluator: every evaluation trains a network, in real seconds."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from typing_extensions import override

from nasbench_pytorch.datasets.images import ImageData
from nasbench_pytorch.errors import InputError
from nasbench_pytorch.search.candidates import Candidates
from nasbench_pytorch.search.evaluators.base import Answer, RandomEvaluator
from nasbench_pytorch.search.evaluators.source import EvaluatorSource
from nasbench_pytorch.space.enumerate import nasbench101_space
from nasbench_pytorch.space.skeleton import Skeleton
from nasbench_pytorch.training import load_data, run_training
from nasbench_pytorch.training.recipe import PRESETS, Recipe
from nasbench_pytorch.training.task import Execution, Task

if TYPE_CHECKING:
    from nasbench_pytorch.search.proposals import Proposal

DIGITS_RECIPE = dataclasses.replace(PRESETS["digits"], epochs=2)
DIGITS_SKELETON = Skeleton(stem_out_channels=8, num_stacks=2, num_modules_per_stack=1)
"""Recipe and network with which one CPU core trains a cell on the digits in one to two seconds."""


@dataclass(eq=False)
class TrainingSource(EvaluatorSource):
    """Source of evaluators that train each proposed cell.

    Attributes:
        dataset: `digits` or `cifar10`.
        data_root: folder with CIFAR-10; see `load_data`.
        recipe: how to train; a proposal's epochs replace the recipe's.
        skeleton: network around the cells.
        device: see `Execution`.
        threads: CPU threads of a training; see `Execution`.
    """

    dataset: Literal["digits", "cifar10"] = "digits"
    data_root: Path | None = None
    recipe: Recipe = DIGITS_RECIPE
    skeleton: Skeleton = DIGITS_SKELETON
    device: str = "auto"
    threads: int | None = None
    _data: ImageData | None = field(default=None, repr=False)

    is_slow = True

    def __getstate__(self) -> dict[str, Any]:
        return {**vars(self), "_data": None}

    @property
    def default_epochs(self) -> int:  # type: ignore[override]
        """The recipe's epochs."""
        return self.recipe.epochs

    @property
    def data(self) -> ImageData:
        """The images, loaded once."""
        if self._data is None:
            self._data = load_data(self.dataset, self.recipe, self.data_root)
        return self._data

    @override
    def candidates(self, epochs: tuple[int, ...]) -> Candidates:
        if self.recipe.validation_size == 0:
            raise InputError("the recipe has validation_size=0, and a search needs validation images; set it above 0")
        return Candidates(nasbench101_space())

    @override
    def make(self, epochs: tuple[int, ...], seed: int) -> TrainingEvaluator:
        return TrainingEvaluator(self, epochs, seed)

    @override
    def about(self) -> dict[str, Any]:
        return {
            "evaluate": "training",
            "dataset": self.dataset,
            "recipe": self.recipe.to_dict(),
            "skeleton": dict(vars(self.skeleton)),
        }


class TrainingEvaluator(RandomEvaluator):
    """Evaluator that trains the proposed cell from new weights, and returns its last validation accuracy.

    The accuracy of a training that fails with NaN losses is 0. The test accuracy is kept for the record, and no
    algorithm sees it.

    Args:
        source: images, recipe and network.
        epochs: the budgets of the search.
        seed: seed of the generator that draws a seed for each training.
    """

    def __init__(self, source: TrainingSource, epochs: tuple[int, ...], seed: int) -> None:
        super().__init__(source.candidates(epochs), epochs, seed)
        self.source = source

    @override
    def evaluate(self, proposal: Proposal) -> Answer:
        source = self.source
        recipe = dataclasses.replace(source.recipe, epochs=proposal.epochs)
        seed = int(self.rng.integers(2**31))
        task = Task(self.candidates.spec(proposal.position), source.data, recipe, source.skeleton, seed)
        result = run_training(task, Execution(source.device, source.threads), reporter="none").result
        if result.status == "failed" or not result.evaluations:
            return Answer(0.0, result.training_time_s)
        last = result.evaluations[-1]
        assert last.validation_accuracy is not None
        return Answer(last.validation_accuracy, result.training_time_s, test_accuracy=last.test_accuracy)
