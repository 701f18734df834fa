"""Records that sub-packages exchange: evaluations of a network, and the result of a training."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.shapes import checked_record

RunStatus = Literal["complete", "truncated", "failed"]
"""complete: trained to the end. truncated: stopped by the time limit. failed: NaN loss in every attempt."""


@dataclass(frozen=True)
class Evaluation:
    """Accuracies of a network at one point of its training.

    Attributes:
        epochs: epochs trained so far; 0 for the evaluation after the first step, which runs at learning rate 0 and
            changes no weight.
        steps: steps taken so far, including that first step.
        training_time_s: seconds spent in training steps so far; evaluation and saving are not counted.
        train_accuracy: fraction in [0, 1] on the first training images, without augmentation.
        validation_accuracy: fraction on the validation images; None if there are none.
        test_accuracy: fraction on the test images.
        train_loss: mean cross-entropy on the images of `train_accuracy`, without the L2 term.
        validation_loss: mean cross-entropy on the validation images; None if there are none.
        test_loss: mean cross-entropy on the test images.
    """

    epochs: float
    steps: int
    training_time_s: float
    train_accuracy: float
    validation_accuracy: float | None
    test_accuracy: float
    train_loss: float
    validation_loss: float | None
    test_loss: float


def check_accuracies(evaluation: Evaluation, name: str) -> None:
    """Refuse an accuracy outside 0 to 1, or a negative count or time.

    Args:
        evaluation: an evaluation from a file.
        name: its name in messages.

    Raises:
        InputError: a number is out of range; the message names the field.
    """
    for field_name, value in vars(evaluation).items():
        if value is None or field_name.endswith("_loss"):
            continue
        highest = 1.0 if field_name.endswith("_accuracy") else math.inf
        if not 0 <= value <= highest:
            allowed = "from 0 to 1" if highest == 1 else "at least 0"
            raise InputError(f"{name}.{field_name} must be {allowed}, got {value!r}")


@dataclass(frozen=True, repr=False)
class RunResult:
    """Result of one training; the content of `results.json`.

    Attributes:
        spec: `{"matrix": …, "ops": …}` of the unpruned cell.
        hash: the cell's isomorphism-invariant hash; None where the cell has operations that NAS-Bench-101 lacks.
        skeleton: the network around the cell, field by field.
        recipe: the recipe, field by field.
        data: name, source and sizes of the data set.
        seed: seed of the initial weights and the batches.
        status: see `RunStatus`.
        trainable_parameters: number of trainable parameters.
        evaluations: evaluations in chronological order.
        attempts: number of trainings started; above 1 only after a NaN loss.
        training_time_s: seconds in training steps of the last attempt.
        total_time_s: seconds in total, evaluation and failed attempts included.
        environment: device, precision, threads, hardware and versions.
    """

    spec: dict[str, Any]
    hash: str | None
    skeleton: dict[str, int]
    recipe: dict[str, Any]
    data: dict[str, Any]
    seed: int
    status: RunStatus
    trainable_parameters: int
    evaluations: list[Evaluation]
    attempts: int
    training_time_s: float
    total_time_s: float
    environment: dict[str, Any] = field(default_factory=dict)

    def __repr__(self) -> str:
        """The main facts on one line; `to_dict` has all of them."""
        last = self.evaluations[-1] if self.evaluations else None
        facts = {
            "hash": self.hash,
            "status": self.status,
            "data": self.data.get("name"),
            "epochs": self.recipe.get("epochs"),
            "seed": self.seed,
            "validation_accuracy": None if last is None else last.validation_accuracy,
            "test_accuracy": None if last is None else last.test_accuracy,
            "training_time_s": round(self.training_time_s, 1),
        }
        return f"RunResult({', '.join(f'{name}={value!r}' for name, value in facts.items())}, ...)"

    def _repr_html_(self) -> str:
        """Return cell, status, times and evaluations for notebooks."""
        from nasbench_pytorch.markup import element
        from nasbench_pytorch.result_markup import evaluations_table, facts_of_result
        from nasbench_pytorch.space.drawing import drawn_cell
        from nasbench_pytorch.space.spec import ModelSpec

        cell = drawn_cell(ModelSpec.from_dict(self.spec), small=True)
        facts = element("div", facts_of_result(self), evaluations_table(self.evaluations))
        return element("div", cell, facts, style="display:flex;flex-wrap:wrap;gap:2em;align-items:flex-start")

    def to_dict(self) -> dict[str, Any]:
        """Return the result as dicts, lists and numbers, for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, value: dict[str, Any]) -> RunResult:
        """Make a result from the dict of `to_dict`; unknown keys of later versions are ignored.

        Raises:
            InputError: a key is missing or a value has another type; the message names the field.
        """
        return checked_record(cls, value)
