"""Damaged and hostile `.arrow` tables: an error of one line that names the file and the field, never a wrong number."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from nasbench_pytorch.arrow_digest import DIGEST_KEY, check_digest
from nasbench_pytorch.cli import main
from nasbench_pytorch.errors import InputError
from nasbench_pytorch.table import NASBench, TableFile, verify
from nasbench_pytorch.table.default_table import EMBEDDED_TABLE
from nasbench_pytorch.table.storage import checked_files, table_file
from nasbench_pytorch.table.storage.schema import METADATA_KEY
from nasbench_pytorch.table.tfrecord.import_cache import table_for
from tests.helpers.table_samples import invented_records, table_of, write_file


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("NASBENCH_CACHE_DIR", str(tmp_path / "cache"))
    return table_of(tmp_path, invented_records()).path


def batch_of(path: Path) -> pa.RecordBatch:
    return pa.ipc.open_file(pa.BufferReader(path.read_bytes())).get_batch(0)


def write_without_digest(path: Path, batch: pa.RecordBatch) -> Path:
    """Write a table as earlier versions did."""
    batch = batch.replace_schema_metadata({METADATA_KEY: batch.schema.metadata[METADATA_KEY]})
    with path.open("wb") as stream, pa.ipc.new_file(stream, batch.schema) as writer:
        writer.write_batch(batch)
    return path


def with_column(batch: pa.RecordBatch, name: str, column: pa.Array) -> pa.RecordBatch:
    arrays = [column if known == name else batch.column(known) for known in batch.schema.names]
    return pa.RecordBatch.from_arrays(arrays, batch.schema.names).replace_schema_metadata(batch.schema.metadata)


def use(path: Path) -> NASBench:
    """Open a table and read all of it."""
    table = NASBench(path)
    table.to_arrow()
    for module_hash in table:
        table.get_metrics_from_hash(module_hash)
    verify(table.table)
    return table


def reason_of_refusal(path: Path) -> str | None:
    try:
        use(path)
    except InputError as error:
        return str(error)
    return None


def flipped(data: bytes, generator: random.Random) -> bytes:
    changed = bytearray(data)
    edge = min(len(data), 9000)
    area = generator.choice([(0, len(data)), (0, edge), (len(data) - edge, len(data))])
    position = generator.randrange(*area)
    if generator.random() < 0.8:
        changed[position] ^= 1 << generator.randrange(8)
    else:
        number = generator.choice([10_000_000, -1, 0x7FFF_FFFF, 0, 1])
        changed[position : position + 4] = number.to_bytes(4, "little", signed=True)
    return bytes(changed)


def test_every_changed_bit_is_refused(path: Path, tmp_path: Path) -> None:
    data, generator, damaged = path.read_bytes(), random.Random(0), tmp_path / "damaged.arrow"
    for _ in range(400):
        changed = flipped(data, generator)
        damaged.write_bytes(changed)
        if changed == data:
            continue
        with pytest.raises(InputError, match=r"damaged\.arrow: ") as error:
            NASBench(damaged)
        assert "\n" not in str(error.value)


def test_the_embedded_table_has_a_digest() -> None:
    assert check_digest(EMBEDDED_TABLE, "")


def test_a_table_without_a_digest_still_opens_with_the_same_values(path: Path, tmp_path: Path) -> None:
    old = write_without_digest(tmp_path / "old.arrow", batch_of(path))
    assert not TableFile(old).has_digest
    assert NASBench(old).to_arrow().equals(NASBench(path).to_arrow())
    assert "no digest" in verify(TableFile(old)).assumed[-1]


def test_a_damaged_table_without_a_digest_never_ends_in_a_traceback(path: Path, tmp_path: Path) -> None:
    data = write_without_digest(tmp_path / "old.arrow", batch_of(path)).read_bytes()
    generator, damaged = random.Random(1), tmp_path / "damaged.arrow"
    refused = 0
    for _ in range(200):
        damaged.write_bytes(flipped(data, generator))
        reason = reason_of_refusal(damaged)
        if reason is not None:
            assert "damaged.arrow: " in reason
            assert "\n" not in reason
            refused += 1
    assert refused > 50


def list_with_offsets(column: pa.Array, offsets: np.ndarray[Any, Any]) -> pa.Array:
    pieces = [None, pa.py_buffer(offsets.astype(np.int32))]
    return pa.Array.from_buffers(column.type, len(column), pieces, children=[column.values])


def far_offset(column: pa.Array) -> pa.Array:
    offsets = column.offsets.to_numpy().copy()
    offsets[2] = 10_000_000
    return list_with_offsets(column, offsets)


def moved_offset(column: pa.Array) -> pa.Array:
    offsets = column.offsets.to_numpy().copy()
    offsets[1] += 1
    return list_with_offsets(column, offsets)


def without_last(column: pa.Array) -> pa.Array:
    offsets = column.offsets.to_numpy().copy()
    offsets[-1] -= 1
    return list_with_offsets(column, offsets)


def far_code(column: pa.Array) -> pa.Array:
    """Operations whose last code has no name."""
    codes = column.values.indices.to_numpy().copy()
    codes[-1] = 200
    values = pa.DictionaryArray.from_arrays(pa.array(codes), column.values.dictionary, safe=False)
    return pa.ListArray.from_arrays(column.offsets, values)


@pytest.mark.parametrize(
    ("name", "change", "reason"),
    [
        ("rows", far_offset, "rows: "),
        ("adjacency", far_offset, "adjacency: "),
        ("operations", far_offset, "operations: "),
        ("rows", without_last, "rows: 35 rows, the metadata say 36"),
        ("adjacency", moved_offset, "adjacency: a matrix has not the square"),
        ("operations", far_code, "operations: "),
        ("hash", lambda column: column.take(pa.array([1, 0, 2, 3, 4, 5])), "search_key: not the first bytes"),
        ("hash", lambda column: column.cast(pa.binary()), "hash: type binary, not fixed_size_binary"),
        ("search_key", lambda column: column.cast(pa.string()), "search_key: type string, not uint64"),
        ("rows", lambda column: column.offsets[1:], "rows: type int32, not a list"),
        ("rows", lambda column: pa.array([[1]] * len(column)), "rows: not a list of structs"),
        ("adjacency", lambda column: column.cast(pa.list_(pa.int64())), "adjacency: type int64, not uint8"),
        ("trainable_parameters", lambda column: column.cast(pa.float64()), "trainable_parameters: type double"),
        ("rows", lambda column: lacking(column, "epochs"), "rows.epochs: the"),
        ("rows", lambda column: lacking(column, "test_correct"), "rows.test_accuracy: the field is missing"),
        ("rows", lambda column: replaced(column, "test_correct", pa.uint8()), "rows.test_accuracy: type uint8"),
        ("rows", lambda column: replaced(column, "repeat", pa.float32()), "rows.repeat: type float"),
    ],
)
def test_a_column_of_a_wrong_kind_is_named(
    path: Path, tmp_path: Path, name: str, change: Callable[[pa.Array], pa.Array], reason: str
) -> None:
    batch = batch_of(path)
    wrong = write_without_digest(tmp_path / "wrong.arrow", with_column(batch, name, change(batch.column(name))))
    with pytest.raises(InputError, match=f"wrong.arrow: .*{reason}"):
        TableFile(wrong)


def structs(column: pa.Array, change: Callable[[pa.Field, pa.Array], tuple[pa.Field, pa.Array] | None]) -> pa.Array:
    values = column.values
    changed = [change(field, values.field(index)) for index, field in enumerate(values.type)]
    kept = [pair for pair in changed if pair is not None]
    fields, arrays = [field for field, _ in kept], [array for _, array in kept]
    return pa.ListArray.from_arrays(column.offsets, pa.StructArray.from_arrays(arrays, fields=fields))


def lacking(column: pa.Array, name: str) -> pa.Array:
    return structs(column, lambda field, array: None if field.name == name else (field, array))


def replaced(column: pa.Array, name: str, kind: pa.DataType) -> pa.Array:
    def change(field: pa.Field, array: pa.Array) -> tuple[pa.Field, pa.Array]:
        return (field.with_type(kind), array.cast(kind, safe=False)) if field.name == name else (field, array)

    return structs(column, change)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("rows", "36"), ("rows", 35), ("rows", True), ("epochs", 4), ("epochs", [4, "108"]), ("epochs", [4]),
        ("repeats", None), ("repeats", 2), ("evaluation_images", 0), ("evaluation_images", "9984"), ("skeleton", 3),
        ("evaluation_images", 12), ("skeleton", {"num_stacks": 10**30}), ("skeleton", {"num_labels": 10}),
        ("available_ops", "conv3x3-bn-relu"), ("available_ops", [1]), ("constants", [1]), ("constants", {"x": 0.0}),
        ("constants", {"training_time": 10**400}), ("constants", {"total_time": 10**30}),
        ("constants", {"start_current_epoch": "0"}), ("shares_of_epochs", {"current_epoch": None}),
        ("source", {"name": 1, "size_bytes": 1, "sha256": ""}), ("source", "a"), ("images_by_set", {"test": -1}),
        ("about", []), ("written_by", 2), ("schema_version", "1"), ("schema_version", 1.5), ("module_vertices", {}),
    ],
)  # fmt: skip
def test_metadata_of_a_wrong_type_are_named(path: Path, tmp_path: Path, field: str, value: object) -> None:
    batch = batch_of(path)
    metadata = json.loads(batch.schema.metadata[METADATA_KEY]) | {field: value}
    wrong = write_without_digest(
        tmp_path / "wrong.arrow", batch.replace_schema_metadata({METADATA_KEY: json.dumps(metadata)})
    )
    named = "rows.test_accuracy|accuracy" if (field, value) == ("evaluation_images", 12) else field.removesuffix("s")
    with pytest.raises(InputError, match=f"wrong.arrow: .*({named})") as error:
        TableFile(wrong)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("text", [b"", b"[]", b"[" * 100_000, b"\xff", b'{"schema_version": 1}', b"nul"])
def test_metadata_that_are_no_object_are_refused(path: Path, tmp_path: Path, text: bytes) -> None:
    wrong = write_without_digest(tmp_path / "wrong.arrow", batch_of(path).replace_schema_metadata({METADATA_KEY: text}))
    with pytest.raises(InputError, match=r"wrong.arrow: the table's metadata cannot be read"):
        TableFile(wrong)


def test_control_characters_of_a_file_are_not_printed(
    path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    batch = batch_of(path)
    metadata = json.loads(batch.schema.metadata[METADATA_KEY])
    metadata |= {"schema_version": 2, "written_by": "\x1b[2Jme\n"}
    wrong = batch.replace_schema_metadata({METADATA_KEY: json.dumps(metadata)})
    assert main(["table", "info", str(write_without_digest(tmp_path / "wrong.arrow", wrong))]) == 2
    message = capsys.readouterr().err
    assert "\x1b" not in message
    assert message.count("\n") == 1


@pytest.mark.parametrize("command", [["info", "--fields"], ["verify"], ["best"]])
def test_texts_of_a_sound_table_are_printed_without_control_characters(
    path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], command: list[str]
) -> None:
    batch = batch_of(path)
    metadata = json.loads(batch.schema.metadata[METADATA_KEY])
    metadata |= {"about": {"text": "\x1b[2J\x9b1m"}, "written_by": "\x1b[2J", "available_ops": ["\x1b[2J\x07"]}
    table = write_without_digest(
        tmp_path / "\x1b[31m.arrow", batch.replace_schema_metadata({METADATA_KEY: json.dumps(metadata)})
    )
    main(["table", command[0], str(table), *command[1:]])
    captured = capsys.readouterr()
    assert captured.out
    assert not {"\x1b", "\x9b", "\x07"} & set(captured.out + captured.err)


def test_verify_compares_the_digest_of_a_file_that_was_checked_before(
    path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A disk may change a byte without a new time of change; an accuracy that changes is still a plausible one."""
    table = TableFile(path)
    column = table.column("test_accuracy")
    assert column is not None
    data = bytearray(path.read_bytes())
    place = data.index(column.stored.tobytes())
    data[place] ^= 1
    path.write_bytes(data)
    monkeypatch.setattr(checked_files, "is_checked", lambda path, identity: True)
    [problem] = verify(TableFile(path)).problems
    assert problem.check == "file is what was written"
    assert str(path) in problem.examples[0]
    assert main(["table", "verify", str(path)]) == 1
    assert "WRONG: file is what was written" in capsys.readouterr().out


