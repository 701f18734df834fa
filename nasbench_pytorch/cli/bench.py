"""`nasbench bench`: measure how fast a cell trains on this machine."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import tyro

from nasbench_pytorch.cli.shared.cell_flags import CellArguments, SkeletonArguments
from nasbench_pytorch.cli.shared.flags import parse
from nasbench_pytorch.cli.shared.interrupts import exit_at_ctrl_c
from nasbench_pytorch.cli.shared.json_output import check_json_path, write_result
from nasbench_pytorch.training.recipe import Precision, Recipe

if TYPE_CHECKING:
    from rich.table import Table

    from nasbench_pytorch.training import Throughput


@dataclass(frozen=True)
class _Arguments:
    cell_flags: Annotated[CellArguments, tyro.conf.arg(name="")] = field(default_factory=CellArguments)
    skeleton_flags: Annotated[SkeletonArguments, tyro.conf.arg(name="")] = field(default_factory=SkeletonArguments)
    batch_size: int = 256
    """Images in a training step, and in a batch of an evaluation."""
    batch_norm_shards: int = 2
    """Equal parts of a batch, each with its own batch-norm statistics; the original has 2."""
    precision: Precision = "auto"
    """Precision of convolutions and products; auto is float32 on a CPU and tf32 on CUDA."""
    device: str = "auto"
    """Device: auto (CUDA if available, else CPU), cpu, cuda, cuda:1, mps, …"""
    threads: int | None = None
    """CPU threads; if omitted, torch's setting."""
    repeats: int = 5
    """Repeats of each measurement; the medians are reported."""
    repeat_s: float = 2.0
    """Duration of one measurement in seconds; a measurement takes at least one step."""
    json: Path | None = None
    """Print all numbers as JSON instead of the table; with the name of a .json file, write them there as well."""


def main(arguments: list[str]) -> None:
    about = "Measure how fast a cell trains on this machine, and profile a training step."
    parsed = parse(_Arguments, arguments, "nasbench bench", about)
    cell = parsed.cell_flags.resolve(default="inception")
    recipe = Recipe(
        batch_size=parsed.batch_size,
        evaluation_batch_size=parsed.batch_size,
        batch_norm_shards=parsed.batch_norm_shards,
        precision=parsed.precision,
    )
    skeleton = parsed.skeleton_flags.resolve(cell.skeleton)
    check_json_path(parsed.json)
    with exit_at_ctrl_c():
        from nasbench_pytorch.training import measure_throughput

    measured = measure_throughput(
        cell.spec,
        recipe,
        skeleton=skeleton,
        device=parsed.device,
        threads=parsed.threads,
        repeats=parsed.repeats,
        repeat_s=parsed.repeat_s,
    )
    if write_result(parsed.json, measured.to_dict()):
        return
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
    console = Console(highlight=False, markup=False)
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
