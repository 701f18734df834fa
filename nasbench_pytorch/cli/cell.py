"""`nasbench cell`: what a cell is, and a drawing of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import tyro

from nasbench_pytorch.cli.shared.cell_flags import CellArguments, SkeletonArguments
from nasbench_pytorch.cli.shared.flags import parse
from nasbench_pytorch.errors import InputError
from nasbench_pytorch.space.costs.channels import compute_vertex_channels
from nasbench_pytorch.space.costs.one_cell import count_flops, count_parameters
from nasbench_pytorch.space.spec import ModelSpec, hash_or_none

if TYPE_CHECKING:
    from nasbench_pytorch.space.skeleton import Skeleton


@dataclass(frozen=True)
class _Arguments:
    name: tyro.conf.Positional[str | None] = None
    """A named cell, a JSON file, or a hash."""
    chosen: Annotated[CellArguments, tyro.conf.arg(name="")] = field(default_factory=CellArguments)
    skeleton: Annotated[SkeletonArguments, tyro.conf.arg(name="")] = field(default_factory=SkeletonArguments)
    out: Path | None = None
    """Save a drawing here (.svg, .png or .pdf)."""


def main(arguments: list[str]) -> None:
    given = parse(_Arguments, arguments, "nasbench cell", "Show a cell: hash, channels, parameters, FLOPs, drawing.")
    if given.name is not None and given.chosen != CellArguments():
        raise InputError(f"'{given.name}' names a cell already; leave out --cell, --hash, --matrix and --ops")
    chosen = (CellArguments(cell=given.name) if given.name else given.chosen).resolve()
    skeleton = given.skeleton.resolve(chosen.skeleton)
    for line in describe(chosen.spec, skeleton):
        print(line)
    if given.out is not None:
        from nasbench_pytorch.plots.cells import draw_cell

        cell = chosen.spec.pruned()
        channels = next(iter(_channels(chosen.spec, skeleton).values()))
        draw_cell(given.out, cell.matrix, cell.ops, channels=channels, title=chosen.name or None)
        print(f"drawing     {given.out}")


def describe(spec: ModelSpec, skeleton: Skeleton) -> list[str]:
    """Lines about a cell in a skeleton."""
    parameters = count_parameters(spec, skeleton)
    flops = count_flops(spec, skeleton)
    _, ops, rows = spec.pruned()
    edges = sum(row.bit_count() for row in rows)
    columns = _channels(spec, skeleton)
    width = max(len(operation) for operation in ops)
    lines = [
        f"hash        {hash_or_none(spec) or '(operations beyond the three of NAS-Bench-101)'}",
        f"vertices    {len(rows)}    edges {edges}",
        f"skeleton    stem {skeleton.stem_out_channels}, {skeleton.num_stacks} stacks × "
        f"{skeleton.num_modules_per_stack} modules, {skeleton.num_labels} labels",
        f"parameters  {parameters:,} trainable",
        f"FLOPs       {flops:,} an image, forward (multiply-adds × 2)",
        "",
        f"vertex  {'operation'.ljust(width)}  {'feeds'.ljust(14)}  {'  '.join(f'{name:>9}' for name in columns)}",
    ]
    for vertex, operation in enumerate(ops):
        feeds = ", ".join(str(w) for w in range(len(rows)) if rows[vertex] >> w & 1) or "-"
        numbers = "  ".join(f"{channels[vertex]:>9}" for channels in columns.values())
        lines.append(f"{vertex:<6}  {operation.ljust(width)}  {feeds.ljust(14)}  {numbers}")
    return lines


def _channels(spec: ModelSpec, skeleton: Skeleton) -> dict[str, list[int]]:
    """Channels of every vertex for each pair of module widths that the skeleton has."""
    matrix = spec.pruned().matrix
    return {
        f"{in_channels}→{out_channels}": compute_vertex_channels(in_channels, out_channels, matrix)
        for _, _, in_channels, out_channels in skeleton.modules()
    }