def test_a_known_file_is_not_read_again(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[Path] = []

    def counted(path: Path, remedy: str) -> bool:
        read.append(path)
        return check_digest(path, remedy)

    monkeypatch.setattr(table_file, "check_digest", counted)
    monkeypatch.setattr(checked_files, "SMALLEST_NOTED_BYTES", 0)
    monkeypatch.setattr(checked_files, "_CLOCK_TICK_NS", -(1 << 60))
    monkeypatch.setattr(checked_files, "_checked", {})
    TableFile(path)
    TableFile(path)
    assert len(read) == 1
    checked_files._checked.clear()  # as in another process
    TableFile(path)
    assert len(read) == 1
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    with pytest.raises(InputError, match="damaged"):
        TableFile(path)
    assert len(read) == 2


def test_a_file_that_has_just_changed_is_not_remembered(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checked_files, "_CLOCK_TICK_NS", 1 << 62)
    monkeypatch.setattr(checked_files, "_checked", {})
    TableFile(path)
    assert checked_files._checked == {}


def test_a_cache_that_cannot_be_written_is_no_error(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checked_files, "SMALLEST_NOTED_BYTES", 0)
    monkeypatch.setattr(checked_files, "_CLOCK_TICK_NS", -(1 << 60))
    monkeypatch.setenv("NASBENCH_CACHE_DIR", str(path))  # a file, so no folder can be made in it
    assert TableFile(path).rows == TableFile(path).rows == 36


def test_a_damaged_import_is_made_anew(path: Path, tmp_path: Path) -> None:
    source = write_file(tmp_path / "s.tfrecord", invented_records(seed=3))
    expected = table_for(source).read_bytes()
    generator = random.Random(2)
    for _ in range(20):
        imported = table_for(source)
        imported.write_bytes(flipped(expected, generator))
        assert table_for(source).read_bytes() == expected
    write_without_digest(imported, batch_of(imported))
    assert table_for(source).read_bytes() == expected


def test_the_digest_is_of_the_file_with_zeros_in_its_place(path: Path) -> None:
    import hashlib

    text = batch_of(path).schema.metadata[DIGEST_KEY]
    digits = text.partition(b":")[2]
    data = path.read_bytes()
    assert data.count(text) == 2
    assert hashlib.sha256(data.replace(digits, b"0" * 64)).hexdigest().encode() == digits
