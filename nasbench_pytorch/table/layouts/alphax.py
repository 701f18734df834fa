"""AlphaX's and LaNAS's JSON: the mean test accuracy of each cell.

AlphaX: an object whose keys are JSON texts `{"adj_mat": [[…]], "node_list": ["input", …, "output"]}` and whose values
are mean test accuracies after 108 epochs. LaNAS: a list of {feature, acc}. A feature is 49 numbers: a matrix and a list
of operations, flattened; its files do not say how. It is read as the first six rows of the 7×7 matrix (the output has
no edges) and seven codes of operations, the ones of AlphaX's own encoder: 2 input, 3 conv1x1, 4 maxpool, 5 conv3x3,
6 output, 9 for a vertex that does not exist. Another feature is refused. There are no hashes.

Source: linnanwang/AlphaX-NASBench101, `MCTS.py`, `net_training.py`, `net_predictor.py`; facebookresearch/LaMCTS,
`LaNAS/LaNAS_NASBench101/net_training.py`; linnanwang/MLP-NASBench-101, `README.md`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from typing_extensions import override

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.space.operations import CONV1X1, CONV3X3, INPUT, MAXPOOL3X3, OUTPUT
from nasbench_pytorch.table.layouts.layout import Layout, Reading
from nasbench_pytorch.table.layouts.reading.cell_lists import CellLists
from nasbench_pytorch.table.layouts.reading.json_entries import json_entries
from nasbench_pytorch.table.layouts.reading.json_head import first_entries
from nasbench_pytorch.table.layouts.reading.rows import mean_rows
from nasbench_pytorch.table.layouts.reading.value_checks import number_or_nan

if TYPE_CHECKING:
    from nasbench_pytorch.table.layouts.reading.candidate import Candidate
    from nasbench_pytorch.table.storage.row_block import Block

_CODES = {2: INPUT, 3: CONV1X1, 4: MAXPOOL3X3, 5: CONV3X3, 6: OUTPUT}
_NO_VERTEX = 9
_SIZE = 7
_FEATURE = _SIZE * (_SIZE - 1) + _SIZE
_EPOCHS = 108
_CELLS_AT_A_TIME = 1 << 14

Graph = tuple[list[list[int]], list[str]]


class AlphaxJson(Layout):
    """The layout."""

    name = "AlphaX's or LaNAS's JSON"
    content = "a JSON object with cells as its keys (adj_mat, node_list), or a JSON list of feature and acc"
    lacks = "single trainings (each value is the mean of three)"
    has_hashes = False

    @override
    def recognises(self, candidate: Candidate) -> bool:
        entries = first_entries(candidate)
        if not entries:
            return False
        key, value = entries[0]
        if key is None:
            return isinstance(value, dict) and {"feature", "acc"} <= set(value)
        return "adj_mat" in key and "node_list" in key and type(value) in (int, float)

    @override
    def read(self, candidates: Sequence[Candidate], reading: Reading) -> Iterator[Block]:
        where = str(candidates[0].path)
        lists, values = CellLists(where, reading.vocabulary), []
        for number, (key, value) in enumerate(json_entries(candidates[0], reading.progress)):
            place = f"{where}: entry {number:,}"
            graph, accuracy = _from_list(value, place) if key is None else (_from_key(key, place), value)
            lists.add(*graph)
            values.append(number_or_nan(accuracy, "the accuracy", place))
            if len(lists) == _CELLS_AT_A_TIME:
                yield _block(lists, values, reading)
                lists, values = CellLists(where, reading.vocabulary), []
        if len(lists):
            yield _block(lists, values, reading)


def _block(lists: CellLists, values: list[float], reading: Reading) -> Block:
    accuracies = np.array(values, np.float64)
    missing = {"test_accuracy": np.isnan(accuracies)}
    return mean_rows(lists.cells(), _EPOCHS, {"test_accuracy": accuracies}, reading.images, missing)


def _from_key(key: str, place: str) -> Graph:
    """Return the cell of one of AlphaX's keys."""
    try:
        content = json.loads(key)
        matrix, names = content["adj_mat"], content["node_list"]
        if names and names[-1] == "term":
            names = names[:-1]
        if all(isinstance(name, str) for name in names) and isinstance(matrix, list):
            return matrix, names
    except (ValueError, TypeError, KeyError, RecursionError):
        pass
    raise InputError(f"{place}: {key!a:.60} is no cell of adj_mat and node_list; the file is damaged")


def _from_list(value: Any, place: str) -> tuple[Graph, Any]:
    """Return the cell and the accuracy of one of LaNAS's elements."""
    feature = value.get("feature") if isinstance(value, dict) else None
    if not isinstance(feature, list) or len(feature) != _FEATURE or "acc" not in value:
        raise InputError(f"{place}: not a feature of {_FEATURE} numbers and acc; the file is damaged")
    codes = feature[-_SIZE:]
    size = codes.index(_NO_VERTEX) if _NO_VERTEX in codes else _SIZE
    rows = [feature[_SIZE * row : _SIZE * (row + 1)] for row in range(_SIZE - 1)] + [[0] * _SIZE]
    known = all(type(code) in (int, float) and code in _CODES for code in codes[:size])
    padded = all(code == _NO_VERTEX for code in codes[size:]) and not any(
        entry for row, entries in enumerate(rows) for column, entry in enumerate(entries) if max(row, column) >= size
    )
    if not known or not padded:
        raise InputError(
            f"{place}: the feature is not six rows of a 7×7 matrix and seven codes of operations; how other features "
            "are made up is not known"
        )
    return ([row[:size] for row in rows[:size]], [_CODES[code] for code in codes[:size]]), value["acc"]
