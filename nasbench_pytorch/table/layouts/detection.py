"""Find out by content which layout a file, a pair of files or a folder has."""

from __future__ import annotations

import importlib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.table.layouts.reading.candidate import Candidate
from nasbench_pytorch.table.tfrecord.frames import find_header, frame_length
from nasbench_pytorch.table.tfrecord.import_cache import ARROW_MAGIC

if TYPE_CHECKING:
    from nasbench_pytorch.table.layouts.layout import Layout

_LAYOUTS = (
    "nasbench_dictionaries:BothDictionaries",
    "nasbench_dictionaries:TwoDictionaries",
    "nasbenchapi:NasbenchapiEntries",
    "archai:ArchaiDictionary",
    "gates:GatesLists",
    "nni:NniDatabase",
    "neuralpredictor:NeuralPredictorArrays",
    "nasbench_rs:NasbenchRsBinary",
    "arch2vec:Arch2vecJson",
    "alphax:AlphaxJson",
    "mf_nas:MfNasResults",
    "freerea:FreereaAccuracies",
)
"""Modules and classes of the layouts."""
TFRECORD = "the original's tfrecord"
_MOST_FILES = 100


class Detected(NamedTuple):
    """A table that was found.

    Attributes:
        layout: its layout; None for the original's tfrecord.
        candidates: its files.
    """

    layout: Layout | None
    candidates: tuple[Candidate, ...]

    @property
    def name(self) -> str:
        """Whose file it is."""
        return TFRECORD if self.layout is None else self.layout.name


def all_layouts() -> list[Layout]:
    """Return every layout but the original's."""
    found = []
    for entry in _LAYOUTS:
        module, name = entry.split(":")
        found.append(getattr(importlib.import_module(f"nasbench_pytorch.table.layouts.{module}"), name)())
    return found


def detect(paths: Sequence[str | os.PathLike[str]]) -> Detected:
    """Return the layout of a file, of a folder, or of several files that make up one table.

    Raises:
        InputError: no layout fits, several do, or a file of a pair is missing.
        OSError: a file cannot be read.
    """
    given = [Path(path) for path in paths]
    if not given:
        raise InputError("no file was named; name a table's file, its files, or a folder with one table")
    if len(given) == 1 and given[0].is_dir():
        return _in_folder(given[0])
    candidates = [Candidate(path) for path in given]
    for candidate in candidates:
        if candidate.head.startswith(ARROW_MAGIC):
            raise InputError(f"{candidate.path}: a .arrow file, which needs no import; use it as it is")
    found = [_layout_of(candidate) for candidate in candidates]
    for candidate, detected in zip(candidates, found, strict=True):
        if detected is None:
            raise _unknown(str(candidate.path), candidate)
    tables = _joined([item for item in found if item is not None])
    if len(tables) > 1:
        names = ", ".join(f"{item.candidates[0].path.name} ({item.name})" for item in tables)
        raise InputError(f"several tables: {names}; import one at a time")
    return tables[0]


def _in_folder(folder: Path) -> Detected:
    files = sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))
    if len(files) > _MOST_FILES:
        raise InputError(f"{folder}: a folder of {len(files):,} files; name the table's file")
    candidates = [Candidate(path) for path in files if path.stat().st_size]
    tables = _joined([item for item in map(_layout_of, candidates) if item is not None])
    if not tables:
        raise _unknown(str(folder), None)
    if len(tables) > 1:
        names = ", ".join(f"{item.candidates[0].path.name} ({item.name})" for item in tables)
        raise InputError(f"{folder}: holds several tables: {names}; name the file of one")
    return tables[0]


def _layout_of(candidate: Candidate) -> Detected | None:
    if _is_tfrecord(candidate.head):
        return Detected(None, (candidate,))
    layout = next((layout for layout in all_layouts() if layout.recognises(candidate)), None)
    if layout is None:
        return Detected(None, (candidate,)) if find_header(candidate.head, 1) is not None else None
    return Detected(layout, (candidate,))


def _is_tfrecord(head: bytes) -> bool:
    return len(head) >= 12 and frame_length(head[:12]) is not None


def _joined(found: list[Detected]) -> list[Detected]:
    """Join the files that make up one table."""
    tables: list[Detected] = []
    for item in found:
        before = next((table for table in tables if table.layout and table.name == item.name), None)
        if before is not None and before.layout is not None and len(before.candidates) < before.layout.files:
            parts = sorted(before.candidates + item.candidates, key=lambda candidate: candidate.path.name)
            tables[tables.index(before)] = Detected(before.layout, tuple(parts))
        else:
            tables.append(item)
    return tables


def _unknown(where: str, candidate: Candidate | None) -> InputError:
    looked_for = "; ".join([TFRECORD, *(f"{layout.name} ({layout.content})" for layout in all_layouts())])
    start = f" (it begins with {candidate.head[:12]!a})" if candidate is not None else ""
    return InputError(f"{where}: no known layout of a table{start}; looked for: {looked_for}")
