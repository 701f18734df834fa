from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.table import TableFile
from nasbench_pytorch.table.storage.fields import ROW_FIELDS
from nasbench_pytorch.table.storage.schema import METADATA_KEY
from tests.helpers.table_samples import column_of, invented_records, table_of


@pytest.fixture
def table(tmp_path: Path) -> TableFile:
    return table_of(tmp_path, invented_records())


def rewritten(table: TableFile, path: Path, **changes: object) -> Path:
    """Write the table with changed metadata."""
    batch = pa.ipc.open_file(pa.memory_map(str(table.path))).get_batch(0)
    metadata = json.loads(batch.schema.metadata[METADATA_KEY]) | changes
    schema = batch.schema.with_metadata({METADATA_KEY: json.dumps(metadata)})
    with path.open("wb") as stream, pa.ipc.new_file(stream, schema) as writer:
        writer.write_batch(batch.replace_schema_metadata(schema.metadata))
    return path


def test_cells_and_rows_are_what_was_written(table: TableFile) -> None:
    records = invented_records()
    assert (table.cells, table.rows) == (6, len(records))
    for index, name in enumerate(ROW_FIELDS):
        assert table.values(name, slice(0, table.rows)).tolist() == [record.values[index] for record in records]
    assert table.epochs.tolist() == [record.epochs for record in records]
    assert table.repeats.tolist() == [0, 1, 2] * 12


def test_a_constant_field_takes_no_column(table: TableFile) -> None:
    assert table.metadata.constants == {"start_current_epoch": 0.0, "start_training_time": 0.0}
    assert table.metadata.shares_of_epochs == {"halfway_current_epoch": 0.5, "current_epoch": 1.0}
    assert table.column("current_epoch") is None
    assert column_of(table, "test_accuracy").stored.dtype == np.uint16


def test_columns_are_mapped_and_not_copied(table: TableFile) -> None:
    assert not table.search_keys.flags.owndata
    assert not column_of(table, "test_accuracy").stored.flags.owndata
    before = pa.total_allocated_bytes()
    TableFile(table.path)
    assert pa.total_allocated_bytes() - before < table.path.stat().st_size / 10


def test_a_newer_layout_is_refused_politely(table: TableFile, tmp_path: Path) -> None:
    newer = rewritten(table, tmp_path / "newer.arrow", schema_version=2, written_by="nasbench-pytorch 9.0")
    with pytest.raises(
        InputError, match=r"schema version 2; this program reads up to 1.*9\.0: upgrade nasbench-pytorch"
    ):
        TableFile(newer)


@pytest.mark.parametrize("changes", [{"rows": "x", "epochs": 5}, {"unheard_of": 1}, {"schema_version": None}])
def test_invalid_metadata_are_refused(table: TableFile, tmp_path: Path, changes: dict[str, object]) -> None:
    with pytest.raises(InputError, match="metadata cannot be read"):
        TableFile(rewritten(table, tmp_path / "odd.arrow", **changes))


def test_an_arrow_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    other = pa.record_batch([pa.array([1, 2])], ["a"])
    with (tmp_path / "a.arrow").open("wb") as stream, pa.ipc.new_file(stream, other.schema) as writer:
        writer.write_batch(other)
    with pytest.raises(InputError, match="no table of results"):
        TableFile(tmp_path / "a.arrow")
    metadata = {"schema_version": 1, "rows": 1, "epochs": [], "available_ops": [], "repeats": 1, "source": None}
    schema = other.schema.with_metadata({METADATA_KEY: json.dumps(metadata)})
    with (tmp_path / "b.arrow").open("wb") as stream, pa.ipc.new_file(stream, schema) as writer:
        writer.write_batch(other.replace_schema_metadata(schema.metadata))
    with pytest.raises(InputError, match="lacks the columns hash, search_key"):
        TableFile(tmp_path / "b.arrow")


def test_a_table_cut_short_anywhere_is_refused(table: TableFile, tmp_path: Path) -> None:
    data = table.path.read_bytes()
    cut = tmp_path / "cut.arrow"
    for size in [0, 5, 8, *range(10, len(data) - 1, 397), len(data) - 1]:
        cut.write_bytes(data[:size])
        with pytest.raises(InputError, match=r"cut\.arrow"):
            TableFile(cut)


def test_a_missing_file_is_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        TableFile(tmp_path / "none.arrow")
