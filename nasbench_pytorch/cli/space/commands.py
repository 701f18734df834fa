"""The commands of `nasbench space`: enumerate, filter and sample the search space, and list neighbours."""

from __future__ import annotations

import dataclasses
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import tyro

from nasbench_pytorch.cli.shared.cell_flags import CellArguments
from nasbench_pytorch.cli.shared.cell_notation import is_hash
from nasbench_pytorch.cli.shared.flags import parse
from nasbench_pytorch.cli.shared.json_output import check_json_path, write_result
from nasbench_pytorch.errors import InputError
from nasbench_pytorch.printable import print_lines
from nasbench_pytorch.space.operation_names import full_operation_name
from nasbench_pytorch.space.operations import CANONICAL_OPERATIONS

if TYPE_CHECKING:
    from nasbench_pytorch.space.search_space import SearchSpace
    from nasbench_pytorch.space.spec import ModelSpec


_MOST_SAMPLES = 1_000_000
"""Largest number of cells that `sample` draws and prints."""


@dataclass(frozen=True)
class SpaceArguments:
    """A selection of cells: all within the bounds, or those that meet a condition."""

    where: str | None = None
    """Condition that the cells must meet, such as "vertices<=4 and edges<=6"; if omitted, all cells.
    Fields: vertices, edges, parameters, flops, and the number of each operation (conv3x3, conv1x1, maxpool3x3).
    Operators: < <= > >= == !=, and, or, not, parentheses."""
    max_vertices: int = 7
    """Largest number of vertices of a cell, input and output included."""
    max_edges: int = 9
    """Largest number of edges of a cell."""
    operations: tuple[str, ...] = CANONICAL_OPERATIONS
    """Operations of the interior vertices, by their names or short names such as conv3x3; a cell's hash depends on
    their order."""
    cache: bool = True
    """Keep the enumerated space in the cache folder (NASBENCH_CACHE_DIR if set, else the platform's)."""
    verify_isomorphism: bool = False
    """Report an error if two cells that are not isomorphic share a hash."""

    def resolve(self) -> SearchSpace:
        """Return the selected cells."""
        from nasbench_pytorch.space.enumerate import enumerate_cells
        from nasbench_pytorch.space.filters import select_where

        space = enumerate_cells(
            self.max_vertices,
            self.max_edges,
            tuple(map(full_operation_name, self.operations)),
            cache=self.cache,
            verify_isomorphism=self.verify_isomorphism,
        )
        return space if self.where is None else select_where(space, self.where)


_SpaceFlags = Annotated[SpaceArguments, tyro.conf.arg(name="")]


@dataclass(frozen=True)
class _Enumerate:
    out: Path
    """File to write: .arrow (for SearchSpace.load), .parquet, .csv, or .json (the original's generated_graphs)."""
    json: Path | None = None
    """Print the result as JSON instead of text; with the name of a .json file, write it there."""
    space_flags: _SpaceFlags = field(default_factory=SpaceArguments)


@dataclass(frozen=True)
class _Info:
    json: Path | None = None
    """Print the counts as JSON instead of text; with the name of a .json file, write them there."""
    space_flags: _SpaceFlags = field(default_factory=SpaceArguments)


@dataclass(frozen=True)
class _Sample:
    count: Annotated[int, tyro.conf.arg(aliases=("--n", "-n"))] = 10
    """Number of cells."""
    seed: int = 0
    """Seed of the random numbers; the same seed draws the same cells."""
    method: Literal["uniform", "random-matrix"] = "uniform"
    """uniform: distinct cells, all equally likely. random-matrix: the original notebook's method; cells may repeat."""
    draw: Path | None = None
    """File for a contact sheet with a drawing of each cell (.svg, .png or .pdf)."""
    json: Path | None = None
    """Print the cells as JSON instead of text; with the name of a .json file, write them there."""
    space_flags: _SpaceFlags = field(default_factory=SpaceArguments)


@dataclass(frozen=True)
class _Neighbours:
    cell_flags: Annotated[CellArguments, tyro.conf.arg(name="")] = field(default_factory=CellArguments)
    draw: Path | None = None
    """File for a contact sheet with a drawing of each neighbour (.svg, .png or .pdf)."""
    json: Path | None = None
    """Print the neighbours as JSON instead of text; with the name of a .json file, write them there."""
    space_flags: _SpaceFlags = field(default_factory=SpaceArguments)


