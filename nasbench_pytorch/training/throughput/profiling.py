"""Where the time of a training step goes, by kind of work."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import torch
from torch.profiler import ProfilerActivity, profile, record_function

INPUT_REGION = "nasbench_pytorch.input"
"""Name of the profiler's region around the making of a batch; see `torch.profiler.record_function`."""

_STEP_REGION = "nasbench_pytorch.step"

KINDS = ("convolution", "batch norm", "pooling", "elementwise", "optimiser", "input", "between operations")
"""The kinds of work. Elementwise: ReLU, sums, concatenation, copies, and the little that classifier and loss cost.
Optimiser: with the L2 term. Between operations: Python and autograd's bookkeeping."""

# What an operation's name contains, and the kind of everything within it; outside the optimiser's step, what is copied
# are running statistics.
_MARKS = {
    INPUT_REGION: "input",
    "Optimizer.": "optimiser",
    "_foreach_copy_": "batch norm",
    "_foreach_": "optimiser",
    "conv": "convolution",
    "batch_norm": "batch norm",
    "pool": "pooling",
}


def profile_steps(step: Callable[[], object], device: torch.device, steps: int = 1) -> dict[str, float]:
    """Seconds of one step by kind of work, from torch's profiler, which makes a step somewhat slower.

    Args:
        step: takes a step, its batch made within `record_function(INPUT_REGION)`; called once more beforehand.
        device: on a GPU, its time is counted instead of the host's, and nothing lies between operations.
        steps: how many to average over.

    Returns:
        A value for each of `KINDS`, in that order.
    """
    step()
    os.environ.setdefault("KINETO_LOG_LEVEL", "99")  # else the profiler announces its start and end on stderr
    activities = [ProfilerActivity.CPU, *([ProfilerActivity.CUDA] if device.type == "cuda" else [])]
    with profile(activities=activities) as recorded:
        for _ in range(steps):
            with record_function(_STEP_REGION):
                step()
    seconds = dict.fromkeys(KINDS, 0.0)
    for event in recorded.events() or []:
        if event.name == _STEP_REGION and event.cpu_parent is None:
            _add(event, None, "self_cpu_time_total" if device.type == "cpu" else "self_device_time_total", seconds)
    return {kind: total / steps for kind, total in seconds.items()}


def _add(event: Any, inherited: str | None, clock: str, seconds: dict[str, float]) -> None:
    """Add the event's own time and that of all within it; within a marked operation everything is of its kind."""
    kind = inherited or next((kind for mark, kind in _MARKS.items() if mark in event.name), None)
    own = kind or ("elementwise" if event.name.startswith("aten::") else "between operations")
    seconds[own] += getattr(event, clock) / 1e6
    for child in event.cpu_children:
        _add(child, kind, clock, seconds)
