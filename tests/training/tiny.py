"""A training that takes a fraction of a second: digits, a narrow network, a few dozen steps."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

from nasbench_pytorch.datasets.digits import load_digits
from nasbench_pytorch.space import ModelSpec, Skeleton, named_cell
from nasbench_pytorch.training import PRESETS, Recipe, Run, run_training

if TYPE_CHECKING:
    from nasbench_pytorch.datasets.images import ImageData

SPEC: ModelSpec = named_cell("resnet20").spec
SKELETON = Skeleton(stem_out_channels=4, num_stacks=2, num_modules_per_stack=1)


@cache
def tiny_data() -> ImageData:
    """The first digits of each set."""
    data = load_digits()
    return replace(
        data,
        train=data.train.take(160),
        train_eval=data.train.take(40),
        validation=data.validation.take(40),
        test=data.test.take(40),
    )


def tiny_recipe(**changes: Any) -> Recipe:
    """Two epochs of five steps over two shards."""
    return replace(PRESETS["digits"], **{"epochs": 4, "batch_norm_shards": 2, **changes})


def train_tiny(recipe: Recipe | None = None, **arguments: Any) -> Run:
    """Train the tiny network."""
    settings: dict[str, Any] = {"skeleton": SKELETON, "device": "cpu", "progress": "none", **arguments}
    return run_training(SPEC, tiny_data(), recipe or tiny_recipe(), **settings)
