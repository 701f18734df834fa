"""Network, recipe and images in, result out. The names here load torch only when they are used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nasbench_pytorch.lazy import lazy_exports
from nasbench_pytorch.training.recipe import PRESETS, Recipe

if TYPE_CHECKING:
    from nasbench_pytorch.training.loop.data import load_data
    from nasbench_pytorch.training.loop.evaluation import evaluate
    from nasbench_pytorch.training.loop.optimizers import RMSpropTF
    from nasbench_pytorch.training.loop.sample_metrics import sample_metrics
    from nasbench_pytorch.training.loop.step import StepResult, Trainer
    from nasbench_pytorch.training.output.run_folder import Run, load_run
    from nasbench_pytorch.training.reevaluation import evaluate_run
    from nasbench_pytorch.training.run import run_training
    from nasbench_pytorch.training.runtime.distributed import join_world
    from nasbench_pytorch.training.runtime.interrupts import Interrupted
    from nasbench_pytorch.training.throughput.measure import Throughput, measure_throughput

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
        "Interrupted": "runtime.interrupts",
        "RMSpropTF": "loop.optimizers",
        "Run": "output.run_folder",
        "StepResult": "loop.step",
        "Throughput": "throughput.measure",
        "Trainer": "loop.step",
        "evaluate": "loop.evaluation",
        "evaluate_run": "reevaluation",
        "join_world": "runtime.distributed",
        "load_data": "loop.data",
        "load_run": "output.run_folder",
        "measure_throughput": "throughput.measure",
        "run_training": "run",
        "sample_metrics": "loop.sample_metrics",
    },
)