def enumerate_space(arguments: list[str]) -> None:
    parsed = parse(_Enumerate, arguments, "nasbench space enumerate", "Write all cells of a space to a file.")
    check_json_path(parsed.json)
    from nasbench_pytorch.space.export import check_suffix, export_space

    check_suffix(parsed.out)
    space = parsed.space_flags.resolve()
    export_space(space, parsed.out)
    facts = {"file": parsed.out, "size_bytes": parsed.out.stat().st_size, "cells": len(space)}
    if not write_result(parsed.json, facts):
        print_lines(f"{len(space):,} cells in {parsed.out}")


def info(arguments: list[str]) -> None:
    about = "Count the cells of a space; quantiles of parameters and FLOPs."
    parsed = parse(_Info, arguments, "nasbench space info", about)
    check_json_path(parsed.json)
    from nasbench_pytorch.cli.space.text import summary_lines
    from nasbench_pytorch.space.summary import summarise

    summary = summarise(parsed.space_flags.resolve())
    if not write_result(parsed.json, dataclasses.asdict(summary)):
        print_lines(*summary_lines(summary))


def sample(arguments: list[str]) -> None:
    parsed = parse(_Sample, arguments, "nasbench space sample", "Draw cells of a space at random.")
    check_json_path(parsed.json)
    import numpy as np

    from nasbench_pytorch.space.sampling import sample_distinct, sample_random_matrix

    if not 1 <= parsed.count <= _MOST_SAMPLES:
        raise InputError(f"--count must be at least 1 and at most {_MOST_SAMPLES:,}, got {parsed.count:,}")
    if parsed.seed < 0:
        raise InputError(f"--seed must be at least 0, got {parsed.seed}")
    space = parsed.space_flags.resolve()
    rng = np.random.default_rng(parsed.seed)
    if parsed.method == "uniform":
        specs = sample_distinct(space, parsed.count, rng)
    else:
        specs = [sample_random_matrix(space, rng) for _ in range(parsed.count)]
    _show(space, [space.index_of(spec) for spec in specs], parsed.draw, parsed.json)


def neighbours(arguments: list[str]) -> None:
    parsed = parse(_Neighbours, arguments, "nasbench space neighbours", "List the cells one edit away from a cell.")
    check_json_path(parsed.json)
    from nasbench_pytorch.space.neighbourhood import neighbour_rows

    whole = dataclasses.replace(parsed.space_flags, where=None).resolve()
    cell = _cell_in(whole, parsed.cell_flags)
    space = whole if parsed.space_flags.where is None else parsed.space_flags.resolve()
    rows = neighbour_rows(space, cell)
    print_lines(f"{len(rows):,} neighbours of {whole.hash_at(whole.index_of(cell))}", file=sys.stderr)
    _show(space, rows, parsed.draw, parsed.json)


def _cell_in(space: SearchSpace, cell_flags: CellArguments) -> ModelSpec:
    """The cell that the flags name; a hash is looked up in this space, which may be another than NAS-Bench-101's."""
    from nasbench_pytorch.space.enumerate import row_by_hash

    text = cell_flags.hash or cell_flags.text or ""
    if cell_flags.matrix is None and cell_flags.ops is None and is_hash(text):
        return space[row_by_hash(space, text.lower())]
    return space[space.index_of(cell_flags.resolve().spec)]


def _show(space: SearchSpace, rows: list[int], draw: Path | None, json: Path | None) -> None:
    """Print a line for each cell, or JSON, and draw the cells if `draw` names a file."""
    from nasbench_pytorch.cli.space.text import cell_lines, cell_values

    if draw is not None:
        from nasbench_pytorch.plots.cells import draw_contact_sheet

        drawn = [space[row].pruned() for row in rows]
        draw_contact_sheet(
            draw, [(cell.matrix, cell.ops) for cell in drawn], titles=[space.hash_at(row)[:8] for row in rows]
        )
    cells = cell_values(space, rows)
    if not write_result(json, cells):
        print_lines(*cell_lines(cells))
