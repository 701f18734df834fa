"""Network, recipe and images in, result out. The names here load torch only when they are used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nasbench_pytorch.lazy import lazy_exports
from nasbench_pytorch.training.recipe import PRESETS, Recipe

if TYPE_CHECKING:
    from nasbench_pytorch.training.data import load_data
    from nasbench_pytorch.training.distributed import join_world
    from nasbench_pytorch.training.evaluation import evaluate
    from nasbench_pytorch.training.interrupts import Interrupted
    from nasbench_pytorch.training.optimizers import RMSpropTF
    from nasbench_pytorch.training.reevaluation import evaluate_run
    from nasbench_pytorch.training.run import run_training
    from nasbench_pytorch.training.run_folder import Run, load_run
    from nasbench_pytorch.training.sample_metrics import sample_metrics
    from nasbench_pytorch.training.throughput import Throughput, measure_throughput
    from nasbench_pytorch.training.trainer import StepResult, Trainer

__all__ = [
    "PRESETS",
    "Interrupted",
    "RMSpropTF",
    "Recipe",
    "Run",
    "StepResult",
    "Throughput",
    "Trainer",
    "evaluate",
    "evaluate_run",
    "join_world",
    "load_data",
    "load_run",
    "measure_throughput",
    "run_training",
    "sample_metrics",
]

__getattr__ = lazy_exports(
    __name__,
    {
        "Interrupted": "interrupts",
        "RMSpropTF": "optimizers",
        "Run": "run_folder",
        "StepResult": "trainer",
        "Throughput": "throughput",
        "Trainer": "trainer",
        "evaluate": "evaluation",
        "evaluate_run": "reevaluation",
        "join_world": "distributed",
        "load_data": "data",
        "load_run": "run_folder",
        "measure_throughput": "throughput",
        "run_training": "run",
        "sample_metrics": "sample_metrics",
    },
)
