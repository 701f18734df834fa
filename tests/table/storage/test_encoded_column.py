from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nasbench_pytorch.table.storage.encoded_column import Doubles, Encoding, fractions, narrow, smallest_unsigned, widen
from nasbench_pytorch.table.storage.growing_column import GrowingColumn

IMAGES = 9984
counts = st.integers(0, IMAGES).map(lambda k: float(np.float32(k / IMAGES)))
exact_counts = st.integers(0, IMAGES).map(lambda k: k / IMAGES)
singles = st.floats(width=32)
doubles = st.floats()
mixed = st.lists(counts, min_size=1) | st.lists(exact_counts, min_size=1) | st.lists(singles, min_size=1)


def bits(values: Doubles) -> list[int]:
    return [int(pattern) for pattern in values.view(np.uint64)]


@given(mixed | st.lists(doubles, min_size=1), st.sampled_from(["test_accuracy", "training_time"]))
def test_narrowing_loses_no_bit(values: list[float], name: str) -> None:
    given_values = np.array(values)
    assert bits(widen(narrow(name, given_values, None, IMAGES), IMAGES)) == bits(given_values)


@given(st.lists(mixed | st.lists(doubles, min_size=1), min_size=1, max_size=5))
def test_a_column_in_parts_is_the_column_of_the_whole(parts: list[list[float]]) -> None:
    growing = GrowingColumn("test_accuracy", IMAGES)
    for part in parts:
        growing.append(narrow("test_accuracy", np.array(part), None, IMAGES))
    whole = np.concatenate([np.array(part) for part in parts])
    assert bits(widen(growing.column(), IMAGES)) == bits(whole)


@given(st.lists(st.lists(st.none() | counts, min_size=1), min_size=1, max_size=4))
def test_missing_values_stay_missing(parts: list[list[float | None]]) -> None:
    growing = GrowingColumn("test_accuracy", IMAGES)
    for part in parts:
        values = np.array([0.7 if value is None else value for value in part])
        growing.append(narrow("test_accuracy", values, np.array([value is None for value in part]), IMAGES))
    column = growing.column()
    flat = [value for part in parts for value in part]
    missing = np.zeros(len(flat), bool) if column.missing is None else column.missing
    assert missing.tolist() == [value is None for value in flat]
    assert [v for v, absent in zip(widen(column, IMAGES), missing, strict=True) if not absent] == [
        v for v in flat if v is not None
    ]


@pytest.mark.parametrize(
    ("value", "name", "encoding"),
    [
        (float(np.float32(7777 / IMAGES)), "test_accuracy", Encoding.COUNT),
        (7777 / IMAGES, "test_accuracy", Encoding.COUNT64),
        (float(np.float32(0.123)), "test_accuracy", Encoding.FLOAT32),
        (0.123, "test_accuracy", Encoding.FLOAT64),
        (-0.0, "test_accuracy", Encoding.FLOAT32),
        (float(np.float32(7777 / IMAGES)), "training_time", Encoding.FLOAT32),
        (1769.1, "training_time", Encoding.FLOAT64),
    ],
)
def test_a_column_is_as_narrow_as_its_values_allow(value: float, name: str, encoding: Encoding) -> None:
    assert narrow(name, np.array([value]), None, IMAGES).encoding is encoding


def test_counts_stand_for_the_float32_of_the_fraction() -> None:
    assert fractions(Encoding.COUNT, IMAGES)[1234] == float(np.float32(1234 / IMAGES))
    assert fractions(Encoding.COUNT64, IMAGES)[1234] == 1234 / IMAGES


@pytest.mark.parametrize(
    ("largest", "kind"), [(255, np.uint8), (256, np.uint16), (65536, np.uint32), (1 << 32, np.uint64)]
)
def test_whole_numbers_take_the_narrowest_type(largest: int, kind: type) -> None:
    assert smallest_unsigned([0, largest]).dtype == kind
