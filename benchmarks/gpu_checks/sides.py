"""The two sides of a comparison on the device: this package, and nasbench-pytorch 1.3.1."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.predecessor import prepared_predecessor
from benchmarks.worker import Worker

if TYPE_CHECKING:
    from benchmarks.gpu_checks.settings import Settings
    from nasbench_pytorch.space import ModelSpec


LONGEST_ANSWER_S = 150.0
"""A worker that says nothing for so long, compilation included, hangs."""


def own_worker() -> Worker:
    """Start this package's side."""
    return Worker("side_own.py", answer_within_s=LONGEST_ANSWER_S)


def build_own(worker: Worker, settings: Settings, spec: ModelSpec, precision: str, **more: Any) -> None:
    """Let this package's side make the cell's network and take its first step."""
    worker.ask("build", **_common(settings, spec), precision=precision, **more)


def predecessor_worker(settings: Settings) -> Worker:
    """Start the side of 1.3.1."""
    assert settings.predecessor is not None
    python, python_path = prepared_predecessor(Path(settings.predecessor))
    return Worker("side_predecessor.py", python, python_path=python_path, answer_within_s=LONGEST_ANSWER_S)


def build_predecessor(worker: Worker, settings: Settings, spec: ModelSpec, tf32: bool) -> None:
    """Let 1.3.1 make the cell's network and take its first step."""
    worker.ask("build", **_common(settings, spec), tf32=tf32)


def turn(worker: Worker, count: int) -> float:
    """Return the seconds of `count` steps of one side, which keeps no memory between its turns."""
    worker.ask("take_memory")
    seconds: float = worker.ask("steps", count=count)
    worker.ask("give_memory_back")
    return seconds


def _common(settings: Settings, spec: ModelSpec) -> dict[str, Any]:
    cell = spec.pruned()
    common: dict[str, Any] = {"matrix": cell.matrix.tolist(), "ops": list(cell.ops), "threads": 1}
    return common | {"batch_size": settings.batch_size, "device": settings.device, "skeleton": settings.skeleton}
