"""The original's golden numbers in float64 on the device: forward, gradients, ten training steps.

The comparisons and their limits are those of the tests on a CPU, in tests/golden.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from nasbench_pytorch.devices import resolve_device
from nasbench_pytorch.training.runtime.device import apply_precision
from tests.golden.forward import forward_errors
from tests.golden.goldens import CELL_NAMES, golden_cell
from tests.golden.runs import CELLS_AND_RUNS, RUNS, record_run, run_errors

if TYPE_CHECKING:
    from benchmarks.gpu_checks.findings import Findings
    from tests.golden.errors import Error

STATES = ("init", "pert")
TINY_CELL = "io_only"


def run(findings: Findings) -> None:
    """Compare every cell and every training; in a tiny run those of the smallest cell."""
    device = resolve_device(findings.settings.device)
    apply_precision("float32", device)  # float64 ignores it; nothing may be left to tf32
    tiny = findings.settings.tiny
    for name in [TINY_CELL] if tiny else CELL_NAMES:
        cell = golden_cell(name)
        for state in STATES:
            network = cell.build(state).to(device)
            _keep(findings, f"forward of {name}, {state}", forward_errors(cell, state, network))
    pairs = [pair for pair in CELLS_AND_RUNS if pair[0] == TINY_CELL] if tiny else CELLS_AND_RUNS
    for number, (name, run_name) in enumerate(pairs):
        if findings.remaining_s() < 1:
            findings.leave_out("trainings", f"{len(pairs) - number} of {len(pairs)} did not fit into the time")
            break
        cell, golden_run = golden_cell(name), RUNS[run_name]
        network = cell.build(golden_run.start).to(device)
        _keep(
            findings,
            f"ten steps of {name}, {run_name}",
            run_errors(cell, golden_run, record_run(cell, golden_run, network=network)),
        )
    if device.type == "cuda":
        findings.add("peak_memory_bytes", torch.cuda.max_memory_allocated(device))


def _keep(findings: Findings, what: str, errors: list[Error]) -> None:
    """Keep the worst of many distances as a share of its limit; name those that are outside."""
    outside = [error for error in errors if not error.value <= error.limit]
    worst = max(errors, key=lambda error: error.value / error.limit)
    findings.add(
        what, {"comparisons": len(errors), "worst": worst.name, "share of its limit": worst.value / worst.limit}
    )
    if outside:
        parts = ", ".join(f"{error.name} {error.value:.3g} > {error.limit:.3g}" for error in outside[:5])
        findings.fail(what, f"{len(outside)} of {len(errors)} comparisons: {parts}")
