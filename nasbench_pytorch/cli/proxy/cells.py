"""The cells that `nasbench proxy score` takes: named ones, files of hashes, samples of the space."""

from __future__ import annotations

import csv
import os
from pathlib import Path
from typing import TYPE_CHECKING

from nasbench_pytorch.cli.shared.cell_notation import find_cell
from nasbench_pytorch.errors import InputError

if TYPE_CHECKING:
    from nasbench_pytorch.space.spec import ModelSpec

_LARGEST_FILE_BYTES = 1 << 28


def cells_of(texts: tuple[str, ...]) -> list[ModelSpec]:
    """Return the cells that are named: names, hashes, JSON files of a cell, or text and CSV files of hashes.

    Raises:
        InputError: a text is none of these, or a file has a line that is no hash; the message names the line.
    """
    cells: list[ModelSpec] = []
    for text in texts:
        if os.path.isfile(text) and not text.endswith(".json"):  # noqa: PTH113 - Path.is_file raises for long names
            cells += _cells_of_file(Path(text))
        else:
            cells.append(find_cell(text).spec)
    return cells


def _cells_of_file(path: Path) -> list[ModelSpec]:
    """Return the cells of a file: one hash a line, or a CSV file with a column `hash`; lines from # on are ignored."""
    from nasbench_pytorch.space.enumerate import enumerate_cells

    if path.stat().st_size > _LARGEST_FILE_BYTES:
        raise InputError(f"{path} is too large for a file of hashes")
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError:
        raise InputError(f"{path} is no text file; give one hash a line, or a CSV file with a column hash") from None
    heading = next(csv.reader(lines[:1]), [])
    column = heading.index("hash") if "hash" in heading else None
    space = enumerate_cells()
    cells = []
    for number, line in enumerate(lines, start=1):
        text = line.partition("#")[0].strip()
        if not text or (number == 1 and column is not None):
            continue
        fields = next(csv.reader([text]))
        module_hash = fields[column or 0].strip().lower() if len(fields) > (column or 0) else ""
        row = space.find(module_hash) if len(module_hash) == 32 else None
        if row is None:
            raise InputError(f"{path} line {number}: '{module_hash:.40}' is no hash of a NAS-Bench-101 cell")
        cells.append(space[row])
    if not cells:
        raise InputError(f"{path} holds no hash")
    return cells
