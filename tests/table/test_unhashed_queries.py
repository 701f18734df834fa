"""Queries of a table of the whole space: without hashes they are what they are with them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

from nasbench_pytorch.space import CANONICAL_OPERATIONS, ModelSpec
from nasbench_pytorch.space.enumerate import nasbench101_space
from nasbench_pytorch.space.hashing import one_graph
from nasbench_pytorch.table import NASBench
from tests.helpers.space_cells import ALL_OPERATIONS, specs
from tests.helpers.table_whole_space import write_whole_space


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("whole") / "whole.arrow"
    write_whole_space(path, nasbench101_space())
    return path


@pytest.fixture(scope="module")
def plain(whole: Path) -> NASBench:
    table = NASBench(whole, seed=0)
    table.__dict__["_rows_without_hash"] = None
    return table


@pytest.fixture(scope="module")
def fast(whole: Path) -> NASBench:
    return NASBench(whole, seed=0)


def answer(table: NASBench, spec: Any) -> Any:
    """Return the answer to a query, or the error with its message."""
    try:
        found = table.query(spec, 108, repeat=0)
    except Exception as error:
        return type(error), str(error)
    return {name: value.tolist() if isinstance(value, np.ndarray) else value for name, value in found.items()}


@settings(max_examples=150)
@given(spec=specs(max_vertices=8, operations=ALL_OPERATIONS[:4]))
def test_answers_and_errors_are_the_same(fast: NASBench, plain: NASBench, spec: ModelSpec) -> None:
    """Disconnected cells, cells with too many vertices or edges and an unsupported operation are among them."""
    assert answer(fast, spec) == answer(plain, spec)


@pytest.mark.parametrize(
    "spec",
    [
        ([[0, 1], [0, 0]], ["output", "input"]),
        ([[0, 1], [0, 0]], ["input", "conv3x3-bn-relu"]),
        ([[0, 1, 0], [0, 0, 1], [0, 0, 0]], ["input", "input", "output"]),
        ([[0, 1], [1, 0]], ["input", "output"]),
        "a text",
        None,
    ],
)
def test_malformed_cells_give_the_same_error(fast: NASBench, plain: NASBench, spec: Any) -> None:
    assert answer(fast, spec) == answer(plain, spec)
    assert isinstance(answer(fast, spec), tuple)


def test_a_query_computes_no_hash(fast: NASBench, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> str:
        raise AssertionError("a hash was computed")

    for name in ("hash_labelled_graph", "hash_with_hashlib"):
        monkeypatch.setattr(one_graph, name, refuse)
    monkeypatch.setattr("nasbench_pytorch.space.spec.hash_labelled_graph", refuse)
    row = 300_000
    spec = fast.spec(fast.table.hash_of(row))
    assert fast.index_of(spec) == row
    assert fast.query(spec, 108)["trainable_parameters"] == nasbench101_space().columns.trainable_parameters[row]


def test_changed_settings_are_followed(fast: NASBench, plain: NASBench) -> None:
    """With the operations in another order, a spec has another hash; with larger bounds, it has a hash at all."""
    specs = [fast.spec(fast.table.hash_of(row)) for row in range(0, 423_624, 20_011)]
    for change in ({"available_ops": list(CANONICAL_OPERATIONS)[::-1]}, {"max_edges": 4}, {"module_vertices": 9}):
        before = {name: plain.config[name] for name in change}
        fast.config.update(change)
        plain.config.update(change)
        large = ModelSpec(np.eye(9, k=1, dtype=int), ["input", *["maxpool3x3"] * 7, "output"])
        assert [answer(fast, spec) for spec in (*specs, large)] == [answer(plain, spec) for spec in (*specs, large)]
        fast.config.update(before)
        plain.config.update(before)


def test_other_tables_are_asked_by_hash(tmp_path: Path, whole: Path) -> None:
    """A table with one cell too few, and one of as many cells but another hash."""
    space = nasbench101_space()
    write_whole_space(tmp_path / "part.arrow", space, leave_out=5)
    write_whole_space(tmp_path / "other.arrow", space, change=5)
    for name in ("part.arrow", "other.arrow"):
        table = NASBench(tmp_path / name)
        assert table._rows_without_hash is None
        assert space[5] not in table
        assert space[6] in table
    assert NASBench(whole)._rows_without_hash is not None
