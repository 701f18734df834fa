"""The commands of `nasbench space`: enumerate, filter and sample the search space, and list neighbours."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import tyro

from nasbench_pytorch.cli.shared.flags import parse
from nasbench_pytorch.errors import InputError
from nasbench_pytorch.space.operations import CANONICAL_OPERATIONS

if TYPE_CHECKING:
    from nasbench_pytorch.space.search_space import SearchSpace


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
    """Operations of the interior vertices; a cell's hash depends on their order."""
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
            self.operations,
            cache=self.cache,
            verify_isomorphism=self.verify_isomorphism,
        )
        return space if self.where is None else select_where(space, self.where)


_SpaceFlags = Annotated[SpaceArguments, tyro.conf.arg(name="")]


@dataclass(frozen=True)
class _Enumerate:
    out: Path
    """File to write: .arrow (for SearchSpace.load), .parquet, .csv, or .json (the original's generated_graphs)."""
    space_flags: _SpaceFlags = field(default_factory=SpaceArguments)


@dataclass(frozen=True)
class _Info:
    space_flags: _SpaceFlags = field(default_factory=SpaceArguments)


@dataclass(frozen=True)
class _Sample:
    count: int = 10
    """Number of cells."""
    seed: int = 0
    """Seed of the random numbers; the same seed draws the same cells."""
    method: Literal["uniform", "random-matrix"] = "uniform"
    """uniform: distinct cells, all equally likely. random-matrix: the original notebook's method; cells may repeat."""
    draw: Path | None = None
    """File for a contact sheet with a drawing of each cell (.svg, .png or .pdf)."""
    space_flags: _SpaceFlags = field(default_factory=SpaceArguments)


@dataclass(frozen=True)
class _Neighbours:
    cell: tyro.conf.Positional[str]
    """Hash of a cell within the bounds: 32 hex digits, or the first digits if no other cell's hash begins with them."""
    draw: Path | None = None
    """File for a contact sheet with a drawing of each neighbour (.svg, .png or .pdf)."""
    space_flags: _SpaceFlags = field(default_factory=SpaceArguments)


def enumerate_space(arguments: list[str]) -> None:
    parsed = parse(_Enumerate, arguments, "nasbench space enumerate", "Write all cells of a space to a file.")
    from nasbench_pytorch.space.export import check_suffix, export_space

    check_suffix(parsed.out)
    space = parsed.space_flags.resolve()
    export_space(space, parsed.out)
    print(f"{len(space):,} cells in {parsed.out}")


def info(arguments: list[str]) -> None:
    about = "Count the cells of a space; quantiles of parameters and FLOPs."
    parsed = parse(_Info, arguments, "nasbench space info", about)
    from nasbench_pytorch.cli.space.text import summary_lines
    from nasbench_pytorch.space.summary import summarise

    print("\n".join(summary_lines(summarise(parsed.space_flags.resolve()))))


def sample(arguments: list[str]) -> None:
    parsed = parse(_Sample, arguments, "nasbench space sample", "Draw cells of a space at random.")
    import numpy as np

    from nasbench_pytorch.space.sampling import sample_distinct, sample_random_matrix

    if parsed.count < 1:
        raise InputError(f"--count must be at least 1, got {parsed.count}")
    if parsed.seed < 0:
        raise InputError(f"--seed must be at least 0, got {parsed.seed}")
    space = parsed.space_flags.resolve()
    rng = np.random.default_rng(parsed.seed)
    if parsed.method == "uniform":
        specs = sample_distinct(space, parsed.count, rng)
    else:
        specs = [sample_random_matrix(space, rng) for _ in range(parsed.count)]
    _show(space, [space.index_of(spec) for spec in specs], parsed.draw)


def neighbours(arguments: list[str]) -> None:
    parsed = parse(_Neighbours, arguments, "nasbench space neighbours", "List the cells one edit away from a cell.")
    from dataclasses import replace

    from nasbench_pytorch.space.enumerate import row_by_hash
    from nasbench_pytorch.space.neighbourhood import neighbour_rows

    whole = replace(parsed.space_flags, where=None).resolve()
    cell = whole[row_by_hash(whole, parsed.cell)]
    space = whole if parsed.space_flags.where is None else parsed.space_flags.resolve()
    rows = neighbour_rows(space, cell)
    print(f"{len(rows):,} neighbours of {whole.hash_at(whole.index_of(cell))}", file=sys.stderr)
    _show(space, rows, parsed.draw)


def _show(space: SearchSpace, rows: list[int], draw: Path | None) -> None:
    """Print a line for each cell, and draw the cells if `draw` names a file."""
    from nasbench_pytorch.cli.space.text import cell_lines

    if draw is not None:
        from nasbench_pytorch.plots.cells import draw_contact_sheet

        cells = [space[row].pruned() for row in rows]
        draw_contact_sheet(
            draw, [(cell.matrix, cell.ops) for cell in cells], titles=[space.hash_at(row)[:8] for row in rows]
        )
    for line in cell_lines(space, rows):
        print(line)
