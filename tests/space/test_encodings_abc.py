from __future__ import annotations

import numpy as np
import pytest

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.space import CANONICAL_OPERATIONS, ModelSpec
from nasbench_pytorch.space.encodings_abc import (
    EDGES_OF_A,
    EDGES_OF_B,
    decoded_cell,
    matrix_of_encoding_a,
    matrix_of_encoding_b,
    matrix_of_encoding_c,
)

OPERATIONS = ["conv3x3-bn-relu"] * 5


def original_matrix_of_bits(bits: int) -> np.ndarray:
    """What the original's `gen_is_edge_fn` gives: edge x→y is bit x + y(y-1)/2."""
    matrix = np.zeros((7, 7), dtype=np.int8)
    for y in range(7):
        for x in range(y):
            matrix[x, y] = bits >> (x + y * (y - 1) // 2) & 1
    return matrix


def test_encoding_a_fills_the_upper_triangle_row_by_row() -> None:
    present = np.zeros(21, dtype=int)
    present[[0, 6, 20]] = 1
    assert np.argwhere(matrix_of_encoding_a(present)).tolist() == [[0, 1], [1, 2], [5, 6]]
    assert len(set(EDGES_OF_A)) == 21


def test_encoding_b_numbers_the_bits_of_the_originals_integer_from_the_highest(rng: np.random.Generator) -> None:
    for _ in range(20):
        edges = rng.integers(21, size=9)
        bits = ["1" if number in edges else "0" for number in range(21)]
        assert (matrix_of_encoding_b(edges) == original_matrix_of_bits(int("".join(bits), 2))).all()
    assert sorted(EDGES_OF_B) == sorted(EDGES_OF_A)


def test_encoding_c_keeps_the_edges_of_the_largest_numbers(rng: np.random.Generator) -> None:
    scores = rng.random(21)
    for edges in range(10):
        kept = {EDGES_OF_A[position] for position in sorted(range(21), key=lambda p: -scores[p])[:edges]}
        assert set(map(tuple, np.argwhere(matrix_of_encoding_c(scores, edges)).tolist())) == kept


def test_edges_are_counted_before_pruning() -> None:
    matrix = np.triu(np.ones((7, 7), dtype=np.int8), 1)
    matrix[:, 6] = 0
    matrix[0, 6] = 1  # prunes to input → output
    assert ModelSpec(matrix, ["input", *OPERATIONS, "output"]).ops == ["input", "output"]
    assert decoded_cell(matrix, OPERATIONS) is None
    matrix[1:, :6] = 0
    assert decoded_cell(matrix, OPERATIONS) == ModelSpec(matrix, ["input", *OPERATIONS, "output"])
    matrix[0, 6] = 0
    assert decoded_cell(matrix, OPERATIONS) is None


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: matrix_of_encoding_a([2] * 21), "encoding A has 21 edges, each 0 or 1"),
        (lambda: matrix_of_encoding_a([1] * 20), "encoding A has 21 edges"),
        (lambda: matrix_of_encoding_b([21] * 9), "encoding B has 9 numbers of 0 to 20"),
        (lambda: matrix_of_encoding_b([1] * 8), "encoding B has 9 numbers"),
        (lambda: matrix_of_encoding_c([float("nan")] * 21, 3), "encoding C has 21 numbers"),
        (lambda: matrix_of_encoding_c([0.5] * 21, 10), "0 to 9 edges, got 10"),
        (lambda: decoded_cell(matrix_of_encoding_b([0] * 9), ["skip"] * 5), "5 operations of conv1x1-bn-relu"),
        (lambda: decoded_cell(matrix_of_encoding_b([0] * 9), CANONICAL_OPERATIONS), "5 operations"),
    ],
)
def test_a_vector_that_is_not_of_the_encoding_is_refused(call, message: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(InputError, match=message):
        call()
