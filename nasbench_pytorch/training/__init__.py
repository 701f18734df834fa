"""Network, recipe and images in, result out. The names here load torch only when they are used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nasbench_pytorch.lazy import lazy_exports
from nasbench_pytorch.training.recipe import PRESETS, Recipe

if TYPE_CHECKING:
    from nasbench_pytorch.training.optimizers import RMSpropTF
    from nasbench_pytorch.training.trainer import StepResult, Trainer

__all__ = ["PRESETS", "RMSpropTF", "Recipe", "StepResult", "Trainer"]

__getattr__ = lazy_exports(
    __name__,
    {
        "RMSpropTF": "optimizers",
        "StepResult": "trainer",
        "Trainer": "trainer",
    },
)
