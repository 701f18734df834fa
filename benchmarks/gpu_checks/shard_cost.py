"""What a second batch-norm shard costs on one card: time and memory of a step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.gpu_checks.sides import build_own, own_worker
from nasbench_pytorch.space import named_cell

if TYPE_CHECKING:
    from benchmarks.gpu_checks.findings import Findings


def run(findings: Findings) -> None:
    settings = findings.settings
    spec = named_cell("inception").spec
    precision = settings.precisions[0]
    with own_worker() as worker:
        for shards in (1, 2):
            build_own(worker, settings, spec, precision, shards=shards)
            count = 2 if settings.tiny else 20
            found = {"step_ms": round(1e3 * worker.ask("steps", count=count) / count, 3)}
            if settings.on_card:
                found["peak_memory_bytes"] = worker.ask("peak_memory_bytes")
            findings.add(f"inception in {precision}, {shards} shard{'s' if shards > 1 else ''}", found)
