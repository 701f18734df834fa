"""The cases of the original's own tests, stated in compact form.

The original (google-research/nasbench) has 24 tests. Seventeen are covered here, in order: seven of `graph_util`, five
of `model_builder`, five of `model_spec`. The other seven test `run_evaluation.py`, a script that divides the space
among TPU workers and restarts them; campaigns replace it, and `tests/campaign` tests what they do.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from nasbench_pytorch.lib import graph_util, model_spec
from nasbench_pytorch.model import Network
from nasbench_pytorch.model.model import compute_vertex_channels
from nasbench_pytorch.training import sample_metrics


def matrix(rows: str) -> np.ndarray:
    return np.array([[int(digit) for digit in row] for row in rows.split()])


def numbers(graph: np.ndarray) -> list[Any]:
    """Return numbers as operations, which the original takes as well as names."""
    return list(range(1, len(graph) + 1))


DIAMOND = matrix("0110 0001 0001 0000")
CHAIN_AND_BRANCH = [
    (matrix("01100 00001 00010 00001 00000"), [-1, 1, 2, 3, -2]),
    (matrix("01010 00100 00001 00001 00000"), [-1, 2, 3, 1, -2]),
    (matrix("01100 00010 00001 00001 00000"), [-1, 2, 1, 3, -2]),
]
CHAIN = matrix("01000 00100 00010 00001 00000")
SHORTCUT = matrix("0101 0010 0001 0000")
TWO_BRANCHES = matrix("0111100 0010000 0000001 0000010 0000010 0000001 0000000")
REGULAR = [
    matrix("01000000 00110010 00001100 00001100 00000010 00000010 00000001 00000000"),
    matrix("01000000 00110100 00001010 00001100 00000010 00000010 00000001 00000000"),
]
CUBE = [
    matrix("00001110 00001101 00001011 00000111 11100000 11010000 10110000 01110000"),
    matrix("01011000 10100100 01010010 10100001 10000101 01001010 00100101 00011010"),
]


@pytest.mark.parametrize(
    ("bits", "rows"),
    [
        (0b000, "000 000 000"),
        (0b011, "011 000 000"),
        (0b101, "010 001 000"),
        (0b111, "011 001 000"),
        (0b111, "0110 0010 0000 0000"),
        (0b010010, "0010 0001 0000 0000"),
        (0b100011, "0110 0000 0001 0000"),
    ],
)
def test_gen_is_edge(bits: int, rows: str) -> None:
    expected = matrix(rows)
    assert np.array_equal(np.fromfunction(graph_util.gen_is_edge_fn(bits), expected.shape, dtype=np.int8), expected)


@pytest.mark.parametrize(
    ("rows", "full"),
    [
        ("010 001 000", True),
        ("011 001 000", True),
        ("0110 0001 0001 0000", True),
        ("001 001 000", False),
        ("011 000 000", False),
        ("00100 00010 00001 00000 00000", False),
        ("0010 0001 0000 0000", False),
        ("0100 0001 0000 0000", False),
    ],
)
def test_is_full_dag(rows: str, full: bool) -> None:
    assert graph_util.is_full_dag(matrix(rows)) is full


def test_hash_module_of_isomorphic_graphs() -> None:
    assert graph_util.hash_module(DIAMOND, [-1, 1, 2, -2]) == graph_util.hash_module(DIAMOND, [-1, 2, 1, -2])
    assert len({graph_util.hash_module(*graph) for graph in CHAIN_AND_BRANCH}) == 1


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (CHAIN_AND_BRANCH[0], (CHAIN_AND_BRANCH[0][0], CHAIN_AND_BRANCH[1][1])),
        (CHAIN_AND_BRANCH[0], (CHAIN_AND_BRANCH[0][0], CHAIN_AND_BRANCH[2][1])),
        ((REGULAR[0], [-1, *[1] * 6, -2]), (REGULAR[1], [-1, *[1] * 6, -2])),
        # Needs a rule that includes the vertex itself.
        ((CHAIN, [-1, 1, 0, 0, -2]), (CHAIN, [-1, 0, 0, 1, -2])),
        # Needs directed edges.
        ((SHORTCUT, [-1, 1, 0, -2]), (SHORTCUT, [-1, 0, 1, -2])),
        # Needs incoming edges.
        ((TWO_BRANCHES, [-1, 1, 0, 0, 0, 0, -2]), (TWO_BRANCHES, [-1, 0, 0, 0, 1, 0, -2])),
    ],
)
def test_hash_module_of_other_graphs(first: tuple[Any, list[int]], second: tuple[Any, list[int]]) -> None:
    assert graph_util.hash_module(*first) != graph_util.hash_module(*second)


def test_permute_graph() -> None:
    graph, labels = matrix("110 001 101"), ["a", "b", "c"]
    renumbered, names = graph_util.permute_graph(graph, labels, [2, 0, 1])
    assert np.array_equal(renumbered, matrix("010 011 101"))
    assert names == ["b", "c", "a"]
    renumbered, names = graph_util.permute_graph(graph, labels, [0, 2, 1])
    assert np.array_equal(renumbered, matrix("101 110 010"))
    assert names == ["a", "c", "b"]


def test_is_isomorphic() -> None:
    assert graph_util.is_isomorphic((DIAMOND, [-1, 1, 2, -2]), (DIAMOND, [-1, 2, 1, -2]))
    first, second, third = CHAIN_AND_BRANCH
    assert graph_util.is_isomorphic(first, second)
    assert graph_util.is_isomorphic(first, third)
    assert not graph_util.is_isomorphic(first, (second[0], first[1]))
    assert not graph_util.is_isomorphic((REGULAR[0], [-1, *[1] * 6, -2]), (REGULAR[1], [-1, *[1] * 6, -2]))


def test_is_isomorphic_of_bipartite_graphs_with_cycles() -> None:
    renumbered, labels = graph_util.permute_graph(CUBE[0], [1] * 8, [0, 5, 7, 2, 4, 1, 3, 6])
    assert np.array_equal(renumbered, CUBE[1])
    assert labels == [1] * 8
    assert graph_util.is_isomorphic((CUBE[0], [1] * 8), (CUBE[1], [1] * 8))
    assert graph_util.is_isomorphic((CUBE[0], [1, 1, 1, 1, 2, 2, 2, 2]), (CUBE[1], [1, 2, 1, 2, 2, 1, 2, 1]))


def test_random_isomorphic_digraphs_share_a_hash() -> None:
    generator = np.random.default_rng(0)
    for _ in range(100):
        size = int(generator.integers(3, 21))
        graph, labels = generator.integers(0, 2, (size, size)), generator.integers(0, 11, size).tolist()
        renumbered = graph_util.permute_graph(graph, labels, generator.permutation(size).tolist())
        assert graph_util.hash_module(graph, labels) == graph_util.hash_module(*renumbered)


def test_the_hash_does_not_tell_every_pair_apart() -> None:
    shared = "0111100000 0000011000 {} 0000000110 {} 0000000001 0000000001 0000000001 0000000001 0000000000"
    first, second = shared.format("0000011000", "0000000110"), shared.format("0000001100", "0000010010")
    labels = [-1, 1, 1, 1, 1, 2, 2, 2, 2, -2]
    assert not graph_util.is_isomorphic((matrix(first), labels), (matrix(second), labels))
    assert graph_util.hash_module(matrix(first), labels) == graph_util.hash_module(matrix(second), labels)


@pytest.mark.parametrize(
    ("rows", "in_channels", "out_channels", "expected"),
    [
        ("0100 0010 0001 0000", 8, 8, [8, 8, 8, 8]),
        ("0100 0010 0001 0000", 8, 16, [8, 16, 16, 16]),
        ("0100 0010 0001 0000", 16, 8, [16, 8, 8, 8]),
        ("01 00", 1, 1, [1, 1]),
        ("01 00", 1, 5, [1, 5]),
        ("01 00", 5, 1, [5, 1]),
        ("01100 00010 00010 00001 00000", 8, 8, [8, 8, 8, 8, 8]),
        ("01100 00010 00010 00001 00000", 8, 16, [8, 16, 16, 16, 16]),
        ("01100 00010 00010 00001 00000", 16, 8, [16, 8, 8, 8, 8]),
        ("0110 0001 0001 0000", 8, 8, [8, 4, 4, 8]),
        ("0110 0001 0001 0000", 8, 16, [8, 8, 8, 16]),
        ("0110 0001 0001 0000", 16, 8, [16, 4, 4, 8]),
        ("0110 0001 0001 0000", 8, 15, [8, 8, 7, 15]),
        ("01110 00001 00001 00001 00000", 8, 8, [8, 3, 3, 2, 8]),
        ("01110 00001 00001 00001 00000", 8, 15, [8, 5, 5, 5, 15]),
        ("01000 00110 00001 00001 00000", 8, 8, [8, 4, 4, 4, 8]),
        ("01000 00110 00001 00001 00000", 8, 9, [8, 5, 5, 4, 9]),
        ("01010 00101 00010 00001 00000", 8, 8, [8, 4, 4, 4, 8]),
        ("01010 00101 00010 00001 00000", 8, 15, [8, 8, 7, 7, 15]),
    ],
)
def test_compute_vertex_channels(rows: str, in_channels: int, out_channels: int, expected: list[int]) -> None:
    assert compute_vertex_channels(in_channels, out_channels, matrix(rows)) == expected


def test_the_covariance_matrix_is_numpys() -> None:
    torch.manual_seed(0)
    network = Network(([[0, 1], [0, 0]], ["input", "output"]), stem_out_channels=4, num_modules_per_stack=1)
    images, labels = torch.randn(5, 3, 32, 32), torch.arange(5)
    metrics = sample_metrics(network, images, labels)
    with torch.no_grad():
        activations = network.eval().features(images)
    for covariance, activation in zip(metrics.covariance, activations, strict=True):
        np.testing.assert_allclose(covariance.numpy(), np.cov(activation.flatten(1).numpy()), atol=1e-5)


@pytest.mark.parametrize(
    ("rows", "pruned", "ops"),
    [
        ("010 001 000", "010 001 000", [1, 2, 3]),
        ("011 001 000", "011 001 000", [1, 2, 3]),
        ("0110 0001 0001 0000", "0110 0001 0001 0000", [1, 2, 3, 4]),
        ("0100 0001 0000 0000", "010 001 000", [1, 2, 4]),
        ("01000 00001 00010 00000 00000", "010 001 000", [1, 2, 5]),
        ("0110 0000 0001 0000", "010 001 000", [1, 3, 4]),
        ("0010 0001 0001 0000", "010 001 000", [1, 3, 4]),
    ],
)
def test_pruning(rows: str, pruned: str, ops: list[Any]) -> None:
    spec = model_spec.ModelSpec(matrix(rows), numbers(matrix(rows)))
    assert spec.valid_spec
    assert np.array_equal(spec.pruned().matrix, matrix(pruned))
    assert spec.ops == ops
    assert np.array_equal(spec.original_matrix, matrix(rows))


@pytest.mark.parametrize("rows", ["00 00", "0100 0000 0001 0000", "0000 0010 0000 0000"])
def test_a_disconnected_graph_is_no_valid_spec(rows: str) -> None:
    spec = model_spec.ModelSpec(matrix(rows), numbers(matrix(rows)))
    assert not spec.valid_spec
    assert spec.matrix is None
    assert spec.ops is None


@pytest.mark.parametrize(
    ("rows", "upper"),
    [
        ("0000 0000 0000 0000", True),
        ("0111 0011 0001 0000", True),
        ("0111 0011 1001 0000", False),
        ("0000 0000 1000 0000", False),
        ("1000 1100 1110 1111", False),
        ("0", True),
        ("1", False),
    ],
)
def test_is_upper_triangular(rows: str, upper: bool) -> None:
    assert model_spec.is_upper_triangular(matrix(rows)) is upper
