"""One, two, four and eight trainings at once on one card: their images per second in total."""

from __future__ import annotations

import contextlib
import statistics
from typing import TYPE_CHECKING, Any

from benchmarks.gpu_checks.findings import keep_worker_error
from benchmarks.gpu_checks.sides import build_own, own_worker
from benchmarks.worker import Worker, all_at_once
from nasbench_pytorch.space import named_cell

if TYPE_CHECKING:
    from benchmarks.gpu_checks.findings import Findings

COUNTS = (1, 2, 4, 8)
CELLS = ("inception", "smallest")
REPEATS = 2


def run(findings: Findings) -> None:
    """Measure each number of trainings, all of the same cell in the same precision."""
    settings = findings.settings
    counts = COUNTS[:2] if settings.tiny else COUNTS
    with contextlib.ExitStack() as stack:
        workers = [stack.enter_context(own_worker()) for _ in range(max(counts))]
        for precision in settings.precisions[:2]:
            for cell in CELLS[:1] if settings.tiny else CELLS:
                name = f"{cell}, {precision}"
                if findings.remaining_s() < 3:
                    findings.leave_out(name, "no time was left")
                    continue
                _measure(findings, name, workers, counts)


def _measure(findings: Findings, name: str, workers: list[Worker], counts: tuple[int, ...]) -> None:
    """Add trainings one by one; the ones before go on existing, so memory that does not suffice is noticed."""
    settings = findings.settings
    cell, precision = name.split(", ")
    totals: dict[str, Any] = {}
    ready = 0
    try:
        for count in counts:
            for worker in workers[ready:count]:
                build_own(worker, settings, named_cell(cell).spec, precision)
            ready = count
            together = workers[:count]
            at_least_s = 0.05 if settings.tiny else 0.7
            steps = max(1, round(at_least_s / all_at_once(together, 1)))
            rates = [count * steps * settings.batch_size / all_at_once(together, steps) for _ in range(REPEATS)]
            totals[str(count)] = round(statistics.median(rates), 1)
            findings.add(name, {"images_per_s of": totals})
            if findings.remaining_s() < 2:
                findings.leave_out(f"{name}, more than {count} at once", "no time was left")
                break
    except RuntimeError as error:
        keep_worker_error(findings, f"{name}, more than {ready} at once", error)
    finally:
        for worker in workers:
            with contextlib.suppress(RuntimeError, OSError):
                worker.ask("give_memory_back")
