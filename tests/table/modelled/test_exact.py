"""Arithmetic that is the same on every machine, against numpy's own."""

from __future__ import annotations

import zlib

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from nasbench_pytorch.table.modelled.cell_means import CellMeans
from nasbench_pytorch.table.modelled.exact import piecewise_linear, powers
from nasbench_pytorch.table.modelled.hashed_draws import HashedDraws
from nasbench_pytorch.table.modelled.repeats import BUDGETS, model_rows

GOLDEN_ROWS = {4: 2635711381, 12: 1091031243, 36: 1410399255, 108: 2337089889}
"""CRC-32 of the rows of 500 cells by budget: x86-64 and numpy 2; other machines and versions must agree."""


@settings(max_examples=30)
@given(
    st.lists(st.floats(-10, 10), min_size=2, max_size=6, unique=True).filter(lambda x: min(np.diff(sorted(x))) > 1e-6),
    st.lists(st.floats(-15, 15), min_size=1, max_size=20),
)
def test_interpolation_agrees_with_numpy(points: list[float], inputs: list[float]) -> None:
    points = sorted(points)
    values = [x * x - x for x in points]
    np.testing.assert_allclose(
        piecewise_linear(np.array(inputs), points, values), np.interp(inputs, points, values), rtol=1e-9, atol=1e-9
    )


def test_powers_are_those_of_the_base() -> None:
    np.testing.assert_allclose(powers(1.001, 9000), 1.001 ** np.arange(9000), rtol=1e-11)
    assert powers(0.5, 1).tolist() == [1.0]


def test_rows_are_these_on_every_machine() -> None:
    draws = HashedDraws(HashedDraws(np.arange(500, dtype=np.uint64)).bits("golden"))
    levels, deviations = np.array([0.1, 0.9]), np.arange(-4, 5) / 200
    means = CellMeans(
        test_correct=24000 + (draws.bits("means") % np.uint64(4000)).astype(np.int64),
        validation={epochs: 0.3 + 0.6 * draws.uniform("valid", epochs) for epochs in (4, 12, 36)},
        time_s=300 + 5000 * draws.uniform("time", 60),
        failure=draws.uniform("fails") / 20,
        failed_of_three=(draws.bits("three") % np.uint64(9)).astype(np.uint8) // 6,
        test_slopes={4: 0.5, 12: 0.6, 36: 1.0},
        levels=dict.fromkeys((4, 12, 36), levels),
        residuals=dict.fromkeys((4, 12, 36), np.stack([deviations, 2 * deviations])),
    )
    known = 2990 + (draws.bits("known") % np.uint64(25000)).astype(np.int64)
    found = {}
    for epochs in BUDGETS:
        both = (model_rows(means, draws, epochs), model_rows(means, draws, epochs, known))
        found[epochs] = zlib.crc32(b"".join(array.tobytes() for rows in both for array in vars(rows).values()))
    assert found == GOLDEN_ROWS
