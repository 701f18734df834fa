"""Readers of tables and of cells."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pyarrow as pa

from nasbench_pytorch.cli.shared.cell_flags import CellArguments
from nasbench_pytorch.errors import InputError
from nasbench_pytorch.space import named_cell
from nasbench_pytorch.table import NASBench, TableFile, import_tfrecord, verify
from nasbench_pytorch.table.storage.schema import METADATA_KEY
from nasbench_pytorch.table.tfrecord.exporter import read_back
from nasbench_pytorch.table.tfrecord.frames import Damage, read_records
from tests.fuzz.mutations import changed_bytes, changed_json
from tests.fuzz.reader import FuzzedReader, WrongReadError
from tests.helpers.table_samples import invented_records, table_of, write_file


def _batch(data: bytes) -> pa.RecordBatch:
    return pa.ipc.open_file(pa.BufferReader(data)).get_batch(0)


def without_digest(data: bytes, metadata: bytes | None = None) -> bytes:
    """Return a table as earlier versions wrote it, with its metadata or others."""
    batch = _batch(data)
    batch = batch.replace_schema_metadata({METADATA_KEY: metadata or batch.schema.metadata[METADATA_KEY]})
    sink = pa.BufferOutputStream()
    with pa.ipc.new_file(sink, batch.schema) as writer:
        writer.write_batch(batch)
    return bytes(sink.getvalue())


def _changed_metadata(data: bytes, generator: random.Random) -> bytes:
    return without_digest(data, changed_json(_batch(data).schema.metadata[METADATA_KEY], generator))


def _table(folder: Path) -> bytes:
    return table_of(folder, invented_records()).path.read_bytes()


def _records(folder: Path) -> bytes:
    return write_file(folder / "sound.tfrecord", invented_records()[:12]).read_bytes()


def _cell(folder: Path) -> bytes:
    spec = named_cell("inception").spec
    return json.dumps({"matrix": spec.original_matrix.tolist(), "ops": spec.original_ops}).encode()


def use_table(path: Path) -> None:
    """Read everything that a table holds."""
    table = NASBench(path)
    table.to_arrow()
    for module_hash in table:
        table.get_metrics_from_hash(module_hash)
    table.describe()
    verify(table.table)


def _refuse_table(path: Path) -> None:
    """A table with a digest may not be read at all after a change."""
    use_table(path)
    raise WrongReadError("a changed table was read")


def _use_cell(path: Path) -> None:
    CellArguments(cell=str(path)).resolve().spec.hash_spec()


def _compare_import(path: Path, salvage: bool) -> None:
    """The import must keep what the plain reader keeps, in any chunks."""
    out = path.with_suffix(".arrow")
    plain: list[Damage] | None = [] if salvage else None
    try:
        expected = list(read_records(path, plain))
    except InputError:
        expected = []
    import_tfrecord(path, out, salvage=salvage, chunk_bytes=1500)
    if [repr(record) for record in read_back(TableFile(out))] != [repr(record) for record in expected]:
        raise WrongReadError("the import differs from the plain reader")


TABLE_READERS: dict[str, FuzzedReader] = {
    "arrow": FuzzedReader(".arrow", _table, changed_bytes, _refuse_table),
    "arrow without a digest": FuzzedReader(
        ".arrow", lambda folder: without_digest(_table(folder)), changed_bytes, use_table
    ),
    "tfrecord": FuzzedReader(".tfrecord", _records, changed_bytes, lambda path: _compare_import(path, False)),
    "tfrecord with --salvage": FuzzedReader(
        ".tfrecord", _records, changed_bytes, lambda path: _compare_import(path, True), 0.5
    ),
    "JSON of a table's metadata": FuzzedReader(".arrow", _table, _changed_metadata, use_table),
    "JSON of a cell": FuzzedReader(".json", _cell, changed_json, _use_cell),
}
