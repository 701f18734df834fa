"""Facts about a cell that is being edited: pruning, validity, hash, costs, and its row in the table."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.explorer.views.cell_texts import as_python, train_command
from nasbench_pytorch.explorer.views.cell_view import describe_cell
from nasbench_pytorch.explorer.views.find_cells import find_row, hash_in
from nasbench_pytorch.explorer.views.graph_view import describe_graph
from nasbench_pytorch.space.notation.cell_text import cell_from_parts, cell_from_text
from nasbench_pytorch.space.operation_checks import check_ends
from nasbench_pytorch.space.presets import NAMED_CELLS

if TYPE_CHECKING:
    from nasbench_pytorch.explorer.views.explored_table import ExploredTable
    from nasbench_pytorch.space.spec import ModelSpec

MOST_VERTICES = 16
"""Vertices of a cell that can be edited; those of tables have at most a dozen."""

_HASH = re.compile(r"\s*[0-9a-fA-F]{4,32}\s*")


def read_cell(table: ExploredTable, body: Any) -> ModelSpec:
    """Return the cell that a request describes.

    Args:
        table: the table, for hashes.
        body: an object with `matrix` and `ops`, or with `text`, in any notation that people use.

    Raises:
        InputError: it is no such object, or no cell.
    """
    if not isinstance(body, dict) or not ("text" in body or {"matrix", "ops"} <= body.keys()):
        raise InputError("a cell is an object with 'matrix' and 'ops', or with 'text'")
    if "text" not in body:
        spec = cell_from_parts(body["matrix"], body["ops"])
    elif not isinstance(body["text"], str):
        raise InputError(f"'text' must be a text, got {type(body['text']).__name__}")
    elif _HASH.fullmatch(body["text"]):
        spec = table.spec(find_row(table, body["text"]))
    else:
        named = NAMED_CELLS.get(body["text"].strip())
        spec = cell_from_text(body["text"]) if named is None else named.spec
    if len(spec.original_ops) > MOST_VERTICES:
        raise InputError(f"the cell has {len(spec.original_ops)} vertices; at most {MOST_VERTICES} can be edited here")
    check_ends(spec.original_ops)
    return spec


def describe_edit(table: ExploredTable, spec: ModelSpec) -> dict[str, Any]:
    """Return the facts of an edited cell, as plain values.

    Returns:
        `matrix` and `ops` as given; `valid`, with the reason in `error` where it is not; for a valid cell also
        `pruned`, `hash`, `parameters`, `flops`, `row` and `cell` (None where the table lacks it, and `note` says
        why), `python` and `train_command`; else these are None.
    """
    given = {"matrix": spec.original_matrix.tolist(), "ops": list(spec.original_ops)}
    nothing = dict.fromkeys(("pruned", "hash", "parameters", "flops", "row", "cell", "python", "train_command"))
    try:
        graph = describe_graph(spec, table.skeleton)
        module_hash = hash_in(table, spec)
    except InputError as error:
        return {"valid": False, "error": str(error), "note": None, **given, **nothing}
    row = None if module_hash is None else table.file.find(module_hash)
    return {
        "valid": True,
        "error": None,
        "note": _why_not_here(table, graph) if row is None else None,
        **given,
        "pruned": {name: graph[name] for name in ("matrix", "ops", "channels")},
        "hash": module_hash,
        "parameters": graph["parameters"],
        "flops": graph["flops"],
        "row": row,
        "cell": None if row is None else describe_cell(table, row, with_neighbours=False),
        "python": as_python(spec),
        "train_command": train_command(spec, table.skeleton),
    }


def _why_not_here(table: ExploredTable, graph: dict[str, Any]) -> str:
    """Return why a table lacks a valid cell."""
    facts = table.file.metadata
    edges, vertices = sum(map(sum, graph["matrix"])), len(graph["ops"])
    others = sorted(set(graph["ops"][1:-1]) - set(facts.available_ops))
    if others:
        return f"{table.name} has no cell with {', '.join(others)}; its operations: {', '.join(facts.available_ops)}"
    if vertices > facts.module_vertices:
        return f"{vertices} vertices after pruning; the cells of {table.name} have at most {facts.module_vertices}"
    if edges > facts.max_edges:
        return f"{edges} edges after pruning; the cells of {table.name} have at most {facts.max_edges}"
    return f"{table.name} does not have this cell"
