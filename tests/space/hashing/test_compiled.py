"""The compiled hash, single and in batches, against the plain one."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.space import CANONICAL_OPERATIONS, ModelSpec, SearchSpace, hash_specs
from nasbench_pytorch.space.hashing import one_graph as hashing
from nasbench_pytorch.space.hashing.one_graph import hash_with_hashlib
from nasbench_pytorch.space.operation_checks import operation_labels
from tests.helpers.space_cells import specs
from tests.helpers.space_references import reference_hash


def plain_hash(spec: ModelSpec) -> str:
    assert spec.ops is not None
    return hash_with_hashlib(spec.adjacency_rows(), operation_labels(spec.ops, CANONICAL_OPERATIONS))


@given(specs(max_vertices=8, valid=True))
@settings(max_examples=300)
def test_the_compiled_hash_is_the_plain_one(spec: ModelSpec) -> None:
    from nasbench_pytorch.space.hashing.compiled import hash_small

    assert spec.ops is not None
    rows = spec.adjacency_rows()
    labels = bytes(label + 2 for label in operation_labels(spec.ops, CANONICAL_OPERATIONS))
    halves = hash_small(len(rows), int.from_bytes(bytes(rows), "little"), int.from_bytes(labels, "little"))
    assert "{:016x}{:016x}".format(*halves) == plain_hash(spec)


def test_large_labels_are_hashed_with_all_their_digits() -> None:
    operations = [f"op{index}" for index in range(300)]
    matrix = [[0, 1, 1, 0], [0, 0, 1, 0], [0, 0, 0, 1], [0, 0, 0, 0]]
    for first, second in ((9, 10), (99, 100), (247, 248), (249, 250), (255, 299)):
        spec = ModelSpec(matrix, ["input", operations[first], operations[second], "output"])
        assert spec.hash_spec(operations) == reference_hash(matrix, (first, second))


@given(specs(max_vertices=12, valid=True), st.integers(0, 3))
@settings(max_examples=60)
def test_a_batch_hashes_as_one_by_one(spec: ModelSpec, copies: int) -> None:
    import nasbench_pytorch.space.hashing.compiled  # noqa: F401 - so that the batch is not hashed one by one

    other = ModelSpec([[0, 1, 0], [0, 0, 1], [0, 0, 0]], ["input", "maxpool3x3", "output"])
    batch = [spec, *[other] * copies, spec]
    found = hash_specs([one.original_matrix for one in batch], [one.original_ops for one in batch])
    assert found == [plain_hash(one) for one in batch]


def test_a_batch_of_unpruned_matrices_hashes_as_one_by_one(rng: np.random.Generator) -> None:
    import nasbench_pytorch.space.hashing.compiled  # noqa: F401

    matrices = np.triu(rng.integers(0, 2, size=(3_000, 7, 7), dtype=np.int8), 1)
    matrices[:, 0, 1] = matrices[:, 1, 6] = 1
    ops = [["input", *rng.choice(CANONICAL_OPERATIONS, size=5).tolist(), "output"] for _ in matrices]
    assert hash_specs(matrices, ops) == [plain_hash(ModelSpec(*pair)) for pair in zip(matrices, ops, strict=True)]


def test_an_operation_that_is_pruned_away_may_be_unknown() -> None:
    import nasbench_pytorch.space.hashing.compiled  # noqa: F401

    matrix, ops = [[0, 0, 1], [0, 0, 1], [0, 0, 0]], ["input", "unheard-of", "output"]
    assert hash_specs([matrix], [ops]) == [ModelSpec(matrix, ops).hash_spec()]


@pytest.mark.parametrize(
    ("matrix", "ops", "message"),
    [
        ([[0, 2], [0, 0]], ["input", "output"], "cell 1: matrix must hold only 0 and 1"),
        ([[0, 0.5], [0, 0]], ["input", "output"], "cell 1: matrix must hold only 0 and 1"),
        ([[0, 1], [1, 0]], ["input", "output"], "cell 1: matrix must be upper triangular"),
        ([[0, 0], [0, 0]], ["input", "output"], "cell 1: the output of this cell cannot be reached"),
        ([[0, 1], [0]], ["input", "output"], "cell 1: matrix is ragged"),
        ([[0, 1], [0, 0]], ["input", "x", "output"], "cell 1: ops has 3 entries but matrix is 2×2"),
        ([[0, 1, 0], [0, 0, 1], [0, 0, 0]], ["input", "x", "output"], "cell 1: unknown operation 'x' at vertex 1"),
    ],
)
def test_a_batch_names_the_cell_that_is_wrong(matrix: list[list[float]], ops: list[str], message: str) -> None:
    import nasbench_pytorch.space.hashing.compiled  # noqa: F401

    matrices: list[list[list[float]]] = [[[0, 1], [0, 0]], matrix]
    with pytest.raises(InputError, match=message):
        hash_specs(matrices, [["input", "output"], ops])


def test_a_batch_of_unequal_lengths_is_refused() -> None:
    with pytest.raises(InputError, match="got 1 matrices but 0 lists of operations"):
        hash_specs([[[0, 1], [0, 0]]], [])


def test_an_empty_batch_is_empty() -> None:
    assert hash_specs([], []) == []


def test_the_whole_space_hashed_from_its_specs_is_itself(space: SearchSpace) -> None:
    sample = space[::41]
    matrices = [spec.original_matrix for spec in sample]
    assert hash_specs(matrices, [spec.original_ops for spec in sample]) == space.hashes()[::41]


def test_sixteen_lanes_are_sixteen_md5s(rng: np.random.Generator) -> None:
    from numba import njit

    from nasbench_pytorch.space.hashing.md5_simd import INITIAL_STATE, LANES, compress

    @njit
    def digest(state: np.ndarray, message: np.ndarray, blocks: int) -> None:
        for block in range(blocks):
            compress(state, message, block)

    texts = [rng.bytes(64 * 3 - 9) for _ in range(LANES)]
    padded = [text + b"\x80" + (8 * len(text)).to_bytes(8, "little") for text in texts]
    message = np.stack([np.frombuffer(text, "<u4") for text in padded], axis=1).copy()
    state = np.repeat(np.array(INITIAL_STATE, np.uint32)[:, None], LANES, axis=1).copy()
    digest(state, message, 3)
    assert [state[:, lane].tobytes() for lane in range(LANES)] == [hashlib.md5(text).digest() for text in texts]


def test_the_cache_of_hashes_is_bounded() -> None:
    assert hashing.hash_labelled_graph.cache_info().maxsize == hashing.MEMORY_LIMIT
