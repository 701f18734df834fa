"""archai's pickle: an ordered dict of all cells, by ascending mean test accuracy.

Hash → {module_hash, module_adjacency, module_operations, trainable_parameters, total_time, rank, metrics}. `metrics` is
epochs → list of trainings, each a list of three evaluations (start, half, end) with training_time (s) and train,
validation and test accuracy. `total_time` is that of one training of the cell, so it is no field of its rows.

Source: microsoft/archai, `scripts/supergraph/nasbench101/pkl1_pkl2.py`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from typing_extensions import override

from nasbench_pytorch.table.layouts.layout import Layout, Reading
from nasbench_pytorch.table.layouts.pickles.columns import NodeColumns
from nasbench_pytorch.table.layouts.pickles.fixed_statistics import read_fixed
from nasbench_pytorch.table.layouts.pickles.opened import opened_parts
from nasbench_pytorch.table.layouts.reading.hash_text import is_hash
from nasbench_pytorch.table.layouts.reading.rows import block_of
from nasbench_pytorch.table.storage.fields import METRICS, STAGES

if TYPE_CHECKING:
    from nasbench_pytorch.table.layouts.reading.candidate import Candidate
    from nasbench_pytorch.table.storage.row_block import Block


class ArchaiDictionary(Layout):
    """The layout."""

    name = "archai's pickle"
    content = "a pickled ordered dict: hash → a dict with module_adjacency and metrics"
    lacks = "total_time of each training (the file has one for each cell)"

    @override
    def recognises(self, candidate: Candidate) -> bool:
        members = candidate.outline.members if candidate.outline else []
        if len(members) < 2 or not is_hash(members[0]) or not isinstance(members[1], dict):
            return False
        return {"module_adjacency", "metrics"} <= set(members[1])

    @override
    def read(self, candidates: Sequence[Candidate], reading: Reading) -> Iterator[Block]:
        for stream, part in opened_parts(candidates[0], reading):
            columns = NodeColumns(stream)
            hashes, facts, _ = columns.pairs(np.array([part.container]), "the pickle")
            cells = read_fixed(columns, stream.memory, facts, columns.hashes(hashes, "a key"), reading.vocabulary)
            metrics = columns.needed(facts, "metrics", "a cell")
            budgets, trainings, owners = columns.pairs(metrics, "metrics")
            rows, lists = columns.members(trainings, "the trainings of a budget")
            evaluations, of_row = columns.members(rows, "a training")
            if not np.array_equal(of_row, np.repeat(np.arange(len(rows)), len(STAGES))):
                raise columns.wrong("a training has not the three evaluations at start, half and end")
            epochs = columns.whole_numbers(budgets, "a budget")[lists]
            values: dict[str, Any] = {}
            missing: dict[str, Any] = {}
            for number, stage in enumerate(STAGES):
                # The place of an evaluation says at which epoch it was made.
                values[stage + "current_epoch"] = epochs * (number / 2)
                for name in METRICS:
                    found = columns.field(evaluations[number :: len(STAGES)], name, "an evaluation")
                    values[stage + name], missing[stage + name] = columns.numbers(found, name)
            yield block_of(cells, owners[lists], epochs, values, reading.images, missing)
