"""ModelSpec: the specification of a cell, a small labelled directed acyclic graph."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from nasbench_pytorch.errors import InputError, MissingExtraError
from nasbench_pytorch.shapes import checked
from nasbench_pytorch.space.adjacency import vertices_on_a_path
from nasbench_pytorch.space.hashing.one_graph import hash_labelled_graph
from nasbench_pytorch.space.matrix import Matrix, checked_matrix, row_bits, submatrix
from nasbench_pytorch.space.notation.matrix_notation import as_operations
from nasbench_pytorch.space.operation_checks import operation_labels
from nasbench_pytorch.space.operations import CANONICAL_OPERATIONS

if TYPE_CHECKING:
    import graphviz

_MOST_HASHED_VERTICES = 128
"""The hash's time grows faster than V³: 500 vertices take half a minute."""


class PrunedCell(NamedTuple):
    """The part of a cell that lies on paths from input to output.

    Attributes:
        matrix: int8 array, shape (V, V), read-only.
        ops: list of V operation names.
        rows: the matrix as bits: bit w of entry v is set where there is an edge v→w.
    """

    matrix: Matrix
    ops: list[str]
    rows: tuple[int, ...]


class ModelSpec:
    """A cell: an upper-triangular adjacency matrix and an operation for each vertex.

    Vertices that are not on a path from input to output are pruned. The network and the hash are those of the pruned
    cell, `matrix` and `ops`; `original_matrix` and `original_ops` keep the arguments. Two specs are equal when their
    original matrices and operations are equal. Do not change their arrays or lists.

    Specs may be subclassed, carry attributes of their own, and be copied and pickled, as other Python objects.

    Attributes:
        data_format: kept for callers of the original; the network's layout does not depend on it.

    Args:
        matrix: V×V nested lists, array or tensor of 0 and 1, upper triangular, V ≥ 2; or text, see
            `matrix_notation.as_array`.
        ops: V operation names, the first for the input and the last for the output, also as text that separates them
            with commas. The names are checked when the cell is built, hashed or costed, since each use knows other
            operations.

    Raises:
        InputError: the matrix is ragged, not square, not 0/1 or not upper triangular, or the length of `ops` is not V.
    """

    data_format: str
    _original: tuple[Matrix, list[str]]
    _pruned: PrunedCell | None

    def __init__(self, matrix: npt.ArrayLike | str, ops: Sequence[str], data_format: str = "channels_last") -> None:
        self.data_format = data_format
        self._set(matrix, ops)

    def _set(self, matrix: npt.ArrayLike | str, ops: Sequence[str]) -> None:
        original = checked_matrix(matrix)
        size = original.shape[0]
        if type(ops) is not list:
            ops = as_operations(ops)
        if len(ops) != size:
            raise InputError(f"ops has {len(ops)} entries but matrix is {size}×{size}; give one operation per vertex")
        self._original = (original, list(ops))
        rows = row_bits(original)
        kept = vertices_on_a_path(rows)
        if not kept:
            self._pruned = None
            return
        if len(kept) == size:
            self._pruned = PrunedCell(original, list(ops), rows)
            return
        pruned = submatrix(original, tuple(kept))
        self._pruned = PrunedCell(pruned, [ops[v] for v in kept], row_bits(pruned))

    @property
    def original_matrix(self) -> Matrix:
        """Matrix as it was given: int8 array, shape (V, V), row = source, column = destination."""
        return self._original[0]

    @original_matrix.setter
    def original_matrix(self, _: object) -> None:
        raise _fixed("original_matrix")

    @property
    def original_ops(self) -> list[str]:
        """Operations as they were given: list of V names."""
        return self._original[1]

    @original_ops.setter
    def original_ops(self, _: object) -> None:
        raise _fixed("original_ops")

    @property
    def valid_spec(self) -> bool:
        """Whether the input reaches the output."""
        return self._pruned is not None

    @property
    def matrix(self) -> Matrix | None:
        """Pruned matrix; None where the input cannot reach the output."""
        return None if self._pruned is None else self._pruned.matrix

    @matrix.setter
    def matrix(self, _: object) -> None:
        raise _fixed("matrix")

    @property
    def ops(self) -> list[str] | None:
        """Pruned operations; None where the input cannot reach the output."""
        return None if self._pruned is None else self._pruned.ops

    @ops.setter
    def ops(self, _: object) -> None:
        raise _fixed("ops")

    def pruned(self) -> PrunedCell:
        """Return the pruned cell.

        Raises:
            InputError: the input cannot reach the output.
        """
        if self._pruned is None:
            raise InputError("the output of this cell cannot be reached from its input; add a path between them")
        return self._pruned

    def hash_spec(self, canonical_ops: Sequence[str] = CANONICAL_OPERATIONS) -> str:
        """Return the isomorphism-invariant hash of the pruned cell: 32 hex digits, identical to the original's.

        Args:
            canonical_ops: operation names; the index of an interior operation is its label.

        Raises:
            InputError: the input cannot reach the output, an operation is not in `canonical_ops`, or the pruned cell
                has more than 128 vertices, whose hash would take seconds to hours.
        """
        _, ops, rows = self.pruned()
        if len(rows) > _MOST_HASHED_VERTICES:
            raise InputError(
                f"only cells of at most {_MOST_HASHED_VERTICES} vertices have a hash, this one has {len(rows)}"
            )
        return hash_labelled_graph(rows, operation_labels(ops, canonical_ops))

    def adjacency_rows(self) -> tuple[int, ...]:
        """Return the pruned matrix as bits: bit w of entry v is set where there is an edge v→w.

        Raises:
            InputError: the input cannot reach the output.
        """
        return self.pruned().rows

    def visualize(self) -> graphviz.Digraph:
        """Return the pruned cell as a graphviz graph with one node per vertex, as version 1.3.1 drew it.

        Raises:
            MissingExtraError: the Python package graphviz is not installed.
            InputError: the input cannot reach the output.
        """
        try:
            import graphviz
        except ImportError as error:
            raise MissingExtraError("graphviz", "plots") from error
        _, ops, rows = self.pruned()
        graph = graphviz.Digraph()
        for vertex, operation in enumerate(ops):
            graph.node(str(vertex), operation)
        for source, bits in enumerate(rows):
            for destination in range(source + 1, len(rows)):
                if bits >> destination & 1:
                    graph.edge(str(source), str(destination))
        return graph

    def to_dict(self) -> dict[str, Any]:
        """Return the original matrix and operations as lists, for JSON: `{"matrix": [[…]], "ops": […]}`."""
        return {"matrix": self.original_matrix.tolist(), "ops": list(self.original_ops)}

    @classmethod
    def from_dict(cls, value: dict[str, Any]) -> ModelSpec:
        """Make a spec from the result of `to_dict`.

        Raises:
            InputError: a key is missing, a value has another type, or the cell is malformed.
        """
        if not isinstance(value, dict):
            raise InputError(f"a cell must be an object with the keys 'matrix' and 'ops', got {type(value).__name__}")
        missing = [key for key in ("matrix", "ops") if key not in value]
        if missing:
            raise InputError(f"a cell needs the keys 'matrix' and 'ops'; missing: {', '.join(missing)}")
        ops = checked(list[str], value["ops"], "ops")
        if not isinstance(value["matrix"], list):
            raise InputError("matrix must be a list of rows of 0 and 1")
        return cls(value["matrix"], ops)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, ModelSpec):
            return NotImplemented
        return self.original_ops == other.original_ops and np.array_equal(self.original_matrix, other.original_matrix)

    def __hash__(self) -> int:
        return hash((self.original_matrix.tobytes(), tuple(self.original_ops)))

    def __repr__(self) -> str:
        return f"ModelSpec(matrix={self.original_matrix.tolist()}, ops={self.original_ops})"

    def _repr_svg_(self) -> str | None:
        """Return a drawing for notebooks, or None where the cell is invalid or too large for one."""
        from nasbench_pytorch.space.drawing import drawn_cell

        return drawn_cell(self)

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name != "_pruned"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        matrix, ops = state.pop("_original")
        vars(self).update(state)
        self._set(matrix, ops)


def _fixed(name: str) -> AttributeError:
    return AttributeError(
        f"{name} of a ModelSpec cannot be replaced, since its hash depends on it; make a new ModelSpec(matrix, ops)"
    )


def hash_or_none(spec: ModelSpec) -> str | None:
    """Return the hash of a cell; None where the cell has operations that NAS-Bench-101 lacks, which have no label.

    Raises:
        InputError: the input cannot reach the output.
    """
    known = all(operation in CANONICAL_OPERATIONS for operation in spec.pruned().ops[1:-1])
    return spec.hash_spec() if known else None
