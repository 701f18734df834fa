"""`nasbench bench`: how fast a cell trains on this machine."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import tyro

from nasbench_pytorch.cli.shared.cell_flags import CellArguments, SkeletonArguments
from nasbench_pytorch.cli.shared.flags import parse
from nasbench_pytorch.errors import InputError
from nasbench_pytorch.files import write_json
from nasbench_pytorch.training.recipe import Precision, Recipe

if TYPE_CHECKING:
    from rich.table import Table

    from nasbench_pytorch.training import Throughput


@dataclass(frozen=True)
class _Arguments:
    chosen: Annotated[CellArguments, tyro.conf.arg(name="")] = field(default_factory=CellArguments)
    skeleton: Annotated[SkeletonArguments, tyro.conf.arg(name="")] = field(default_factory=SkeletonArguments)
    batch_size: int = 256
    """Images a step, and a batch of an evaluation."""
    batch_norm_shards: int = 2
    """Equal parts of a batch with batch statistics of their own; 2 is the original's."""
    precision: Precision = "auto"
    """auto: float32 on a CPU, tf32 on CUDA."""
    device: str = "auto"
    """auto, cpu, cuda, cuda:1, …"""
    threads: int | None = None
    """CPU threads; torch's own choice if left out."""
    repeats: int = 5
    """How often everything is measured; medians count."""
    repeat_s: float = 2.0
    """Seconds of one measurement; it is at least one step."""
    json: Path | None = None
    """Write all numbers here as JSON; "-" prints them instead of the table."""


def main(arguments: list[str]) -> None:
    given = parse(_Arguments, arguments, "nasbench bench", "Measure how fast a cell trains here, and on what.")
    cell = given.chosen.resolve(default="inception")
    recipe = Recipe(
        batch_size=given.batch_size,
        evaluation_batch_size=given.batch_size,
        batch_norm_shards=given.batch_norm_shards,
        precision=given.precision,
    )
    skeleton = given.skeleton.resolve(cell.skeleton)
    if given.json is not None and not given.json.parent.is_dir():
        raise InputError(f"{given.json.parent}: no such folder for --json; make it first")
    if given.json is not None and given.json.is_dir():
        raise InputError(f"--json {given.json}: a folder; name a file")
    from nasbench_pytorch.training import measure_throughput

    measured = measure_throughput(
        cell.spec,
        recipe,
        skeleton=skeleton,
        device=given.device,
        threads=given.threads,
        repeats=given.repeats,
        repeat_s=given.repeat_s,
    )
    if given.json == Path("-"):
        print(json.dumps(measured.to_dict(), indent=2))
        return
    if given.json is not None:
        write_json(given.json, measured.to_dict())
    _print(cell.name or cell.spec.hash_spec(), measured)


def _print(name: str, measured: Throughput) -> None:
    from rich.console import Console

    shards, environment = measured.batch_norm_shards, measured.environment
    lines = [
        f"{name}: {measured.trainable_parameters:,} parameters",
        f"batch {measured.batch_size}{f' in {shards} shards' if shards > 1 else ''}, {environment['precision']}, "
        f"{environment['device']}, CPU threads {environment['threads']}, torch {environment['torch']}",
        environment["device_name"],
    ]
    console = Console(highlight=False)
    console.print("\n".join(lines), _speed(measured), _profile(measured), sep="\n")
    limit = f"{measured.matmul_limit_flops_per_s / 1e9:,.0f} GFLOP/s"
    console.print(f"matmul limit {limit}; a training step takes three forward passes' FLOPs")
    if measured.peak_memory_bytes is not None:
        console.print(f"peak memory {measured.peak_memory_bytes / 1e6:,.0f} MB")


def _speed(measured: Throughput) -> Table:
    from rich.table import Table

    table = Table("", *("images/s", "lowest", "highest", "GFLOP/image", "of the limit"))
    for column in table.columns[1:]:
        column.justify = "right"
    for name, rate in (("training", measured.training), ("evaluation", measured.evaluation)):
        table.add_row(
            name,
            *(f"{value:,.1f}" for value in (rate.images_per_s, min(rate.repeats), max(rate.repeats))),
            f"{rate.flops_per_image / 1e9:.3f}",
            f"{rate.share_of_limit:.0%}",
        )
    return table


def _profile(measured: Throughput) -> Table:
    from rich.table import Table

    table = Table("a training step", "ms", "share")
    for column in table.columns[1:]:
        column.justify = "right"
    total_s = sum(measured.profile_s.values())
    for kind, seconds in measured.profile_s.items():
        table.add_row(kind, f"{seconds * 1e3:,.1f}", f"{seconds / total_s:.1%}")
    return table
