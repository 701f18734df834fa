"""Logits and loss of a first training step on the device, in each precision, beside the original's.

All distances are to the original's numbers in float64. In float32 a card may be twice as far from them as the
original's own float32 numbers are, on the cell where these are farthest. The limit of the tests on a CPU is for one
thread, whose sums have the original's order; with two threads, or on a card, the order is another one, and the rounding
error of a logit changes by a factor of two. For tf32 and bfloat16 there are no golden numbers. The limit is three times
the largest error, over all cells, that the same networks have on a CPU in that precision: in bfloat16 as torch computes
it there, in tf32 with convolutions that round their factors to tf32.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from benchmarks.gpu_checks.rounded import with_tf32_convolutions
from nasbench_pytorch.devices import resolve_device
from nasbench_pytorch.training import Recipe, Trainer
from nasbench_pytorch.training.runtime.device import apply_precision
from tests.golden.forward import logits_and_loss
from tests.golden.goldens import CELL_NAMES, Array, GoldenCell, batch, golden_cell

if TYPE_CHECKING:
    from benchmarks.gpu_checks.findings import Findings

ALLOWED_TIMES_CPU = 3.0
ALLOWED_TIMES_ORIGINAL = 2.0
LOSS_ROUNDING = 2.5e-7 / 3e-6
"""Of a loss, what counts as much as an absolute error of 1: the tests allow 3e-6 + 2.5e-7 × loss, since a large loss is
rounded to fewer decimals."""
CASES = [(state, mode) for state in ("init", "pert") for mode in ("eval", "train")]


def run(findings: Findings) -> None:
    """Measure every precision that the device has."""
    device = resolve_device(findings.settings.device)
    cells = [golden_cell(name) for name in (CELL_NAMES[:2] if findings.settings.tiny else CELL_NAMES)]
    precisions: Any = findings.settings.precisions
    for precision in precisions:
        if precision == "float32":
            times, known = ALLOWED_TIMES_ORIGINAL, [_errors_of_the_original(cell) for cell in cells]
        else:
            times = ALLOWED_TIMES_CPU
            known = [_errors(cell, precision, torch.device("cpu"), emulate=True) for cell in cells]
        limits = {what: times * error for what, error in _largest(known).items()}
        apply_precision(precision, device)
        measured = {cell.name: _errors(cell, precision, device) for cell in cells}
        for what, limit in limits.items():
            worst = max(measured, key=lambda name: measured[name][what])
            findings.check(f"{what} in {precision}, worst cell {worst}", measured[worst][what], limit)
        losses = {cell.name: _first_loss_error(cell, precision, device) for cell in cells}
        findings.add(f"relative error of step 0's loss in {precision}", max(losses.values()))
    for precision in ("tf32", "bfloat16", "float32"):
        if precision not in precisions:
            findings.leave_out(precision, f"{device} does not have it")


def _errors(cell: GoldenCell, precision: str, device: torch.device, *, emulate: bool = False) -> dict[str, float]:
    """Return the largest absolute errors of logits and loss, over both initial states and both modes."""
    found = []
    for state, mode in CASES:
        network = cell.build(state, torch.float32).to(device)
        if emulate and precision == "tf32":
            network = with_tf32_convolutions(network)
        with torch.autocast(device.type, dtype=torch.bfloat16, enabled=precision == "bfloat16"):
            logits, loss = logits_and_loss(network, mode == "train")
        found.append(_distances(cell, f"{state}_{mode}", logits.double().cpu().numpy(), loss.double().item()))
    return _largest(found)


def _errors_of_the_original(cell: GoldenCell) -> dict[str, float]:
    """Return the largest distances of the original's float32 numbers from its float64 ones."""
    cases = [f"{state}_{mode}" for state, mode in CASES]
    return _largest(
        [
            _distances(cell, case, cell.arrays[f"f32_{case}_logits"], float(cell.arrays[f"f32_{case}_loss"]))
            for case in cases
        ]
    )


def _largest(found: list[dict[str, float]]) -> dict[str, float]:
    return {what: max(one[what] for one in found) for what in found[0]}


def _distances(cell: GoldenCell, case: str, logits: Array, loss: float) -> dict[str, float]:
    golden_logits, golden_loss = cell.arrays[f"f64_{case}_logits"], float(cell.arrays[f"f64_{case}_loss"])
    return {
        "logits": float(np.abs(logits - golden_logits).max()),
        "loss": abs(loss - golden_loss) / (1 + golden_loss * LOSS_ROUNDING),
    }


def _first_loss_error(cell: GoldenCell, precision: Any, device: torch.device) -> float:
    """Return the relative error of the loss that `Trainer.step` reports for its first step."""
    recipe = Recipe(learning_rate=0.1, batch_norm_shards=1, batch_size=8, precision=precision)
    network = cell.build("init", torch.float32).to(device)
    loss = Trainer(network, recipe, total_steps=10).step(*batch(0, torch.float32, device)).loss.item()
    golden = float(cell.arrays["f64_runA_loss"][0])
    return abs(loss - golden) / golden
