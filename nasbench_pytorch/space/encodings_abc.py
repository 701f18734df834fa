"""Encodings A, B and C of NAS-Bench-101: vectors of independent parameters, as optimisers want them.

Each describes a 7×7 matrix of 21 possible edges; five more parameters name the operations of the interior vertices.

- A: 21 binary parameters, one an edge (26 in all).
- B: 9 categorical parameters of 21 values, the numbers of the edges that are present; repeats count once (14 in all).
- C: 21 real parameters in [0, 1] and an integer of 0 to 9, the number of edges: those with the largest values are
  present (27 in all).

Edges are counted before pruning: a matrix of more than 9 edges is invalid, even where the pruned cell has fewer.

Source: Ying et al. 2019 (arXiv 1902.09635), supplement; the order of the edges is that of automl/nas_benchmarks,
`tabular_benchmarks/nas_cifar10.py`, whose B numbers the edges otherwise than its A and C.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.space.operations import CANONICAL_OPERATIONS, CONV1X1, CONV3X3, INPUT, MAXPOOL3X3, OUTPUT
from nasbench_pytorch.space.spec import ModelSpec

VERTICES = 7
POSSIBLE_EDGES = VERTICES * (VERTICES - 1) // 2
MOST_EDGES = 9
ENCODED_OPERATIONS = (CONV1X1, CONV3X3, MAXPOOL3X3)
"""Values of an operation's parameter, in the order of nas_benchmarks; the hash has another order."""

_ROW_MAJOR: tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]] = np.triu_indices(VERTICES, 1)
EDGES_OF_A = tuple(zip(*(vertices.tolist() for vertices in _ROW_MAJOR), strict=True))
"""Source and destination of each edge of encodings A and C: row by row."""

EDGES_OF_B = tuple((u, w) for w in range(VERTICES - 1, 0, -1) for u in range(w - 1, -1, -1))
"""Source and destination of each edge of encoding B: its numbers are bits of the original's integer, the highest
first, so edge 0 is 5→6."""

Matrix = npt.NDArray[np.int8]


def matrix_of_encoding_a(present: Sequence[int] | npt.NDArray[np.integer]) -> Matrix:
    """Return the matrix of encoding A, int8 of shape (7, 7).

    Args:
        present: 21 numbers, 1 where the edge of `EDGES_OF_A` is present and 0 elsewhere.

    Raises:
        InputError: there are not 21 numbers, or one is neither 0 nor 1.
    """
    values = np.asarray(present)
    if values.shape != (POSSIBLE_EDGES,) or not ((values == 0) | (values == 1)).all():
        raise InputError(f"encoding A has {POSSIBLE_EDGES} edges, each 0 or 1; got {_shown(present)}")
    matrix = np.zeros((VERTICES, VERTICES), dtype=np.int8)
    matrix[_ROW_MAJOR] = values
    return matrix


def matrix_of_encoding_b(edges: Sequence[int] | npt.NDArray[np.integer]) -> Matrix:
    """Return the matrix of encoding B, int8 of shape (7, 7).

    Args:
        edges: 9 numbers of 0 to 20, positions in `EDGES_OF_B`; a repeated one counts once.

    Raises:
        InputError: there are not 9 numbers, or one is out of range.
    """
    numbers = [int(edge) for edge in edges]
    if len(numbers) != MOST_EDGES or not all(0 <= edge < POSSIBLE_EDGES for edge in numbers):
        raise InputError(f"encoding B has {MOST_EDGES} numbers of 0 to {POSSIBLE_EDGES - 1}; got {_shown(edges)}")
    matrix = np.zeros((VERTICES, VERTICES), dtype=np.int8)
    for edge in numbers:
        matrix[EDGES_OF_B[edge]] = 1
    return matrix


def matrix_of_encoding_c(scores: Sequence[float] | npt.NDArray[np.floating], edges: int) -> Matrix:
    """Return the matrix of encoding C, int8 of shape (7, 7).

    Args:
        scores: 21 numbers in the order of `EDGES_OF_A`. Of equal ones the later edge comes first; nas_benchmarks
            leaves this to its sorting.
        edges: number of edges, 0 to 9: those with the largest scores are present.

    Raises:
        InputError: there are not 21 scores, one is NaN, or the number of edges is out of range.
    """
    values = np.asarray(scores, dtype=np.float64)
    if values.shape != (POSSIBLE_EDGES,) or np.isnan(values).any():
        raise InputError(f"encoding C has {POSSIBLE_EDGES} numbers, one an edge; got {_shown(scores)}")
    if not 0 <= edges <= MOST_EDGES:
        raise InputError(f"encoding C has 0 to {MOST_EDGES} edges, got {edges}")
    present = np.zeros(POSSIBLE_EDGES, dtype=np.int8)
    present[np.argsort(values, kind="stable")[::-1][:edges]] = 1
    return matrix_of_encoding_a(present)


def decoded_cell(matrix: Matrix, operations: Sequence[str]) -> ModelSpec | None:
    """Return the cell of an encoded matrix, or None where nas_benchmarks calls the parameters invalid.

    Invalid are more than 9 edges before pruning, and an output that the input cannot reach.

    Args:
        matrix: 7×7 matrix of one of the encodings.
        operations: names of the 5 interior vertices' operations.

    Raises:
        InputError: there are not 5 operations, or one is not of NAS-Bench-101.
    """
    spec = encoded_spec(matrix, operations)
    return spec if spec.valid_spec and np.count_nonzero(matrix) <= MOST_EDGES else None


def encoded_spec(matrix: Matrix, operations: Sequence[str]) -> ModelSpec:
    """Return the spec of an encoded matrix, valid or not: what a report shows of an invalid proposal.

    Raises:
        InputError: there are not 5 operations, or one is not of NAS-Bench-101.
    """
    names = [str(name) for name in operations]
    if len(names) != VERTICES - 2 or not set(names) <= set(CANONICAL_OPERATIONS):
        known = ", ".join(ENCODED_OPERATIONS)
        raise InputError(f"an encoded cell has {VERTICES - 2} operations of {known}; got {_shown(operations)}")
    return ModelSpec(matrix, [INPUT, *names, OUTPUT])


def _shown(values: object) -> str:
    text = " ".join(str(values).split())
    return text if len(text) <= 60 else f"{text[:57]}..."
