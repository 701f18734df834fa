"""`nasbench campaign plan`."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import tyro

from nasbench_pytorch.campaign.plan.selection import Selection
from nasbench_pytorch.campaign.settings import Settings
from nasbench_pytorch.cli.campaign.arguments import DecidingFlags, checked_plan, default_plan, stored_plan
from nasbench_pytorch.cli.shared.flags import parse, parse_known
from nasbench_pytorch.cli.shared.interrupts import exit_at_ctrl_c
from nasbench_pytorch.cli.shared.json_output import check_json_path, write_result
from nasbench_pytorch.cli.shared.quantities import counted, duration
from nasbench_pytorch.errors import InputError
from nasbench_pytorch.printable import print_lines
from nasbench_pytorch.training.recipe import PresetName

if TYPE_CHECKING:
    from nasbench_pytorch.campaign.ledger.insert_trials import CellRow


@dataclass(frozen=True)
class _Plan:
    selection: Annotated[Selection, tyro.conf.arg(name="")] = field(default_factory=Selection)
    settings: Annotated[Settings, tyro.conf.arg(name="")] = field(default_factory=Settings)
    out: Path | None = None
    """A campaign's folder: omitted flags take the values of its plan; nothing is written to it."""
    preset: PresetName | None = None
    """Recipe whose values the other flags change; nasbench101, or digits with --dataset digits."""
    workers: int = 1
    """Trainings at the same time."""
    device: str = "auto"
    """Device to measure: auto, cpu, cuda, cuda:1, …"""
    gflop_per_s: float | None = None
    """Throughput of one worker in training steps, 10⁹ operations a second; measured here in seconds if left out."""
    json: Path | None = None
    """Print the result as JSON instead of text; with the name of a .json file, write it there."""


def plan(arguments: list[str]) -> None:
    flags = parse_known(DecidingFlags, arguments)
    stored = stored_plan(flags.out)
    if flags.out is not None and stored is None:
        from nasbench_pytorch.campaign.ledger.connection import no_ledger

        raise no_ledger(flags.out)
    default = default_plan(flags, stored)
    start = _Plan(default.selection, default.settings)
    about = "Estimate the cost of a campaign, before anything starts."
    parsed = parse(_Plan, arguments, "nasbench campaign plan", about, start, unlisted=("epochs",))
    if parsed.workers < 1:
        raise InputError(f"--workers must be at least 1, got {parsed.workers}")
    if parsed.gflop_per_s is not None and not parsed.gflop_per_s > 0:
        raise InputError(f"--gflop-per-s must be above 0, got {parsed.gflop_per_s:g}")
    check_json_path(parsed.json)
    chosen = checked_plan(parsed.selection, parsed.settings, default)

    from nasbench_pytorch.campaign.plan.cost_estimate import estimate

    selected = chosen.trials()
    rows = chosen.cell_rows(selected)
    costs = estimate(selected, rows, chosen.settings)
    budgets = ", ".join(map(str, chosen.selection.budgets))
    speed = _Speed(parsed.gflop_per_s) if parsed.gflop_per_s else _measured_speed(rows, chosen.settings, parsed.device)
    hours = costs.hours(speed.gflop_per_s)
    facts = {**dataclasses.asdict(costs), "gflop_per_s": speed.gflop_per_s, "source": speed.source}
    if write_result(parsed.json, {**facts, "work_hours": hours * speed.cores, "hours": hours / parsed.workers}):
        return
    checkpoints = _size(parsed.workers * costs.checkpoint_bytes)
    print_lines(
        f"trials      {costs.trials:,}: {costs.cells:,} cells, budgets {budgets}, {chosen.selection.repeats} repeats",
        f"work        {costs.gflop:,.0f} GFLOP, {costs.images:,} training images",
        f"throughput  {speed.gflop_per_s:,.1f} GFLOP/s for each worker, {speed.source}",
        f"time        {_work(hours * speed.cores, speed.unit)}; {duration(3600 * hours / parsed.workers)} with "
        f"{counted(parsed.workers, 'worker')}",
        f"disk        ledger {_size(costs.ledger_bytes)}, checkpoints up to {checkpoints}, exported table "
        f"{_size(costs.table_bytes)}",
    )


class _Speed(NamedTuple):
    """Throughput of a worker, its source, and the unit of work: `cores` units an hour."""

    gflop_per_s: float
    source: str = "given"
    unit: str = "worker-hours"
    cores: int = 1


def _measured_speed(rows: list[CellRow], settings: Settings, device: str) -> _Speed:
    with exit_at_ctrl_c():
        from nasbench_pytorch.campaign.plan.measured_throughput import measure_throughput

    measured = measure_throughput(rows, settings, device)
    threads = "1 thread" if measured.threads == 1 else f"{measured.threads} threads"
    source = f"measured now on {measured.device}, {threads}, batches of {measured.batch_size}"
    if measured.is_cpu:
        return _Speed(measured.gflop_per_s, source, "core-hours", measured.threads)
    return _Speed(measured.gflop_per_s, source, "device-hours")


def _work(hours: float, unit: str) -> str:
    """Return work in a unit such as core-hours; less than an hour as `14 min of core time`."""
    if hours < 1:
        return f"{duration(3600 * hours)} of {unit.removesuffix('-hours')} time"
    return f"{hours:,.0f} {unit}" if hours >= 100 else f"{hours:.1f} {unit}"


def _size(size_bytes: float) -> str:
    for limit, unit in ((1e9, "GB"), (1e6, "MB")):
        if size_bytes >= limit:
            return f"{size_bytes / limit:,.1f} {unit}"
    return f"{size_bytes / 1e3:,.1f} kB"
