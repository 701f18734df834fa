from __future__ import annotations

import base64
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nasbench_pytorch.explorer.report.packed_columns import (
    STEPS,
    pack_graphs,
    pack_hashes,
    pack_numbers,
    unpack_numbers,
)
from nasbench_pytorch.table.storage.row_reader import RowReader
from tests.helpers.table_samples import SPECS, invented_records, table_of

NUMBERS = st.one_of(st.floats(-1e12, 1e12), st.just(float("nan")), st.just(float("inf")), st.just(0.0))


def unpacked(text: str) -> bytes:
    return zlib.decompress(base64.b64decode(text))


@settings(max_examples=60)
@given(st.lists(NUMBERS, min_size=1, max_size=30), st.sampled_from(["linear", "log"]))
def test_numbers_come_back_within_half_a_step(values: list[float], scale: str) -> None:
    array = np.array(values)
    back = unpack_numbers(*pack_numbers(array, scale))
    known = np.isfinite(array) & ((array > 0) if scale == "log" else True)
    assert (np.isnan(back) == ~known).all()
    before, after = array[known], back[known]
    if scale == "log":
        before, after = np.log(before), np.log(after)
    step = (np.ptp(before) / STEPS) if known.any() else 0
    np.testing.assert_allclose(after, before, atol=0.5 * step, rtol=1e-9)


@pytest.mark.parametrize("chosen", [range(len(SPECS)), [0, 3, 4], [2], []])
def test_hashes_and_graphs_come_back(tmp_path: Path, chosen: list[int]) -> None:
    table = table_of(tmp_path, invented_records(budgets=(4,), repeats=1))
    rows = np.array(chosen, np.int64)
    planes = np.frombuffer(unpacked(pack_hashes(table, rows)), np.uint8).reshape(4, -1)
    differences = [int.from_bytes(bytes(column), "big") for column in planes.T.tolist()]
    assert [f"{key:08x}" for key in np.cumsum(differences).tolist()] == [table.hash_of(row)[:8] for row in chosen]
    packed = unpacked(pack_graphs(table, rows))
    sizes, rest = list(packed[: len(rows)]), packed[len(rows) :]
    interior = sum(sizes) - 2 * len(sizes)
    codes, bits = iter(rest[:interior]), iter(np.unpackbits(np.frombuffer(rest[interior:], np.uint8)).tolist())
    reader = RowReader(table)
    for row, size in zip(chosen, sizes, strict=True):
        cell = reader.cell(row)
        assert [table.operation_names[next(codes)] for _ in range(size - 2)] == cell["module_operations"][1:-1]
        matrix = [[next(bits) if to > start else 0 for to in range(size)] for start in range(size)]
        assert matrix == cell["module_adjacency"].tolist()
