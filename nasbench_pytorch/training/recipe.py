"""Recipe: everything that decides how a network is trained, and the presets."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from dataclasses import dataclass
from typing import Any, Literal

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.shapes import checked_record
from nasbench_pytorch.suggestions import did_you_mean
from nasbench_pytorch.training.recipe_checks import check_recipe

OptimizerName = Literal["rmsprop_tf", "rmsprop", "sgd", "adam"]
ScheduleName = Literal["cosine_by_step", "cosine_by_epoch", "cosine_by_time", "stepwise", "constant"]
Precision = Literal["auto", "float32", "tf32", "bfloat16"]


@dataclass(frozen=True)
class Recipe:
    """How to train a network; the defaults are NAS-Bench-101's.

    Source: training setup of Ying et al. 2019 (arXiv 1902.09635) and the published code.

    Raises:
        InputError: a value is out of range; the message names the field.
    """

    epochs: int = 108
    """Passes over the training images; the table has 4, 12, 36 and 108."""
    batch_size: int = 256
    """Images a step, over all shards."""
    batch_norm_shards: int = 2
    """Equal parts of a batch, each with its own batch statistics, as on the original's two TPU shards. Gradients are
    averaged over the shards, and the network keeps the first shard's running statistics."""
    optimizer: OptimizerName = "rmsprop_tf"
    """rmsprop_tf is TensorFlow's (epsilon inside the root, mean square from 1, rate in the momentum buffer)."""
    learning_rate: float = 0.2
    """Effective peak rate, which nothing multiplies; the original's 0.1 × 2 shards."""
    schedule: ScheduleName = "cosine_by_step"
    """Decay of the rate; cosine_by_time needs train_seconds."""
    zero_rate_first_step: bool = True
    """Run step 0 at rate 0: it changes batch-norm statistics and the optimiser's mean square, but no weight."""
    momentum: float = 0.9
    """Momentum of rmsprop_tf, rmsprop and sgd; first beta of adam."""
    rmsprop_decay: float = 0.9
    """Share of the mean square that each step keeps; torch calls it alpha."""
    optimizer_eps: float = 1.0
    """Epsilon of rmsprop_tf (inside the root), rmsprop and adam (outside)."""
    weight_decay: float = 1e-4
    """L2: this × ½‖v‖² over all trainable variables is part of the loss, batch-norm scales and biases included."""
    gradient_clip_norm: float | None = None
    """Largest norm of the cross-entropy's gradient, clipped before the L2 term is added; None: no clipping."""
    batch_norm_decay: float = 0.997
    """Share of the running statistics that each step keeps; torch's momentum is 1 - this."""
    batch_norm_eps: float = 1e-5
    """Epsilon of batch norms, added to the variance before the root."""
    operation_batch_norm_decay: float | None = None
    """Different batch_norm_decay for the vertices' operations; only the preset nasbench-pytorch-1.3 has one."""
    initialization: Literal["tensorflow", "nasbench-pytorch-1.3"] = "tensorflow"
    """Distribution of the initial weights: the original's, or that of this package's predecessor."""
    augment: bool = True
    """Random crop and flip of training images."""
    crop_padding: int = 4
    """Width in pixels of the border of 0 that is added before the random crop."""
    horizontal_flip: bool = True
    """Mirror training images at random, half of them on average."""
    pixel_mean: tuple[float, float, float] = (125.31, 122.95, 113.87)
    """Subtracted from the raw channels (0-255)."""
    pixel_std: tuple[float, float, float] = (62.99, 62.09, 66.70)
    """Divides the raw channels (0-255)."""
    partial_batches: bool = False
    """End every epoch with a smaller batch, instead of letting batches run across epoch borders."""
    validation_size: int = 10_000
    """Training images to hold out for validation; 0 trains on all."""
    split: Literal["file_order", "random"] = "file_order"
    """Images to hold out: the last ones, or a random choice."""
    split_seed: int = 0
    """Seed of the random choice."""
    train_evaluation_images: int = 10_000
    """Number of training images, the first ones, on which train accuracy is measured."""
    evaluation_points: tuple[float, ...] = (0.0, 0.5, 1.0)
    """Fractions of the training after which to evaluate; 0 is after the first step. Each evaluation restarts the stream
    of batches."""
    evaluation_batch_size: int = 256
    """Images a batch in evaluations."""
    evaluation_drop_remainder: bool = True
    """Leave out the last, smaller batch of an evaluation: 39 × 256 = 9,984 of 10,000 images, as in the published
    accuracies."""
    max_attempts: int = 5
    """Attempts, each with new weights, before a NaN loss is recorded as a failure."""
    train_seconds: float | None = None
    """Seconds of training after which to stop, evaluate and record the run as truncated; None: no limit."""
    precision: Precision = "auto"
    """Precision of convolutions and products; auto: float32 on a CPU, tf32 on CUDA."""

    def __post_init__(self) -> None:
        check_recipe(self)

    def total_steps(self, num_images: int) -> int:
        """Return the number of steps of a training on `num_images` images."""
        return self.steps_at(1.0, num_images)

    def steps_at(self, fraction: float, num_images: int) -> int:
        """Return the steps at `fraction` of the training: 312 at 0.5 of 4 epochs over 40,000 images, 625 at 1."""
        if self.partial_batches:
            return int(fraction * self.epochs * -(-num_images // self.batch_size))
        return int(fraction * self.epochs * num_images / self.batch_size)

    def to_dict(self) -> dict[str, Any]:
        """Return every field, with tuples as lists, for JSON."""
        return {key: list(value) if isinstance(value, tuple) else value for key, value in vars(self).items()}

    @classmethod
    def from_dict(cls, value: dict[str, Any]) -> Recipe:
        """Make a recipe from the result of `to_dict`.

        Raises:
            InputError: this version does not know a field, or a value has another type; the message names the field.
        """
        known = {field.name for field in dataclasses.fields(cls)}
        unknown = sorted(set(value) - known) if isinstance(value, dict) else []
        if unknown:
            raise InputError(
                f"unknown recipe fields: {', '.join(unknown)}; this version has: {', '.join(sorted(known))}"
                f"{did_you_mean(unknown[0], known)}"
            )
        return checked_record(cls, value, "recipe")

    def id(self) -> str:
        """Return twelve hex digits that only equal recipes share."""
        text = json.dumps(self.to_dict(), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:12]


PresetName = Literal["nasbench101", "nasbench-pytorch-1.3", "augment", "digits"]

PRESETS: dict[PresetName, Recipe] = {
    "nasbench101": Recipe(),
    # The recipe of this package's predecessor, which differs in eight points (see CHANGELOG).
    "nasbench-pytorch-1.3": Recipe(
        batch_norm_shards=1,
        optimizer="rmsprop",
        rmsprop_decay=0.99,
        schedule="cosine_by_epoch",
        zero_rate_first_step=False,
        gradient_clip_norm=5.0,
        batch_norm_decay=0.003,
        operation_batch_norm_decay=0.9,
        initialization="nasbench-pytorch-1.3",
        pixel_mean=(0.4914 * 255, 0.4822 * 255, 0.4465 * 255),
        pixel_std=(0.2023 * 255, 0.1994 * 255, 0.2010 * 255),
        partial_batches=True,
        evaluation_points=(1.0,),
        evaluation_drop_remainder=False,
    ),
    # The original's longer training of its best cell on all images, tested every 5 of 200 epochs.
    "augment": Recipe(
        epochs=200,
        schedule="stepwise",
        validation_size=0,
        evaluation_points=tuple(i / 40 for i in range(1, 41)),
    ),
    # Not NAS-Bench-101: 1,797 small images and a few dozen steps an epoch. With the original's decay the running
    # statistics would still be close to their initial 0 and 1 at the end.
    "digits": Recipe(
        epochs=12,
        batch_size=32,
        batch_norm_shards=1,
        learning_rate=0.05,
        batch_norm_decay=0.9,
        crop_padding=2,
        horizontal_flip=False,
        pixel_mean=(77.84, 77.84, 77.84),
        pixel_std=(95.88, 95.88, 95.88),
        validation_size=297,
        train_evaluation_images=300,
        evaluation_drop_remainder=False,
    ),
}
"""Named recipes: the default, the predecessor's, the original's `augment`, and the one for `--dataset digits`."""
