"""`nasbench cell`: print the facts of a cell, and draw it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import tyro

from nasbench_pytorch.cli.shared.cell_flags import CellArguments, SkeletonArguments
from nasbench_pytorch.cli.shared.columns import table_lines
from nasbench_pytorch.cli.shared.flags import parse
from nasbench_pytorch.cli.shared.json_output import check_json_path, write_result
from nasbench_pytorch.cli.shared.quantities import counted
from nasbench_pytorch.printable import print_lines
from nasbench_pytorch.space.costs.channels import compute_vertex_channels
from nasbench_pytorch.space.costs.one_cell import count_flops, count_parameters
from nasbench_pytorch.space.spec import ModelSpec, hash_or_none

if TYPE_CHECKING:
    from nasbench_pytorch.space.skeleton import Skeleton


@dataclass(frozen=True)
class _Arguments:
    cell_flags: Annotated[CellArguments, tyro.conf.arg(name="")] = field(default_factory=CellArguments)
    skeleton_flags: Annotated[SkeletonArguments, tyro.conf.arg(name="")] = field(default_factory=SkeletonArguments)
    out: Path | None = None
    """File for a drawing (.svg, .png or .pdf)."""
    json: Path | None = None
    """Print the facts as JSON instead of text; with the name of a .json file, write them there."""


def main(arguments: list[str]) -> None:
    parsed = parse(_Arguments, arguments, "nasbench cell", "Show a cell: hash, channels, parameters, FLOPs, drawing.")
    check_json_path(parsed.json)
    named = parsed.cell_flags.resolve()
    skeleton = parsed.skeleton_flags.resolve(named.skeleton)
    described = describe(named.spec, skeleton)
    if parsed.out is not None:
        from nasbench_pytorch.plots.cells import draw_cell

        cell = named.spec.pruned()
        channels = next(iter(_channels(named.spec, skeleton).values()))
        draw_cell(parsed.out, cell.matrix, cell.ops, channels=channels, title=named.name or None)
        described.append(f"drawing     {parsed.out}")
    if not write_result(parsed.json, facts(named.spec, skeleton)):
        print_lines(*described)


def facts(spec: ModelSpec, skeleton: Skeleton) -> dict[str, Any]:
    """Return what `describe` says, as plain values."""
    matrix, ops, rows = spec.pruned()
    return {
        "hash": hash_or_none(spec),
        "matrix": matrix.tolist(),
        "ops": ops,
        "edges": sum(row.bit_count() for row in rows),
        "skeleton": dict(vars(skeleton)),
        "parameters": count_parameters(spec, skeleton),
        "flops": count_flops(spec, skeleton),
        "channels": _channels(spec, skeleton),
    }


def describe(spec: ModelSpec, skeleton: Skeleton) -> list[str]:
    """Return lines about a cell in a skeleton: hash, sizes, costs, and a line for each vertex."""
    parameters = count_parameters(spec, skeleton)
    flops = count_flops(spec, skeleton)
    _, ops, rows = spec.pruned()
    edges = sum(row.bit_count() for row in rows)
    columns = _channels(spec, skeleton)
    lines = [
        f"hash        {hash_or_none(spec) or '(operations beyond the three of NAS-Bench-101)'}",
        f"vertices    {len(rows)}    edges {edges}",
        f"skeleton    stem {skeleton.stem_out_channels}, {counted(skeleton.num_stacks, 'stack')} × "
        f"{counted(skeleton.num_modules_per_stack, 'module')}, {skeleton.num_labels} labels",
        f"parameters  {parameters:,} trainable",
        f"FLOPs       {flops:,} an image, forward (multiply-adds × 2)",
        "",
    ]
    table = []
    for vertex, operation in enumerate(ops):
        feeds = ", ".join(str(w) for w in range(len(rows)) if rows[vertex] >> w & 1) or "-"
        table.append([str(vertex), operation, feeds, *(str(channels[vertex]) for channels in columns.values())])
    return [*lines, *table_lines(["vertex", "operation", "feeds", *columns], table, left=(0, 1, 2))]


def _channels(spec: ModelSpec, skeleton: Skeleton) -> dict[str, list[int]]:
    """Channels of every vertex for each pair of module widths that the skeleton has."""
    matrix = spec.pruned().matrix
    return {
        f"{in_channels}→{out_channels}": compute_vertex_channels(in_channels, out_channels, matrix)
        for _, _, in_channels, out_channels in skeleton.modules()
    }
