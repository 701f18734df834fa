"""Which columns a map has, under which names, and with which words."""

from __future__ import annotations

import math
import re
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.explorer import ExploredTable
from nasbench_pytorch.explorer.views.filters import filter_mask
from nasbench_pytorch.explorer.views.table_view import describe_table
from nasbench_pytorch.table import TableFile
from nasbench_pytorch.table.cell_columns import add_cell_columns
from tests.helpers.explorer_samples import irregular_table, mini_table

HTML = "<img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> ExploredTable:
    """The embedded table with extra columns whose names and texts are anything."""
    path = tmp_path_factory.mktemp("own") / "own.arrow"
    texts = [HTML, "=1+1", None, *["a"] * 88]
    columns = {
        "synflow": pa.array(np.arange(91)),
        HTML: pa.array(np.arange(91) / 2),
        "..": pa.array([math.nan, math.inf, *[1.0] * 89]),
        "": pa.array([True] * 91),
        "or": pa.array([7] * 91),
        "vertices": pa.array([3] * 91),
        "origin": pa.array(texts),
        "too many": pa.array([str(number) for number in range(90)] * 1 + ["0"]),
        "lists": pa.array([[1]] * 91),
    }
    add_cell_columns(mini_table().file, path, columns)
    return ExploredTable(TableFile(path), "own")


def test_every_name_is_a_field_of_filters_and_safe_in_an_address(own: ExploredTable) -> None:
    for name, column in own.columns.items():
        assert name == column.name
        assert re.fullmatch(r"[A-Za-z_][\w-]*", name, re.ASCII)
        assert len(filter_mask(own, f"{name} >= 0 or {name} < 0")) == 91


def test_values_have_the_announced_type_and_length(own: ExploredTable) -> None:
    for name, column in own.columns.items():
        values = own.values(name)
        assert values.shape == (91,)
        assert values.dtype == np.dtype(column.dtype)
        assert not np.isinf(values).any()


def test_own_columns_keep_the_names_that_they_can_and_all_their_labels(own: ExploredTable) -> None:
    labels = {column.label: name for name, column in own.columns.items() if column.group == "own columns"}
    assert labels["synflow"] == "synflow"
    assert labels[HTML] == "own_img_src_x_onerror_alert_1"
    assert labels["vertices"] == "own_vertices_1"
    assert {"..", "", "or", "origin"} <= set(labels)
    assert "lists" not in labels
    assert own.values("synflow").tolist() == list(range(91))


def test_texts_are_categories_with_a_legend(own: ExploredTable) -> None:
    column = own.column("origin")
    assert column.legend == (HTML, "=1+1", "a")
    assert own.values("origin")[:4].tolist() == [0, 1, 255, 2]


def test_numbers_of_rows_are_columns_of_each_budget() -> None:
    assert {"attempts_4", "attempts_12"} <= set(mini_table().columns)
    assert not any(name.startswith("seed") for name in mini_table().columns)


def test_the_legend_counts_failed_repeats_and_the_note_explains_the_clusters() -> None:
    column = mini_table().column("failed_12")
    assert column.legend == ("0 of 3 failed", "1 of 3 failed", "2 of 3 failed", "3 of 3 failed")
    assert "below 0.20" in column.note


def test_the_first_map_is_accuracy_over_time_coloured_by_failures_if_there_are_any(tmp_path: Path) -> None:
    first = {"x": "training_time_12", "y": "test_accuracy_12"}
    assert describe_table(mini_table())["default"] == {**first, "colour": "vertices"}
    failing = irregular_table(tmp_path, [(1, 4)] * 6)
    assert describe_table(failing)["default"] == {**first, "colour": "failed_12"}


def test_an_unknown_column_is_refused_with_the_known_ones() -> None:
    with pytest.raises(InputError, match="no column 'x' in mini; there are: parameters, flops"):
        mini_table().values("x")


def test_only_the_columns_asked_for_last_are_kept(own: ExploredTable) -> None:
    first = next(iter(own.columns))
    kept = own.values(first)
    assert own.values(first) is kept
    for name in own.columns:
        own.values(name)
    assert own.values(first) is not kept
    np.testing.assert_array_equal(own.values(first), kept)
