"""Time of a training step by kind of work."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch.profiler import ProfilerActivity, profile, record_function

INPUT_REGION = "nasbench_pytorch.input"
"""Name of the profiler's region in which a batch is made; see `torch.profiler.record_function`."""

_STEP_REGION = "nasbench_pytorch.step"

KINDS = ("convolution", "batch norm", "pooling", "elementwise", "optimiser", "input", "between operations")
"""The kinds of work. Elementwise: ReLU, sums, concatenation, copies, and the small cost of classifier and loss.
Optimiser: includes the L2 term. Between operations: Python and autograd's bookkeeping."""

# Part of an operation's name → kind of the operation and everything within it. Outside the optimiser's step, only
# running statistics are copied.
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
    """Measure the seconds of one step by kind of work, with torch's profiler, which slows a step slightly.

    Args:
        step: takes a step, and makes its batch within `record_function(INPUT_REGION)`; it is called once more before
            the measurement.
        device: on a GPU, device time is counted instead of host time, and no time is between operations.
        steps: number of steps to average over.

    Returns:
        Seconds for each of `KINDS`, in that order.
    """
    step()
    os.environ.setdefault("KINETO_LOG_LEVEL", "99")  # silences the profiler on stderr
    activities = [ProfilerActivity.CPU, *([ProfilerActivity.CUDA] if device.type == "cuda" else [])]
    with profile(activities=activities) as recorded:
        for _ in range(steps):
            with record_function(_STEP_REGION):
                step()
    return {kind: total / steps for kind, total in seconds_by_kind(recorded.events() or [], device).items()}


def seconds_by_kind(events: Iterable[Any], device: torch.device) -> dict[str, float]:
    """Add up the time of recorded steps by kind.

    On a CPU a step's operations are within its region. On a GPU the backward pass runs in a thread of its own, outside
    the region, so every operation of the host counts. The record then also has an event for each kernel, whose time is
    counted at the operation that started it.

    Args:
        events: what torch's profiler recorded.
        device: device of the steps.
    """
    seconds = dict.fromkeys(KINDS, 0.0)
    on_cpu = device.type == "cpu"
    for event in events:
        counts = event.name == _STEP_REGION if on_cpu else event.device_type.name == "CPU"
        if counts and event.cpu_parent is None:
            _add(event, None, "self_cpu_time_total" if on_cpu else "self_device_time_total", seconds)
    return seconds


def _add(event: Any, inherited: str | None, clock: str, seconds: dict[str, float]) -> None:
    """Add the time of the event and of the events within it; those within a marked operation have its kind."""
    marked = inherited or next((kind for mark, kind in _MARKS.items() if mark in event.name), None)
    kind = marked or ("elementwise" if event.name.startswith("aten::") else "between operations")
    seconds[kind] += getattr(event, clock) / 1e6
    for child in event.cpu_children:
        _add(child, marked, clock, seconds)
