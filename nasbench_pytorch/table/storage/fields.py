"""The fields of a row: names, meaning and units. The file, the queries and the documentation use this one list.

A training is evaluated three times: at the start (after the first step, whose rate is 0), at half of its epochs and
at its end. The name of a field begins with the stage; final evaluations, the most common choice, have no prefix.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.suggestions import did_you_mean

START, HALFWAY, FINAL = "start_", "halfway_", ""
STAGES: tuple[str, ...] = (START, HALFWAY, FINAL)
"""The three evaluations of a training, in the order of the original's `evaluation_data`."""

EVALUATION_FIELDS: tuple[str, ...] = (
    "current_epoch",
    "training_time",
    "train_accuracy",
    "validation_accuracy",
    "test_accuracy",
)
"""Fields of one evaluation, in the order of their protobuf numbers, 1 to 5."""

ROW_FIELDS: tuple[str, ...] = (*(stage + name for stage in STAGES for name in EVALUATION_FIELDS), "total_time")
"""The 16 numbers of a row, in the order in which a record stores them."""

METRICS: tuple[str, ...] = EVALUATION_FIELDS[1:]
"""Metrics in the answer to a query, of the halfway or the final evaluation."""


@dataclass(frozen=True)
class FieldDescription:
    """Meaning of a field of the table.

    Attributes:
        name: as in `query`, `lookup`, `best`, `to_arrow`.
        unit: unit of the value, or its kind.
        meaning: one sentence.
    """

    name: str
    unit: str
    meaning: str

    def without_values(self) -> FieldDescription:
        """Return the description of the field in a table that lacks it."""
        return FieldDescription(self.name, self.unit, f"{self.meaning} (absent from this table)")


_STAGE_MEANING = {
    START: "at the start, after one step at rate 0",
    HALFWAY: "at half of the epochs",
    FINAL: "at the end of the training",
}
_EVALUATION_MEANING = {
    "current_epoch": ("epochs", "epochs trained so far"),
    "training_time": ("s", "time trained so far, evaluations and checkpoints excluded"),
    "train_accuracy": ("fraction", "accuracy on the first {images} training images, not augmented"),
    "validation_accuracy": ("fraction", "accuracy on {images} validation images"),
    "test_accuracy": ("fraction", "accuracy on {images} test images"),
}
ORIGINAL_EVALUATION_IMAGES = 9984
"""39 full batches of 256 of the 10,000 images of each set."""

_CAMPAIGN_FIELDS = {
    "status": ("word", "complete, truncated by a time limit, or failed"),
    "seed": ("number", "the training's seed"),
    "attempts": ("count", "attempts of the recipe; all but the last ended with a NaN loss"),
    "recipe_id": ("12 hex digits", "rows with the same id can be repeated on each other's machines, bit for bit"),
    "hardware": ("words", "device, precision and threads of the training"),
    "versions": ("words", "versions of the software of the training"),
    "curve": ("loss by epoch", "mean training loss of each epoch"),
    "failure": ("word", "reason of the failure"),
}
"""Unit and meaning of the extra columns that a campaign's export adds to rows."""

_CELL_FIELDS = (
    FieldDescription("hash", "32 hex digits", "isomorphism-invariant MD5 of the cell"),
    FieldDescription("module_adjacency", "V×V 0/1", "the stored cell's matrix, row = source, column = destination"),
    FieldDescription("module_operations", "V names", "the stored cell's operations, from input to output"),
    FieldDescription("trainable_parameters", "parameters", "trainable parameters of the cell's network"),
    FieldDescription("epochs", "epochs", "the training's budget: its planned number of epochs"),
    FieldDescription("repeat", "index", "which of the trainings of this cell and budget, from 0"),
)


def describe(
    images_of: Callable[[str], int] = lambda name: ORIGINAL_EVALUATION_IMAGES, extra_columns: Sequence[str] = ()
) -> tuple[FieldDescription, ...]:
    """Return every field of a table with its unit and meaning.

    Args:
        images_of: number of evaluation images of an accuracy, by field; by default the published table's.
        extra_columns: names of the table's extra columns.
    """
    rows = [
        FieldDescription(
            stage + name, unit, f"{meaning}, {_STAGE_MEANING[stage]}".format(images=f"{images_of(name):,}")
        )
        for stage in STAGES
        for name, (unit, meaning) in _EVALUATION_MEANING.items()
    ]
    total = FieldDescription("total_time", "s", "time of the whole job, evaluations included")
    unknown = ("", "an extra column of this table; its author knows the meaning")
    extra = [FieldDescription(name, *_CAMPAIGN_FIELDS.get(name, unknown)) for name in extra_columns]
    return (*_CELL_FIELDS, *rows, total, *extra)


def is_accuracy(name: str) -> bool:
    """Return whether the row field `name` is a fraction of the evaluation images."""
    return name.endswith("_accuracy")


def check_metric(name: str, extra_columns: tuple[str, ...] = ()) -> str:
    """Return `name` if it is a numeric field of rows.

    Args:
        name: a field of the row.
        extra_columns: names of the table's numeric extra columns.

    Raises:
        InputError: there is no such field; the message lists the fields.
    """
    allowed = (*ROW_FIELDS, *extra_columns)
    if name not in allowed:
        raise InputError(f"unknown metric '{name}'; metrics: {', '.join(allowed)}{did_you_mean(name, allowed)}")
    return name
