"""Chosen cells as a list, as files that read back, and as a campaign that the command line takes."""

from __future__ import annotations

import io
import shlex
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import csv

from nasbench_pytorch.cli.campaign.run import _Run
from nasbench_pytorch.cli.shared.flags import parse
from nasbench_pytorch.errors import InputError
from nasbench_pytorch.explorer import ExploredTable
from nasbench_pytorch.explorer.views import selection
from nasbench_pytorch.space import ModelSpec
from nasbench_pytorch.table import TableFile
from nasbench_pytorch.table.cell_columns import add_cell_columns
from tests.helpers.explorer_samples import mini_table

ROWS = np.array([3, 17, 90])


@pytest.mark.parametrize("file_format", ["csv", "arrow"])
def test_files_read_back_as_the_columns(file_format: str) -> None:
    table = mini_table()
    content = selection.download(table, ROWS, file_format).content
    read = pa.ipc.open_file(content).read_all() if file_format == "arrow" else csv.read_csv(io.BytesIO(content))
    assert read.column_names == ["hash", "matrix", "operations", *table.columns]
    assert read["hash"].to_pylist() == [table.file.hash_of(row) for row in ROWS.tolist()]
    for row, matrix, ops in zip(ROWS.tolist(), read["matrix"].to_pylist(), read["operations"].to_pylist(), strict=True):
        assert ModelSpec(str(matrix), ops.split(",")).hash_spec() == table.file.hash_of(row)
    np.testing.assert_array_equal(read["test_accuracy_12"].to_numpy(), table.exact("test_accuracy_12")[ROWS])
    assert read["failed_12"].to_pylist() == ["0 of 3 failed"] * 3


def test_a_text_of_the_table_is_no_formula_in_a_spreadsheet(tmp_path: Path) -> None:
    add_cell_columns(mini_table().file, tmp_path / "own.arrow", {"note": pa.array(["=1+1", None, *["a"] * 89])})
    table = ExploredTable(TableFile(tmp_path / "own.arrow"))
    content = selection.download(table, np.array([0, 1]), "csv").content
    assert csv.read_csv(io.BytesIO(content))["note"].to_pylist() == ["'=1+1", ""]
    arrow = pa.ipc.open_file(selection.download(table, np.array([0, 1]), "arrow").content).read_all()
    assert arrow["note"].to_pylist() == ["=1+1", None]


def test_a_list_shows_the_first_cells_and_counts_all() -> None:
    listed = selection.list_cells(mini_table(), ROWS)
    assert (listed["count"], listed["shown"]) == (3, 3)
    assert [cell["row"] for cell in listed["cells"]] == ROWS.tolist()
    assert listed["cells"][0]["test"] == pytest.approx(mini_table().accuracy(3))


def test_the_campaign_is_one_that_the_command_line_takes() -> None:
    found = selection.campaign(mini_table(), ROWS)
    assert found["text"].split() == [mini_table().file.hash_of(row) for row in ROWS.tolist()]
    words = shlex.split(found["command"])
    assert words[:3] == ["nasbench", "campaign", "run"]
    parsed = parse(_Run, words[3:], "nasbench campaign run", "")
    chosen = parsed.selection
    assert (chosen.hashes, chosen.budgets, chosen.repeats) == (found["file"], (4, 12), 3)
    assert parsed.settings.skeleton == mini_table().skeleton


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (None, "a list of at least one row"),
        ([], "a list of at least one row"),
        ({"a": 1}, "a list of at least one row"),
        ([1.5], "whole numbers, got '1.5'"),
        ([True], "whole numbers, got 'True'"),
        (["0"], "whole numbers"),
        ([-1], "no row -1"),
        ([0, 91], "no row 91 in mini; rows are 0 to 90"),
        ([10**30], "no row 1000"),
    ],
)
def test_what_is_no_list_of_rows_is_refused(rows: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        selection.chosen_rows(mini_table(), rows)


def test_rows_are_taken_once_and_in_order() -> None:
    assert selection.chosen_rows(mini_table(), [5, 2, 5]).tolist() == [2, 5]


def test_too_many_cells_and_unknown_formats_are_refused() -> None:
    with pytest.raises(InputError, match="there is no format 'xlsx'"):
        selection.download(mini_table(), ROWS, "xlsx")
    with pytest.raises(InputError, match="100,001 cells are too many"):
        selection.download(mini_table(), np.zeros(100_001, np.int64), "csv")
