"""The two dictionaries of the original's loader, pickled: NASLib's file, and NPENAS's two files.

`fixed` of a cell: module_adjacency (int8, V×V), module_operations, trainable_parameters. `computed` of a cell: epochs →
list of trainings, each with training_time (s) and train, validation and test accuracy, as `halfway_…` and `final_…`.
NASLib (and FreeREA) keep one dict: hash → (fixed, computed). NPENAS keeps hash → fixed in one file and hash → computed
in another.

Source: automl/NASLib, `naslib/utils/nb101_api.py`; auroua/NPENASv1, `nas_lib/nasbench101/nasbench.py`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from typing_extensions import override

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.table.layouts.layout import Layout, Reading
from nasbench_pytorch.table.layouts.pickles.columns import NodeColumns
from nasbench_pytorch.table.layouts.pickles.fixed_statistics import read_fixed
from nasbench_pytorch.table.layouts.pickles.opened import opened_parts
from nasbench_pytorch.table.layouts.reading.hash_text import is_hash
from nasbench_pytorch.table.layouts.reading.rows import block_of
from nasbench_pytorch.table.storage.fields import FINAL, HALFWAY, METRICS
from nasbench_pytorch.table.storage.row_block import Cells

if TYPE_CHECKING:
    from nasbench_pytorch.table.layouts.pickles.containers import Nodes
    from nasbench_pytorch.table.layouts.pickles.stream import Part, PickleStream
    from nasbench_pytorch.table.layouts.reading.candidate import Candidate
    from nasbench_pytorch.table.storage.row_block import Block

_LACKS = "evaluations at the start, total_time"
_KEYS = ("fixed_statistics", "computed_statistics")
_FIELDS = {
    prefix + name: stage + name for prefix, stage in (("halfway_", HALFWAY), ("final_", FINAL)) for name in METRICS
}
"""Name in the pickle → field of the row."""


class BothDictionaries(Layout):
    """NASLib's layout: both dictionaries in one file."""

    name = "NASLib's pickle"
    content = "a pickled dict: hash → (fixed statistics, computed statistics)"
    lacks = _LACKS

    @override
    def recognises(self, candidate: Candidate) -> bool:
        pair = candidate.outline.pair() if candidate.outline else None
        if pair is None or not is_hash(pair[0]) or not isinstance(pair[1], tuple | list) or len(pair[1]) != 2:
            return False
        return is_fixed(pair[1][0]) and is_computed(pair[1][1])

    @override
    def read(self, candidates: Sequence[Candidate], reading: Reading) -> Iterator[Block]:
        for stream, part in opened_parts(candidates[0], reading):
            columns = NodeColumns(stream)
            hashes, values, _ = columns.pairs(np.array([part.container]), "the pickle")
            both, owners = columns.members(values, "the value of a hash")
            if not np.array_equal(owners, np.repeat(np.arange(len(values)), 2)):
                raise columns.wrong("the value of a hash is no pair of statistics")
            cells = read_fixed(columns, stream.memory, both[::2], columns.hashes(hashes, "a key"), reading.vocabulary)
            yield computed_block(columns, both[1::2], cells, np.arange(len(cells)), reading.images)


class TwoDictionaries(Layout):
    """NPENAS's layout: each dictionary in a file of its own, or both in one file, one after the other."""

    name = "NPENAS's two pickles"
    content = "two pickled dicts, hash → fixed statistics and hash → computed statistics, or both in one tuple or dict"
    lacks = _LACKS
    files = 2

    @override
    def recognises(self, candidate: Candidate) -> bool:
        pair = candidate.outline.pair() if candidate.outline else None
        if pair is None:
            return False
        if pair[0] in _KEYS:
            return isinstance(pair[1], dict) and any(map(is_hash, pair[1]))
        return is_hash(pair[0]) and (is_fixed(pair[1]) or is_computed(pair[1]))

    @override
    def read(self, candidates: Sequence[Candidate], reading: Reading) -> Iterator[Block]:
        parts: list[Cells] = []
        places: dict[bytes, int] = {}
        seen = np.zeros(0, np.bool_)
        for holds_cells, candidate, stream, part in _dictionaries(candidates, reading):
            columns = NodeColumns(stream)
            keys, values, _ = columns.pairs(np.array([part.container]), "the pickle")
            hashes = columns.hashes(keys, "a key")
            if holds_cells:
                parts.append(read_fixed(columns, stream.memory, values, hashes, reading.vocabulary))
                continue
            if not places:
                cells = _joined(parts)
                places = {key: place for place, key in enumerate(map(bytes, cells.hashes))}
                seen, first = np.zeros(len(cells), np.bool_), 0
            numbers = np.array([places.get(key, -1) for key in map(bytes, hashes)], np.int64)
            if (numbers < 0).any():
                raise _mixed_up(candidate, "computed", "fixed", hashes[int(numbers.argmin())])
            seen[numbers] = True
            # The first block brings all cells; the others count theirs from behind them.
            yield computed_block(columns, values, cells, numbers - first, reading.images)
            cells, first = _joined([]), len(places)
        if not seen.all():
            raise _mixed_up(
                candidates[0], "fixed", "computed", np.frombuffer(list(places)[int(seen.argmin())], np.uint8)
            )


