from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.table import TableFile, export_tfrecord, import_tfrecord
from nasbench_pytorch.table.tfrecord.exporter import read_back
from nasbench_pytorch.table.tfrecord.frames import Damage, DamagedFileError, frame, read_records
from nasbench_pytorch.table.tfrecord.record import Record
from nasbench_pytorch.table.tfrecord.record import encode as encode_record
from tests.helpers.table_samples import invented_records

RECORDS = invented_records()[:8]
TEXTS = [encode_record(record) for record in RECORDS]

mutation = st.tuples(
    st.integers(0, 10_000),
    st.sampled_from(["set", "insert", "delete", "repeat"]),
    st.integers(0, 255),
    st.integers(1, 40),
)


def mutate(data: bytes, mutations: list[tuple[int, str, int, int]]) -> bytes:
    changed = bytearray(data)
    for position, kind, byte, length in mutations:
        at = position % (len(changed) + 1)
        if kind == "set":
            changed[at : at + 1] = bytes([byte])
        elif kind == "insert":
            changed[at:at] = bytes([byte])
        elif kind == "delete":
            del changed[at : at + length]
        else:
            changed[at:at] = changed[at : at + length]
    return bytes(changed)


def read_plainly(source: Path) -> tuple[list[Record], Damage | None]:
    try:
        return list(read_records(source)), None
    except DamagedFileError as error:
        return [], error.damage


def check(data: bytes, folder: Path) -> None:
    """Check that the import agrees with the plain reader: the same error, or a table that gives back the same bytes."""
    source, table, back = folder / "s.tfrecord", folder / "t.arrow", folder / "b.tfrecord"
    source.write_bytes(data)
    expected, damage = read_plainly(source)
    if damage is not None:
        with pytest.raises(DamagedFileError) as imported:
            import_tfrecord(source, table, chunk_bytes=1500)
        assert imported.value.damage == damage
        return
    if not expected:
        with pytest.raises(InputError):
            import_tfrecord(source, table)
        return
    import_tfrecord(source, table, chunk_bytes=1500)
    opened = TableFile(table)
    export_tfrecord(opened, back)
    assert back.read_bytes() == data
    assert [repr(row.values) for row in read_back(opened)] == [repr(row.values) for row in expected]


@settings(max_examples=150)
@given(st.lists(mutation, min_size=1, max_size=3))
def test_a_file_with_changed_bytes_is_an_error_or_read_right(
    tmp_path_factory: pytest.TempPathFactory, mutations: list[tuple[int, str, int, int]]
) -> None:
    check(mutate(b"".join(map(frame, TEXTS)), mutations), tmp_path_factory.mktemp("file"))


@settings(max_examples=300)
@given(st.integers(0, len(TEXTS) - 1), st.lists(mutation, min_size=1, max_size=3))
def test_a_record_with_changed_bytes_and_sound_checksums_is_an_error_or_read_right(
    tmp_path_factory: pytest.TempPathFactory, index: int, mutations: list[tuple[int, str, int, int]]
) -> None:
    texts = [*TEXTS[:index], mutate(TEXTS[index], mutations), *TEXTS[index + 1 :]]
    check(b"".join(map(frame, texts)), tmp_path_factory.mktemp("record"))


@settings(max_examples=100)
@given(st.binary(max_size=200))
def test_any_bytes_are_an_error_or_read_right(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    check(data, tmp_path_factory.mktemp("bytes"))
