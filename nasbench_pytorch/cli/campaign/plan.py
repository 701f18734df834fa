"""`nasbench campaign plan`."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import tyro

from nasbench_pytorch.campaign.plan.selection import Selection
from nasbench_pytorch.campaign.settings import Settings
from nasbench_pytorch.cli.campaign.arguments import checked_plan, default_plan, stored_plan
from nasbench_pytorch.cli.shared.flags import parse
from nasbench_pytorch.cli.train import asked
from nasbench_pytorch.errors import InputError
from nasbench_pytorch.training.recipe import PresetName


@dataclass(frozen=True)
class _Plan:
    selection: Annotated[Selection, tyro.conf.arg(name="")] = field(default_factory=Selection)
    settings: Annotated[Settings, tyro.conf.arg(name="")] = field(default_factory=Settings)
    out: Path | None = None
    """A campaign's folder, whose plan is what flags that are not given mean; nothing is written to it."""
    preset: PresetName | None = None
    """Recipe whose values the other flags change; nasbench101, or digits with --dataset digits."""
    workers: int = 1
    """Trainings at once."""
    device: str = "auto"
    """Where to measure: auto, cpu, cuda, cuda:1, …"""
    gflop_per_s: float | None = None
    """Throughput of one worker in training steps, 10⁹ operations a second; measured here in seconds if left out."""


def plan(arguments: list[str]) -> None:
    value = asked(arguments, "--out")
    stored = stored_plan(None if value is None else Path(value))
    if value is not None and stored is None:
        from nasbench_pytorch.campaign.ledger.connection import no_ledger

        raise no_ledger(Path(value))
    default = default_plan(arguments, stored)
    start = _Plan(default.selection, default.settings)
    about = "Say what a campaign would cost, before anything starts."
    given = parse(_Plan, arguments, "nasbench campaign plan", about, start)
    if given.workers < 1:
        raise InputError(f"--workers must be at least 1, got {given.workers}")
    if given.gflop_per_s is not None and not given.gflop_per_s > 0:
        raise InputError(f"--gflop-per-s must be above 0, got {given.gflop_per_s:g}")
    chosen = checked_plan(given.selection, given.settings, default)

    from nasbench_pytorch.campaign.plan.cost_estimate import estimate

    selected = chosen.trials()
    rows = chosen.cell_rows(selected)
    costs = estimate(selected, rows, chosen.settings)
    budgets = ", ".join(map(str, chosen.selection.budgets))
    print(f"trials      {costs.trials:,}: {costs.cells:,} cells, budgets {budgets}, {chosen.selection.repeats} repeats")
    print(f"work        {costs.gflop:,.0f} GFLOP, {costs.images:,} training images")
    if given.gflop_per_s is None:
        from nasbench_pytorch.campaign.plan.measured_throughput import measure_throughput

        measured = measure_throughput(rows, chosen.settings, given.device)
        speed = measured.gflop_per_s
        threads = "1 thread" if measured.threads == 1 else f"{measured.threads} threads"
        how = f"measured now on {measured.device}, {threads}, batches of {measured.batch_size}"
        unit = "device-hours" if not measured.is_cpu else "core-hours"
        factor = measured.threads if measured.is_cpu else 1
    else:
        speed, how, unit, factor = given.gflop_per_s, "given", "worker-hours", 1
    hours = costs.hours(speed)
    print(f"throughput  {speed:,.1f} GFLOP/s for each worker, {how}")
    workers = "1 worker" if given.workers == 1 else f"{given.workers:,} workers"
    print(f"time        {_hours(hours * factor)} {unit}; {_hours(hours / given.workers)} hours with {workers}")
    checkpoints = _size(given.workers * costs.checkpoint_bytes)
    print(
        f"disk        ledger {_size(costs.ledger_bytes)}, checkpoints up to {checkpoints}, exported table "
        f"{_size(costs.table_bytes)}"
    )


def _hours(hours: float) -> str:
    return f"{hours:,.0f}" if hours >= 100 else f"{hours:.2g}"


def _size(size_bytes: float) -> str:
    for limit, unit in ((1e9, "GB"), (1e6, "MB")):
        if size_bytes >= limit:
            return f"{size_bytes / limit:,.1f} {unit}"
    return f"{size_bytes / 1e3:,.1f} kB"
