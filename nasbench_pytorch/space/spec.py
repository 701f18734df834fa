"""ModelSpec: the description of a cell, a small labelled DAG."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from nasbench_pytorch.errors import InputError, MissingExtraError
from nasbench_pytorch.printable import escape_controls
from nasbench_pytorch.space.adjacency import vertices_on_a_path
from nasbench_pytorch.space.hashing.one_graph import hash_labelled_graph
from nasbench_pytorch.space.operations import CANONICAL_OPERATIONS, INPUT, OUTPUT

if TYPE_CHECKING:
    import graphviz

Matrix = npt.NDArray[np.int8]

# A row of 0/1 bytes → its bits (bit j = column j). Filled as rows are met: a matrix of 7 vertices has 128 possible
# rows, and looking one up is several times cheaper than numpy on arrays this small.
_ROW_BITS: dict[bytes, int] = {}
_ROW_BITS_LIMIT = 1 << 16

_LARGEST_DRAWN = 12
"""Vertices up to which a notebook shows a drawing: it is made in a fraction of a second."""


class PrunedCell(NamedTuple):
    """The part of a cell that lies on paths from input to output.

    Attributes:
        matrix: int8 array, shape (V, V), read-only.
        ops: list of V operation names.
        rows: the matrix as bits: entry v has bit w set where there is an edge v→w.
    """

    matrix: Matrix
    ops: list[str]
    rows: tuple[int, ...]


class ModelSpec:
    """A cell: an upper-triangular adjacency matrix and an operation for each vertex.

    Vertices that are not on a path from input to output are pruned. The network and the hash are those of the pruned
    cell, `matrix` and `ops`; `original_matrix` and `original_ops` keep the cell as it was given. Two specs are equal
    when they were given the same matrix and operations. Do not change their arrays or lists.

    Attributes:
        original_matrix: int8 array, shape (V, V), row = source, column = destination.
        original_ops: list of V operation names.
        data_format: kept for callers of the original; the network's layout does not depend on it.

    Args:
        matrix: V×V nested lists or array of 0 and 1, upper triangular, V ≥ 2.
        ops: V operation names, the first for the input and the last for the output. Names are not checked
            here, since which are known depends on the use; building, hashing and costing a cell check them.

    Raises:
        InputError: the matrix is ragged, not square, not 0/1 or not upper triangular, or `ops` has another length.
    """

    __slots__ = ("_pruned", "data_format", "original_matrix", "original_ops")

    original_matrix: Matrix
    original_ops: list[str]
    data_format: str
    _pruned: PrunedCell | None

    def __init__(self, matrix: npt.ArrayLike, ops: Sequence[str], data_format: str = "channels_last") -> None:
        original = _checked_matrix(matrix)
        size = original.shape[0]
        if len(ops) != size:
            raise InputError(f"ops has {len(ops)} entries but matrix is {size}×{size}; give one operation per vertex")
        self.original_matrix = original
        self.original_ops = list(ops)
        self.data_format = data_format

        rows = _row_bits(original)
        kept = vertices_on_a_path(rows)
        if not kept:
            self._pruned = None
            return
        if len(kept) == size:
            self._pruned = PrunedCell(original, list(ops), rows)
            return
        pruned = original.take(_entries_kept(size, tuple(kept)))
        pruned.flags.writeable = False
        self._pruned = PrunedCell(pruned, [ops[v] for v in kept], _row_bits(pruned))

    @property
    def valid_spec(self) -> bool:
        """False where the input cannot reach the output."""
        return self._pruned is not None

    @property
    def matrix(self) -> Matrix | None:
        """The pruned matrix; None where the input cannot reach the output."""
        return None if self._pruned is None else self._pruned.matrix

    @property
    def ops(self) -> list[str] | None:
        """The pruned operations; None where the input cannot reach the output."""
        return None if self._pruned is None else self._pruned.ops

    def pruned(self) -> PrunedCell:
        """The pruned cell.

        Raises:
            InputError: the input cannot reach the output.
        """
        if self._pruned is None:
            raise InputError("the output of this cell cannot be reached from its input; add a path between them")
        return self._pruned

    def hash_spec(self, canonical_ops: Sequence[str] = CANONICAL_OPERATIONS) -> str:
        """Isomorphism-invariant hash of the pruned cell: 32 hex digits, the original's to the last.

        Args:
            canonical_ops: an interior operation's label is its index here.

        Raises:
            InputError: the output cannot be reached, or an operation is not in `canonical_ops`.
        """
        _, ops, rows = self.pruned()
        return hash_labelled_graph(rows, operation_labels(ops, canonical_ops))

    def adjacency_rows(self) -> tuple[int, ...]:
        """The pruned matrix as bits: entry v has bit w set where there is an edge v→w.

        Raises:
            InputError: the output cannot be reached.
        """
        return self.pruned().rows

    def visualize(self) -> graphviz.Digraph:
        """The pruned cell as a graphviz graph, one node a vertex, as 1.3.1 drew it.

        Raises:
            MissingExtraError: the Python package graphviz is not installed.
            InputError: the output cannot be reached.
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
        """Plain lists and strings, for JSON: `{"matrix": [[…]], "ops": […]}` of what was given."""
        return {"matrix": self.original_matrix.tolist(), "ops": list(self.original_ops)}

    @classmethod
    def from_dict(cls, value: dict[str, Any]) -> ModelSpec:
        """The inverse of `to_dict`.

        Raises:
            InputError: a key is missing, or the cell is malformed.
        """
        missing = [key for key in ("matrix", "ops") if key not in value]
        if missing:
            raise InputError(f"a cell needs the keys 'matrix' and 'ops'; missing: {', '.join(missing)}")
        return cls(value["matrix"], value["ops"])

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
        if self._pruned is None or len(self._pruned.ops) > _LARGEST_DRAWN:
            return None
        from nasbench_pytorch.plots.cell_svg import cell_svg

        return cell_svg(self._pruned.matrix, [escape_controls(name) for name in self._pruned.ops])

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.original_matrix, self.original_ops, self.data_format)


