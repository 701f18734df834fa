"""TableSource: makes evaluators that query a table."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any

from typing_extensions import override

from nasbench_pytorch.search.evaluators.source import EvaluatorSource
from nasbench_pytorch.search.evaluators.table import TableEvaluator
from nasbench_pytorch.search.evaluators.table_objective import table_objective
from nasbench_pytorch.table.storage.table_file import TableFile

if TYPE_CHECKING:
    from nasbench_pytorch.search.candidates import Candidates
    from nasbench_pytorch.search.objective import Objective
    from nasbench_pytorch.search.protocols import Protocol


class TableSource(EvaluatorSource):
    """Source of evaluators that look up the rows of a table.

    Attributes:
        name: the table's name, or its file.

    Args:
        table: the open table.
        protocol: which accuracy is searched, and the rules for repeats and costs.
        name: the table's name; None for its file.
    """

    def __init__(self, table: TableFile, protocol: Protocol, name: str | None = None) -> None:
        self.table = table
        self.protocol = protocol
        self.name = str(table.path) if name is None else name
        self._found: dict[tuple[int, ...], tuple[Candidates, Objective]] = {}

    def __getstate__(self) -> dict[str, Any]:
        return {"path": self.table.path, "protocol": self.protocol, "name": self.name}

    def __setstate__(self, state: dict[str, Any]) -> None:
        TableSource.__init__(self, TableFile(state["path"]), state["protocol"], state["name"])

    @override
    def candidates(self, epochs: tuple[int, ...]) -> Candidates:
        return self._of(epochs)[0]

    @override
    def objective(self, epochs: tuple[int, ...]) -> Objective:
        return self._of(epochs)[1]

    @override
    def make(self, epochs: tuple[int, ...], seed: int) -> TableEvaluator:
        return TableEvaluator(*self._of(epochs), seed)

    @override
    def about(self) -> dict[str, Any]:
        metadata = self.table.metadata
        return {
            "evaluate": "table",
            "table": self.name,
            "cells": self.table.cells,
            "rows": self.table.rows,
            "bounds": [metadata.module_vertices, metadata.max_edges, list(metadata.available_ops)],
            "digest": digest_of(self.table),
        }

    def _of(self, epochs: tuple[int, ...]) -> tuple[Candidates, Objective]:
        if epochs not in self._found:
            self._found[epochs] = table_objective(self.table, self.protocol, epochs)
        return self._found[epochs]


def digest_of(table: TableFile) -> str:
    """Return a digest that tells tables apart: that of the file, or of the cells' hashes where the file has none."""
    return table.digest or sha256(table.hashes.tobytes()).hexdigest()
