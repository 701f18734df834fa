"""What becomes of a cell that is being edited: pruning, validity, hash, costs, and its row in the table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.explorer.views.cell_texts import as_python, train_command
from nasbench_pytorch.explorer.views.cell_view import describe_cell
from nasbench_pytorch.explorer.views.graph_columns import skeleton_of
from nasbench_pytorch.explorer.views.graph_view import describe_graph
from nasbench_pytorch.space.costs.one_cell import count_parameters
from nasbench_pytorch.space.spec import ModelSpec, hash_or_none

if TYPE_CHECKING:
    from nasbench_pytorch.explorer.views.explored_table import ExploredTable


def describe_edit(table: ExploredTable, matrix: Any, ops: Any) -> dict[str, Any]:
    """Return the facts of an edited cell."""
    try:
        spec = ModelSpec(matrix, ops)
        pruned = describe_graph(spec, skeleton_of(table.file))
        module_hash = hash_or_none(spec)
        parameters = count_parameters(spec, skeleton_of(table.file))
    except InputError as error:
        return {"valid": False, "error": str(error)}
    row = None if module_hash is None else table.file.find(module_hash)
    return {
        "valid": True,
        "pruned": {"matrix": pruned["matrix"], "ops": pruned["ops"], "channels": pruned["channels"]},
        "hash": module_hash,
        "parameters": parameters,
        "flops": pruned["flops"],
        "row": row,
        "cell": None if row is None else describe_cell(table, row),
        "python": as_python(spec),
        "train_command": train_command(spec),
    }