def hash_or_none(spec: ModelSpec) -> str | None:
    """The cell's hash; None where it has operations beyond the three of NAS-Bench-101, which have no label.

    Raises:
        InputError: the output cannot be reached.
    """
    known = all(operation in CANONICAL_OPERATIONS for operation in spec.pruned().ops[1:-1])
    return spec.hash_spec() if known else None


def operation_labels(ops: Sequence[str], canonical_ops: Sequence[str]) -> tuple[int, ...]:
    """Labels of a cell's vertices: -1 input, -2 output, else the operation's index in `canonical_ops`.

    Raises:
        InputError: an interior operation is not in `canonical_ops`; names the vertex.
    """
    index = {name: position for position, name in enumerate(canonical_ops)}
    try:
        return (-1, *[index[name] for name in ops[1:-1]], -2)
    except KeyError:
        vertex = next(v for v, name in enumerate(ops) if 0 < v < len(ops) - 1 and name not in index)
        raise unknown_operation(ops[vertex], vertex, canonical_ops) from None


def unknown_operation(name: str, vertex: int, known: Sequence[str]) -> InputError:
    """The error for an operation that is not one of `known`, the same wherever it is met."""
    return InputError(f"unknown operation '{name}' at vertex {vertex}; this space has: {', '.join(known)}")


def check_ends(ops: Sequence[str]) -> None:
    """Refuse operations that do not begin with the input and end with the output.

    Raises:
        InputError: they do not.
    """
    if ops[0] != INPUT or ops[-1] != OUTPUT:
        raise InputError(f"ops must begin with '{INPUT}' and end with '{OUTPUT}', got '{ops[0]}' and '{ops[-1]}'")


def _checked_matrix(matrix: npt.ArrayLike) -> Matrix:
    """An own, read-only int8 copy of `matrix`, known to be square, 0/1 and upper triangular."""
    try:
        given = np.asarray(matrix)
        if given.dtype == object:
            raise ValueError
    except ValueError:
        raise InputError("matrix is ragged; give V rows of V numbers, each 0 or 1") from None
    if given.ndim != 2 or given.shape[0] != given.shape[1]:
        raise InputError(f"matrix must be square, got shape {'×'.join(map(str, given.shape)) or 'of a single number'}")
    if given.shape[0] < 2:
        raise InputError(f"matrix must have at least 2 vertices, the input and the output, got {given.shape[0]}")
    try:
        with np.errstate(invalid="ignore"):  # NaN is refused below, with its place
            own = given.astype(np.int8, order="C", copy=True)
    except (ValueError, TypeError):
        raise InputError(f"matrix must hold the numbers 0 and 1, got values of type {given.dtype}") from None
    if own.dtype != given.dtype and not np.array_equal(own, given):
        _refuse_values(given)
    own.flags.writeable = False
    return own


@functools.lru_cache(maxsize=1 << 12)
def _entries_kept(size: int, kept: tuple[int, ...]) -> npt.NDArray[np.intp]:
    """Where the rows and columns of these vertices stand in a flat matrix; remembered, since it outlasts the taking."""
    return np.array([[size * row + column for column in kept] for row in kept], dtype=np.intp)


def _row_bits(matrix: Matrix) -> tuple[int, ...]:
    """Rows of a 0/1 matrix as integers, refusing other values and edges that do not point forward."""
    size = matrix.shape[0]
    flat = matrix.tobytes()
    rows = []
    for vertex in range(size):
        row = flat[vertex * size : (vertex + 1) * size]
        bits = _ROW_BITS.get(row)
        if bits is None:
            if max(row) > 1:
                _refuse_values(matrix)
            bits = sum(1 << column for column, value in enumerate(row) if value)
            if len(_ROW_BITS) < _ROW_BITS_LIMIT:
                _ROW_BITS[row] = bits
        if bits & ((2 << vertex) - 1):
            column = (bits & -bits).bit_length() - 1
            raise InputError(
                f"matrix must be upper triangular, got an edge from vertex {vertex} to vertex {column}; "
                "number the vertices so that every edge leads to a higher one"
            )
        rows.append(bits)
    return tuple(rows)


def _refuse_values(matrix: npt.NDArray[Any]) -> None:
    row, column = (int(i) for i in np.argwhere((matrix != 0) & (matrix != 1))[0])
    raise InputError(f"matrix must hold only 0 and 1, got {matrix[row, column]} at row {row}, column {column}")
