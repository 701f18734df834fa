"""Flags that name a cell and a skeleton, the same for every subcommand."""

from __future__ import annotations

from dataclasses import dataclass, fields

import tyro

from nasbench_pytorch.cli.shared.cell_notation import cell_of_hash, find_cell, is_matrix, parse_cell, unnamed
from nasbench_pytorch.errors import InputError
from nasbench_pytorch.space.presets import NAMED_CELLS, NamedCell
from nasbench_pytorch.space.skeleton import Skeleton


@dataclass(frozen=True)
class CellArguments:
    """A cell: its name without a flag, or one of --cell, --hash, or --matrix with --ops."""

    name: tyro.conf.Positional[str | None] = None
    """The cell, as --cell takes it."""
    cell: str | None = None
    """The cell: a name (inception, best, …), a JSON file with "matrix" and "ops", a hash, or, with --ops, the rows of
    its matrix."""
    hash: str | None = None
    """Hash of a NAS-Bench-101 cell: 32 hex digits, or the first digits if no other cell's hash begins with them."""
    matrix: str | None = None
    """Adjacency matrix, upper triangular: rows of digits ("011 001 000") or JSON. Needs --ops."""
    ops: str | None = None
    """Operations, separated by commas: conv3x3, conv1x1, maxpool3x3, … "input" and "output" at the ends may be
    omitted. Needs --matrix."""

    def resolve(self, default: str | None = None) -> NamedCell:
        """Return the cell that the flags name.

        Args:
            default: the cell's name if no flag names one.

        Raises:
            InputError: the flags name no cell or more than one, or the cell does not exist.
        """
        if self.name is not None and (self.cell, self.hash, self.matrix) != (None, None, None):
            raise InputError(f"'{self.name}' names a cell already; leave out --cell, --hash and --matrix")
        named_by = [flag for flag in ("cell", "hash", "matrix") if getattr(self, flag) is not None]
        if len(named_by) > 1:
            raise InputError(f"--{' and --'.join(named_by)} each name a cell; give only one of them")
        name, matrix = self.text or default, self.matrix
        if name is not None and self.ops is not None and is_matrix(name):
            name, matrix = None, name
        if (matrix is None) != (self.ops is None):
            raise InputError("--matrix and --ops describe a cell together; give both")
        if matrix is not None and self.ops is not None:
            return unnamed(parse_cell(matrix, self.ops))
        if self.hash is not None:
            return cell_of_hash(self.hash)
        if name is None:
            raise InputError(f"no cell was named; give one of {', '.join(NAMED_CELLS)}, a file or a hash")
        return find_cell(name)

    @property
    def text(self) -> str | None:
        """What names the cell, without a flag or with --cell."""
        return self.cell if self.name is None else self.name

    @property
    def given(self) -> bool:
        """Whether any flag names a cell."""
        return self != CellArguments()


@dataclass(frozen=True)
class SkeletonArguments:
    """The network around the cell; omitted flags take the named cell's skeleton, or else NAS-Bench-101's."""

    num_labels: int | None = None
    """Number of classes; 10 in NAS-Bench-101."""
    in_channels: int | None = None
    """Channels of the images; 3 in NAS-Bench-101."""
    stem_out_channels: int | None = None
    """Output channels of the stem; 128 in NAS-Bench-101."""
    num_stacks: int | None = None
    """Number of stacks; 3 in NAS-Bench-101."""
    num_modules_per_stack: int | None = None
    """Modules in each stack; 3 in NAS-Bench-101."""

    def resolve(self, default: Skeleton) -> Skeleton:
        """Return `default` with the values of the flags that were passed."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return Skeleton(**{**vars(default), **{name: value for name, value in values.items() if value is not None}})