def _joined(parts: list[Cells]) -> Cells:
    """Return all cells as one."""
    none = Cells(np.empty((0, 16), np.uint8), *(np.empty(0, np.int64),) * 2, *(np.empty(0, np.uint8),) * 2)
    return Cells(*(np.concatenate([getattr(part, name) for part in [none, *parts]]) for name in vars(none)))


def _dictionaries(
    candidates: Sequence[Candidate], reading: Reading
) -> Iterator[tuple[bool, Candidate, PickleStream, Part]]:
    """Yield the parts of the two dictionaries, and whether each holds fixed statistics; these come first."""
    if len(candidates) == 2:
        kinds = {is_fixed(_first_value(candidate)): candidate for candidate in candidates}
        if len(kinds) == 2:
            for holds_cells, candidate in sorted(kinds.items(), reverse=True):
                for stream, part in opened_parts(candidate, reading):
                    yield holds_cells, candidate, stream, part
            return
    elif len(candidates) == 1:
        pair = candidates[0].outline.pair() if candidates[0].outline else None
        keys = _KEYS if pair is not None and pair[0] in _KEYS else ()
        order: list[int] = []
        for stream, part in opened_parts(candidates[0], reading, keys):
            if part.container not in order:
                order.append(part.container)
            yield order.index(part.container) == 0, candidates[0], stream, part
        if len(order) == 2:
            return
    names = " and ".join(candidate.path.name for candidate in candidates)
    raise InputError(
        f"{names}: {TwoDictionaries.name} are two files, one with fixed and one with computed statistics; name both, "
        "or their folder"
    )


def _first_value(candidate: Candidate) -> Any:
    pair = candidate.outline.pair() if candidate.outline else None
    return pair[1] if pair else None


def _mixed_up(
    candidate: Candidate, first: str, second: str, module_hash: np.ndarray[Any, np.dtype[np.uint8]]
) -> InputError:
    return InputError(
        f"{candidate.path}: cell {module_hash.tobytes().hex()} has {first} but no {second} statistics; the two are of "
        "different tables"
    )


def is_fixed(value: Any) -> bool:
    """Return whether a value is the fixed statistics of a cell."""
    return (
        isinstance(value, dict) and {"module_adjacency", "module_operations"} <= set(value) and "metrics" not in value
    )


def is_computed(value: Any) -> bool:
    """Return whether a value is the computed statistics of a cell."""
    if not isinstance(value, dict) or not value:
        return False
    trainings = next(iter(value.values()))
    if not isinstance(trainings, list | tuple) or not trainings or not isinstance(trainings[0], dict):
        return False
    return any(name in _FIELDS for name in trainings[0])


def computed_block(
    columns: NodeColumns, computed: Nodes, cells: Cells, cell_numbers: np.ndarray[Any, np.dtype[np.int64]], images: int
) -> Block:
    """Return computed statistics as rows.

    Args:
        columns: reader of the nodes.
        computed: the computed statistics of some cells.
        cells: the cells of the block.
        cell_numbers: number of each entry's cell.
        images: evaluation images.
    """
    budgets, trainings, owners = columns.pairs(computed, "the computed statistics of a cell")
    rows, lists = columns.members(trainings, "the trainings of a budget")
    epochs = columns.whole_numbers(budgets, "a budget")[lists]
    values, missing = {}, {}
    for name, field in _FIELDS.items():
        values[field], missing[field] = columns.numbers(columns.field(rows, name, "a training"), name)
    # The names of the evaluations say at which epoch they were made.
    values["halfway_current_epoch"], values["current_epoch"] = epochs / 2, epochs.astype(np.float64)
    return block_of(cells, cell_numbers[owners[lists]], epochs, values, images, missing)
