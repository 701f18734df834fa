"""Flags that name a cell and a skeleton, the same for every subcommand."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.space.operations import INPUT, OUTPUT
from nasbench_pytorch.space.presets import NAMED_CELLS, NamedCell
from nasbench_pytorch.space.skeleton import NASBENCH101_SKELETON, Skeleton
from nasbench_pytorch.space.spec import ModelSpec

_HEX = re.compile(r"[0-9a-f]{4,32}")


@dataclass(frozen=True)
class CellArguments:
    """A cell: one of --cell, --hash, or --matrix with --ops."""

    cell: str | None = None
    """The cell: a name (inception, best, …), a JSON file with "matrix" and "ops", or a hash."""
    hash: str | None = None
    """Hash of a NAS-Bench-101 cell: 32 hex digits, or the first digits if no other cell's hash begins with them."""
    matrix: str | None = None
    """Adjacency matrix, upper triangular: rows of digits ("011 001 000") or JSON. Needs --ops."""
    ops: str | None = None
    """Operations, separated by commas; "input" and "output" at the ends may be omitted. Needs --matrix."""

    def resolve(self, default: str | None = None) -> NamedCell:
        """Return the cell that the flags name.

        Args:
            default: the cell's name if no flag names one.

        Raises:
            InputError: the flags name no cell or more than one, or the cell does not exist.
        """
        named_by = [name for name in ("cell", "hash", "matrix") if getattr(self, name) is not None]
        if len(named_by) > 1:
            raise InputError(f"--{' and --'.join(named_by)} each name a cell; give only one of them")
        if (self.matrix is None) != (self.ops is None):
            raise InputError("--matrix and --ops describe a cell together; give both")
        if self.matrix is not None and self.ops is not None:
            return _unnamed(parse_cell(self.matrix, self.ops))
        if self.hash is not None:
            return _by_hash(self.hash)
        name = self.cell or default
        if name is None:
            raise InputError(f"no cell was named; give --cell with one of {', '.join(NAMED_CELLS)}, a file or a hash")
        return find_cell(name)


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


def find_cell(name: str) -> NamedCell:
    """Return the cell of that name, of that JSON file, or of that hash.

    Raises:
        InputError: `name` is none of these.
    """
    if name in NAMED_CELLS:
        return NAMED_CELLS[name]
    if name.endswith(".json") or Path(name).is_file():
        return _unnamed(_read_cell(Path(name)))
    if _HEX.fullmatch(name.lower()):
        return _by_hash(name)
    raise InputError(
        f"unknown cell '{name}'; give one of {', '.join(NAMED_CELLS)}, a JSON file with 'matrix' and 'ops', or a hash"
    )


def parse_cell(matrix: str, ops: str) -> ModelSpec:
    """Return the cell that `--matrix` and `--ops` describe.

    Raises:
        InputError: a value cannot be read, or the cell is malformed.
    """
    if matrix.lstrip().startswith("["):
        rows: Any = _parse_json(matrix, "--matrix")
    else:
        parts = re.split(r"[\s,;/]+", matrix.strip())
        bad = next((part for part in parts if not part.isdigit()), None)
        if bad is not None:
            raise InputError(f"--matrix row '{bad}' is not made of digits; write rows like 011 001 000, or JSON")
        rows = [[int(digit) for digit in part] for part in parts]
    names = [name.strip().strip("'\"") for name in ops.strip().strip("[]").split(",") if name.strip()]
    if len(names) == len(rows) - 2:
        names = [INPUT, *names, OUTPUT]
    return ModelSpec(rows, names)


def _read_cell(path: Path) -> ModelSpec:
    if not path.is_file():
        raise InputError(f"{path}: no such file; a cell file is JSON with 'matrix' and 'ops'")
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise InputError(f"{path}: not a text file; a cell file is JSON with 'matrix' and 'ops'") from None
    value = _parse_json(text, str(path))
    if not isinstance(value, dict):
        raise InputError(f"{path}: a cell file is a JSON object with 'matrix' and 'ops'")
    try:
        return ModelSpec.from_dict(value)
    except InputError as error:
        raise InputError(f"{path}: {error}") from None


def _parse_json(text: str, source: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise InputError(f"{source}: not JSON ({error})") from None


def _by_hash(text: str) -> NamedCell:
    from nasbench_pytorch.space.enumerate import cell_by_hash

    return _unnamed(cell_by_hash(text.lower()))


def _unnamed(spec: ModelSpec) -> NamedCell:
    return NamedCell("", spec, NASBENCH101_SKELETON, "")
