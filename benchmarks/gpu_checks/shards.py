"""Two batch-norm shards on one card: the same step as two replicas, and one card for one process."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING
from unittest import mock

import torch

from benchmarks.gpu_checks.findings import first_line
from nasbench_pytorch.devices import resolve_device
from nasbench_pytorch.errors import InputError
from nasbench_pytorch.training import Recipe, Trainer
from nasbench_pytorch.training.runtime.join import device_of
from nasbench_pytorch.training.runtime.process_group import ProcessGroup
from tests.golden.goldens import CELL_NAMES, batch, golden_cell
from tests.helpers.replicas import replicas_step

if TYPE_CHECKING:
    from benchmarks.gpu_checks.findings import Findings

LIMIT = 1e-8
"""Of the relative error of a gradient in float64, as in tests/training/loop/test_shards.py."""


def run(findings: Findings) -> None:
    """Compare, and see that two processes cannot take the same card."""
    device = resolve_device(findings.settings.device)
    for name in CELL_NAMES[:1] if findings.settings.tiny else CELL_NAMES:
        findings.check(f"two shards beside two replicas, {name}", replicas_error(name, device), LIMIT)
    if device.type == "cuda" and torch.cuda.device_count() == 1:
        _check_refusal(findings)
    else:
        findings.leave_out("two processes on one card", "the machine does not have exactly one card")


def replicas_error(name: str, device: torch.device, shards: int = 2) -> float:
    """Return the largest relative error of a float64 step's loss and gradients, beside one network for each shard."""
    network = golden_cell(name).build("pert").to(device)
    loss, gradients, _ = replicas_step(network, shards)
    trainer = Trainer(network, Recipe(batch_size=8, batch_norm_shards=shards), total_steps=10)
    result = trainer.step(*batch(0, device=device))
    errors = [abs(result.loss.item() - loss) / loss]
    for parameter, gradient in zip(network.parameters(), gradients, strict=True):
        assert parameter.grad is not None
        errors.append(((parameter.grad - gradient).norm() / gradient.norm().clamp_min(1e-300)).item())
    return max(errors)


def _check_refusal(findings: Findings) -> None:
    """See that two processes on a machine with one card are refused with one line, instead of waiting for ever."""
    group = ProcessGroup()
    group.size = 2
    with mock.patch.dict(os.environ, {"LOCAL_WORLD_SIZE": "2", "LOCAL_RANK": "1"}):
        try:
            chosen = device_of(group, "cuda")
        except InputError as error:
            findings.add("two processes on one card", first_line(error))
        else:
            findings.fail("two processes on one card", f"were not refused; the second one would train on {chosen}")
