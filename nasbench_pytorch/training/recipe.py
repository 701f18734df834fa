"""Recipe: everything that decides a training, and the presets."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from dataclasses import dataclass
from typing import Any, Literal

from nasbench_pytorch.errors import InputError

OptimizerName = Literal["rmsprop_tf", "rmsprop", "sgd", "adam"]
ScheduleName = Literal["cosine_by_step", "cosine_by_epoch", "cosine_by_time", "stepwise", "constant"]
Precision = Literal["auto", "float32", "tf32", "bfloat16"]


@dataclass(frozen=True)
class Recipe:
    """All that decides a training; the defaults are NAS-Bench-101's.

    Source: training setup of Ying et al. 2019 (arXiv 1902.09635) and the published code.

    Raises:
        InputError: a value is out of range; the message names the field.
    """

    epochs: int = 108
    """Passes over the training images; the table has 4, 12, 36 and 108."""
    batch_size: int = 256
    """Images a step, over all shards."""
    batch_norm_shards: int = 2
    """Equal parts of a batch with batch statistics of their own; the original's two TPU shards. Gradients are
    averaged over them, and the first one's running statistics are the network's."""
    optimizer: OptimizerName = "rmsprop_tf"
    """rmsprop_tf is TensorFlow's (epsilon inside the root, mean square from 1, rate in the momentum buffer)."""
    learning_rate: float = 0.2
    """Effective peak rate (the original's 0.1 × 2 shards), multiplied by nothing."""
    schedule: ScheduleName = "cosine_by_step"
    """How the rate falls; cosine_by_time needs train_seconds."""
    zero_rate_first_step: bool = True
    """Step 0 runs at rate 0: it moves batch-norm statistics and the optimiser's mean square, but no weight."""
    momentum: float = 0.9
    """Momentum of rmsprop_tf, rmsprop and sgd; first beta of adam."""
    rmsprop_decay: float = 0.9
    """What the mean square keeps each step; torch calls it alpha."""
    optimizer_eps: float = 1.0
    """Epsilon of rmsprop_tf (inside the root), rmsprop and adam (outside)."""
    weight_decay: float = 1e-4
    """L2: this × ½‖v‖² over all trainable variables is part of the loss, batch-norm scales and biases included."""
    gradient_clip_norm: float | None = None
    """Largest norm of the cross-entropy's gradient, cut before the L2 term is added; None: no clipping."""
    batch_norm_decay: float = 0.997
    """What running statistics keep of their old value each step; torch's momentum is 1 - this."""
    batch_norm_eps: float = 1e-5
    """Added to the variance before the root."""
    operation_batch_norm_decay: float | None = None
    """Another batch_norm_decay for the vertices' operations; only nasbench-pytorch-1.3 has one."""
    initialization: Literal["tensorflow", "nasbench-pytorch-1.3"] = "tensorflow"
    """Starting weights: the original's, or those of this package's predecessor."""
    augment: bool = True
    """Random crop and flip of training images."""
    crop_padding: int = 4
    """Pixels of 0 around an image before the random crop."""
    horizontal_flip: bool = True
    """Mirror half of the training images."""
    pixel_mean: tuple[float, float, float] = (125.31, 122.95, 113.87)
    """Subtracted from the raw channels (0-255)."""
    pixel_std: tuple[float, float, float] = (62.99, 62.09, 66.70)
    """The raw channels are divided by it (0-255)."""
    partial_batches: bool = False
    """Every epoch ends with a smaller batch, instead of batches that run across epoch borders."""
    validation_size: int = 10_000
    """Images of the training set that are held out; 0 trains on all."""
    split: Literal["file_order", "random"] = "file_order"
    """Which ones are held out: the last, or a random choice."""
    split_seed: int = 0
    """Decides the random choice."""
    train_evaluation_images: int = 10_000
    """Train accuracy is that of the first so many training images."""
    evaluation_points: tuple[float, ...] = (0.0, 0.5, 1.0)
    """Fractions of the training after which it is evaluated; 0 is after the first step. Each one starts the stream of
    batches anew."""
    evaluation_batch_size: int = 256
    """Images a batch in evaluations."""
    evaluation_drop_remainder: bool = True
    """Leave out the last, smaller batch: 39 × 256 = 9,984 of 10,000 images, as in the published accuracies."""
    max_attempts: int = 5
    """Trainings begun, each with new weights, before a NaN loss is recorded as a failure."""
    train_seconds: float | None = None
    """Stop after so many seconds of training, evaluate, and record the run as truncated."""
    precision: Precision = "auto"
    """auto: float32 on a CPU, tf32 on CUDA."""

    def __post_init__(self) -> None:
        at_least_one = ("epochs", "batch_size", "batch_norm_shards", "evaluation_batch_size", "max_attempts")
        for name in at_least_one:
            if getattr(self, name) < 1:
                raise InputError(f"{name} must be at least 1, got {getattr(self, name)}")
        for name in ("learning_rate", "weight_decay", "validation_size", "crop_padding", "optimizer_eps"):
            if getattr(self, name) < 0:
                raise InputError(f"{name} must not be negative, got {getattr(self, name)}")
        for name in ("momentum", "rmsprop_decay", "batch_norm_decay"):
            if not 0 <= getattr(self, name) <= 1:
                raise InputError(f"{name} must be between 0 and 1, got {getattr(self, name)}")
        for name in ("train_seconds", "gradient_clip_norm"):
            value = getattr(self, name)
            if value is not None and value <= 0:
                raise InputError(f"{name} must be positive, or left out for no limit, got {value}")
        if self.batch_size % self.batch_norm_shards:
            raise InputError(
                f"batch_size {self.batch_size} is not divisible by batch_norm_shards {self.batch_norm_shards}; "
                "choose a multiple"
            )
        if not self.evaluation_points or list(self.evaluation_points) != sorted(set(self.evaluation_points)):
            raise InputError(f"evaluation_points must ascend, got {self.evaluation_points}")
        if not 0 <= self.evaluation_points[0] <= self.evaluation_points[-1] == 1:
            raise InputError(f"evaluation_points must lie in [0, 1] and end with 1, got {self.evaluation_points}")
        if self.schedule == "cosine_by_time" and self.train_seconds is None:
            raise InputError("schedule cosine_by_time needs train_seconds, the time over which the rate falls")

    def total_steps(self, num_images: int) -> int:
        """Steps of a training on `num_images` images."""
        return self.steps_at(1.0, num_images)

    def steps_at(self, fraction: float, num_images: int) -> int:
        """Steps done at `fraction` of the training: at 0.5 of 4 epochs over 40,000 images 312, at 1 they are 625."""
        if self.partial_batches:
            return int(fraction * self.epochs * -(-num_images // self.batch_size))
        return int(fraction * self.epochs * num_images / self.batch_size)

    def to_dict(self) -> dict[str, Any]:
        """Every field, with tuples as lists, for JSON."""
        return {key: list(value) if isinstance(value, tuple) else value for key, value in vars(self).items()}

    @classmethod
    def from_dict(cls, value: dict[str, Any]) -> Recipe:
        """The inverse of `to_dict`.

        Raises:
            InputError: names the fields that this version does not know.
        """
        known = {field.name for field in dataclasses.fields(cls)}
        unknown = sorted(set(value) - known)
        if unknown:
            raise InputError(
                f"unknown recipe fields: {', '.join(unknown)}; this version has: {', '.join(sorted(known))}"
            )
        items: dict[str, Any] = {key: tuple(item) if isinstance(item, list) else item for key, item in value.items()}
        return cls(**items)

    def id(self) -> str:
        """Twelve hex digits that two recipes share only if they are equal."""
        text = json.dumps(self.to_dict(), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:12]


PresetName = Literal["nasbench101", "nasbench-pytorch-1.3", "augment", "digits"]

PRESETS: dict[PresetName, Recipe] = {
    "nasbench101": Recipe(),
    # What this package's predecessor did, in the eight places where it differs (see CHANGELOG).
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
    # Not NAS-Bench-101: 1,797 small pictures and a few dozen steps an epoch. With the original's decay the running
    # statistics would still be mostly their initial 0 and 1 at the end.
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
