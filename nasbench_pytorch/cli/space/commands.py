"""`nasbench space …`: enumerate, filter, sample and walk the search space."""

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
    """Which cells: all within the bounds, or those that meet a condition."""

    where: str | None = None
    """Only cells that meet this, such as "vertices<=4 and edges<=6". Fields: vertices, edges, parameters, flops, and
    the number of each operation (conv3x3, conv1x1, maxpool3x3); < <= > >= == !=, and, or, not, parentheses."""
    max_vertices: int = 7
    """Most vertices of a cell, input and output included."""
    max_edges: int = 9
    """Most edges of a cell."""
    operations: tuple[str, ...] = CANONICAL_OPERATIONS
    """Operations of the interior vertices; their order is part of the hash."""
    cache: bool = True
    """Keep the enumerated space in the cache folder (NASBENCH_CACHE_DIR, else the platform's)."""
    verify_isomorphism: bool = False
    """Refuse a space in which cells that are not isomorphic share a hash."""

    def resolve(self) -> SearchSpace:
        """The whole space and the part of it that was asked for."""
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


Chosen = Annotated[SpaceArguments, tyro.conf.arg(name="")]


@dataclass(frozen=True)
class _Enumerate:
    out: Path
    """The file: .arrow (what SearchSpace.load reads), .parquet, .csv, or .json (as the original's generated_graphs)."""
    space: Chosen = field(default_factory=SpaceArguments)


@dataclass(frozen=True)
class _Info:
    space: Chosen = field(default_factory=SpaceArguments)


@dataclass(frozen=True)
class _Sample:
    count: int = 10
    """How many."""
    seed: int = 0
    """The same seed draws the same cells."""
    method: Literal["uniform", "random-matrix"] = "uniform"
    """uniform: different cells, all equally likely; random-matrix: as the original's notebook, with repetitions."""
    draw: Path | None = None
    """Also draw them on a contact sheet (.svg, .png or .pdf)."""
    space: Chosen = field(default_factory=SpaceArguments)


@dataclass(frozen=True)
class _Neighbours:
    cell: tyro.conf.Positional[str]
    """Hash of a cell within the bounds, or a beginning of it that no other has."""
    draw: Path | None = None
    """Also draw them on a contact sheet (.svg, .png or .pdf), the cell itself first."""
    space: Chosen = field(default_factory=SpaceArguments)


def enumerate_space(arguments: list[str]) -> None:
    given = parse(_Enumerate, arguments, "nasbench space enumerate", "Write all cells of a space to a file.")
    from nasbench_pytorch.space.export import check_suffix, export_space

    check_suffix(given.out)
    space = given.space.resolve()
    export_space(space, given.out)
    print(f"{len(space):,} cells in {given.out}")


def info(arguments: list[str]) -> None:
    given = parse(_Info, arguments, "nasbench space info", "Say what is in a space.")
    from nasbench_pytorch.cli.space.text import summary_lines
    from nasbench_pytorch.space.summary import summarise

    print("\n".join(summary_lines(summarise(given.space.resolve()))))


def sample(arguments: list[str]) -> None:
    given = parse(_Sample, arguments, "nasbench space sample", "Draw cells of a space at random.")
    import numpy as np

    from nasbench_pytorch.space.sampling import sample_distinct, sample_random_matrix

    if given.count < 1:
        raise InputError(f"--count must be at least 1, got {given.count}")
    if given.seed < 0:
        raise InputError(f"--seed must be at least 0, got {given.seed}")
    space = given.space.resolve()
    rng = np.random.default_rng(given.seed)
    if given.method == "uniform":
        specs = sample_distinct(space, given.count, rng)
    else:
        specs = [sample_random_matrix(space, rng) for _ in range(given.count)]
    _show(space, [space.index_of(spec) for spec in specs], given.draw)


def neighbours(arguments: list[str]) -> None:
    given = parse(_Neighbours, arguments, "nasbench space neighbours", "List the cells one edit away from a cell.")
    from dataclasses import replace

    from nasbench_pytorch.space.enumerate import row_by_hash
    from nasbench_pytorch.space.neighbourhood import neighbour_rows

    whole = replace(given.space, where=None).resolve()
    cell = whole[row_by_hash(whole, given.cell)]
    space = whole if given.space.where is None else given.space.resolve()
    rows = neighbour_rows(space, cell)
    print(f"{len(rows):,} neighbours of {whole.hash_at(whole.index_of(cell))}", file=sys.stderr)
    _show(space, rows, given.draw)


def _show(space: SearchSpace, rows: list[int], draw: Path | None) -> None:
    """Print a line for each cell, and draw them if wanted."""
    from nasbench_pytorch.cli.space.text import cell_lines

    if draw is not None:
        from nasbench_pytorch.plots.cells import draw_contact_sheet

        specs = [space[row] for row in rows]
        cells = [(spec.matrix, spec.ops) for spec in specs if spec.matrix is not None and spec.ops is not None]
        draw_contact_sheet(draw, cells, titles=[space.hash_at(row)[:8] for row in rows])
    for line in cell_lines(space, rows):
        print(line)
