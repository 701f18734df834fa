"""MF-NAS's data: one result of each cell and budget, without graphs, as JSON or as a pickle.

'4', '12', '36' and '108' → hash → {val_acc, test_acc (fractions), train_time (s), n_params, flops}. The graphs are
those of NAS-Bench-101's cells with these hashes. `flops` and other entries are not kept.

Source: ELO-Lab/MF-NAS, `problems/nb101.py`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from typing_extensions import override

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.space import enumerate_cells
from nasbench_pytorch.table.layouts.layout import Layout, Reading
from nasbench_pytorch.table.layouts.pickles.columns import NodeColumns
from nasbench_pytorch.table.layouts.pickles.opened import opened_parts
from nasbench_pytorch.table.layouts.reading.hash_text import is_hash
from nasbench_pytorch.table.layouts.reading.json_entries import json_entries
from nasbench_pytorch.table.layouts.reading.rows import block_of
from nasbench_pytorch.table.layouts.reading.value_checks import number_or_nan
from nasbench_pytorch.table.layouts.reading.whole_space import space_cells
from nasbench_pytorch.table.storage.row_block import NO_PARAMETERS, Cells
from nasbench_pytorch.table.storage.sort_rows import choose_cells

if TYPE_CHECKING:
    from nasbench_pytorch.table.layouts.reading.candidate import Candidate
    from nasbench_pytorch.table.storage.row_block import Block

_BUDGETS = ("4", "12", "36", "108")
_FIELDS = {
    "train_acc": "train_accuracy",
    "val_acc": "validation_accuracy",
    "test_acc": "test_accuracy",
    "train_time": "training_time",
}
_PARAMETERS = "n_params"

Results = tuple[npt.NDArray[np.uint8], dict[str, npt.NDArray[np.float64]]]
"""Hashes, shape (cells, 16), and numbers by name, NaN where absent."""


class MfNasResults(Layout):
    """The layout."""

    name = "MF-NAS's data"
    content = "a JSON object or pickled dict: '4', '12', '36' or '108' → hash → test_acc and more"
    lacks = "graphs (they are those of the hashes), and repeats"

    @override
    def recognises(self, candidate: Candidate) -> bool:
        if candidate.json_start:
            head = candidate.json_start[:4000]
            return any(head[1:].lstrip().startswith(b'"%s"' % key.encode()) for key in _BUDGETS) and b"_acc" in head
        pair = candidate.outline.pair() if candidate.outline else None
        if pair is None or pair[0] not in _BUDGETS or not isinstance(pair[1], dict) or not pair[1]:
            return False
        key, value = next(iter(pair[1].items()))
        return is_hash(key) and isinstance(value, dict) and bool(set(_FIELDS) & set(value))

    @override
    def read(self, candidates: Sequence[Candidate], reading: Reading) -> Iterator[Block]:
        candidate = candidates[0]
        space = enumerate_cells()
        every = space_cells(space, reading.vocabulary)
        keys = space.columns.hash.view(">u8").reshape(-1, 2)
        results = _from_json(candidate, reading) if candidate.json_start else _from_pickle(candidate, reading)
        for epochs, (hashes, numbers) in results:
            rows = np.searchsorted(keys[:, 0], hashes.view(">u8").reshape(-1, 2)[:, 0])
            inside = np.minimum(rows, len(space) - 1)
            unknown = np.flatnonzero((every.hashes[inside] != hashes).any(axis=1))
            if len(unknown):
                raise InputError(
                    f"{candidate.path}: hash {hashes[unknown[0]].tobytes().hex()} is no cell of NAS-Bench-101; the "
                    "file has no graphs, so it can hold only these cells"
                )
            cells = choose_cells(every, inside.astype(np.int64))
            cells.parameters = _parameters(numbers.pop(_PARAMETERS), candidate)
            yield _block(cells, epochs, numbers, reading.images)


def _block(cells: Cells, epochs: int, numbers: dict[str, npt.NDArray[np.float64]], images: int) -> Block:
    count = len(cells)
    values = {_FIELDS[name]: column for name, column in numbers.items()}
    missing = {name: np.isnan(column) for name, column in values.items()}
    values["current_epoch"] = np.full(count, float(epochs))
    return block_of(cells, np.arange(count), np.full(count, epochs), values, images, missing)


def _parameters(counts: npt.NDArray[np.float64], candidate: Candidate) -> npt.NDArray[np.int64]:
    known = ~np.isnan(counts)
    wrong = np.flatnonzero(known & ((counts != np.rint(counts)) | (np.abs(counts) >= 1 << 31)))
    if len(wrong):
        raise InputError(f"{candidate.path}: {_PARAMETERS} is {float(counts[wrong[0]])!r}, not a whole number")
    return np.where(known, np.where(known, counts, 0).astype(np.int64), NO_PARAMETERS)


def _from_json(candidate: Candidate, reading: Reading) -> Iterator[tuple[int, Results]]:
    for key, cells in json_entries(candidate, reading.progress):
        if key not in _BUDGETS:
            raise InputError(f"{candidate.path}: {key!a:.40} is no budget; budgets are {', '.join(_BUDGETS)}")
        if not isinstance(cells, dict) or not all(map(is_hash, cells)):
            raise InputError(f"{candidate.path}: the value of '{key}' is not an object of hashes; the file is damaged")
        numbers: dict[str, list[float]] = {name: [] for name in (*_FIELDS, _PARAMETERS)}
        for module_hash, value in cells.items():
            place = f"{candidate.path}: cell {module_hash}"
            if not isinstance(value, dict):
                raise InputError(f"{place}: not an object of results; the file is damaged")
            for name, column in numbers.items():
                column.append(number_or_nan(value.get(name), name, place))
        hashes = np.frombuffer(bytes.fromhex("".join(cells)), np.uint8).reshape(-1, 16)
        yield int(key), (hashes, {name: np.array(column, np.float64) for name, column in numbers.items()})


def _from_pickle(candidate: Candidate, reading: Reading) -> Iterator[tuple[int, Results]]:
    for stream, part in opened_parts(candidate, reading, _BUDGETS):
        columns = NodeColumns(stream)
        keys, cells, _ = columns.pairs(np.array([part.container]), "a budget")
        numbers: dict[str, Any] = {}
        for name in (*_FIELDS, _PARAMETERS):
            values, missing = columns.numbers(columns.field(cells, name, "a cell"), name)
            numbers[name] = np.where(missing, np.nan, values)
        yield int(_BUDGETS[part.key]), (columns.hashes(keys, "a key"), numbers)
