"""Columns that follow from the cells' graphs, beside the columns of the search space and networkx."""

from __future__ import annotations

from pathlib import Path

import networkx as nx
import numpy as np
import pytest

from nasbench_pytorch.explorer.views import graph_columns
from nasbench_pytorch.space import ModelSpec, count_flops, enumerate_cells, sample_distinct
from nasbench_pytorch.table import TableBuilder, TableFile
from tests.helpers.explorer_samples import mini_table


@pytest.fixture(scope="module")
def sampled(tmp_path_factory: pytest.TempPathFactory) -> TableFile:
    """A table of random cells of every size, in the skeleton of NAS-Bench-101."""
    builder = TableBuilder()
    space = enumerate_cells(5)
    for spec in sample_distinct(space, 60, np.random.default_rng(3)):
        builder.add(spec, 4, 0, [])
    path = tmp_path_factory.mktemp("sampled") / "sampled.arrow"
    builder.write(path)
    return TableFile(path)


def test_columns_are_those_of_the_space(sampled: TableFile) -> None:
    space = enumerate_cells(5).subset([sampled.hash_of(cell) for cell in range(sampled.cells)])
    assert np.array_equal(graph_columns.vertices(sampled), space.columns.vertices)
    assert np.array_equal(graph_columns.edges(sampled), space.columns.edges)
    assert np.array_equal(graph_columns.flops(sampled), space.columns.flops)
    for label, name in enumerate(space.bounds.operations):
        expected = (space.columns.operations == label).sum(axis=1)
        assert np.array_equal(graph_columns.operation_count(sampled, name), expected)


def test_depth_is_the_longest_path_of_networkx() -> None:
    table = mini_table()
    for row, depth in enumerate(graph_columns.depth(table.file).tolist()):
        graph = nx.from_numpy_array(table.spec(row).original_matrix, create_using=nx.DiGraph)
        assert depth == nx.dag_longest_path_length(graph, weight=None)


def test_flops_are_those_of_the_tables_skeleton() -> None:
    table = mini_table()
    assert table.skeleton.stem_out_channels == 16
    expected = [count_flops(table.spec(row), table.skeleton) for row in range(table.file.cells)]
    assert graph_columns.flops(table.file).tolist() == expected


def test_matrices_of_more_than_eight_vertices_are_told_apart(tmp_path: Path) -> None:
    builder, path = TableBuilder(), tmp_path / "large.arrow"
    chain = np.eye(10, k=1, dtype=np.int8)
    for target in range(2, 10):
        matrix = chain.copy()
        matrix[0, target] = 1
        builder.add(ModelSpec(matrix, ["input", *["maxpool3x3"] * 8, "output"]), 4, 0, [])
    builder.write(path)
    table = TableFile(path)
    assert graph_columns.edges(table).tolist() == [10] * 8
    assert graph_columns.depth(table).tolist() == [9] * 8
    assert sum(len(group.matrices) for group in graph_columns.cells_by_size(table)) == 8
