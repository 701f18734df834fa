from __future__ import annotations

import base64
import json
import struct
import tracemalloc
from pathlib import Path

import pytest

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.table import TableFile, import_tfrecord
from nasbench_pytorch.table.tfrecord.exporter import read_back
from nasbench_pytorch.table.tfrecord.frames import (
    Damage,
    DamagedFileError,
    find_header,
    frame,
    masked_crc,
    read_frames,
    read_records,
)
from nasbench_pytorch.table.tfrecord.record import Record
from nasbench_pytorch.table.tfrecord.record import encode as encode_record
from tests.helpers.table_samples import invented_records, write_file


def bitwise_crc32c(data: bytes) -> int:
    """Return the checksum by its definition: reflected polynomial 0x1EDC6F41, a bit at a time."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def bitwise_masked(data: bytes) -> bytes:
    crc = bitwise_crc32c(data)
    return struct.pack("<I", ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF)


def test_a_record_is_laid_out_byte_by_byte_as_the_original_writes_it() -> None:
    times = (0.0, 0.0, 1.5, 2.0, 3.25)
    values = (0.0, times[0], 0.1, 0.2, 0.3, 2.0, times[2], 0.4, 0.5, 0.6, 4.0, times[3], 0.7, 0.8, 0.9, times[4])
    record = Record("0123456789abcdef0123456789abcdef", 4, bytes([0, 1, 0, 0]), ("input", "output"), 8555530, values)
    message = b""
    for first in (0, 5, 10):
        fields = b"".join(
            bytes([number << 3 | 1]) + struct.pack("<d", values[first + number - 1]) for number in range(1, 6)
        )
        message += b"\x0a\x2d" + fields
    message += b"\x10\x8a\x98\x8a\x04" + b"\x19" + struct.pack("<d", 3.25)
    text = base64.b64encode(message).decode()
    lines = "".join(text[i : i + 76] + "\\n" for i in range(0, len(text), 76))
    data = f'["0123456789abcdef0123456789abcdef", 4, "0100", "input,output", "{lines}"]'.encode()
    length = struct.pack("<Q", len(data))
    assert encode_record(record) == data
    assert frame(data) == length + bitwise_masked(length) + data + bitwise_masked(data)


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    records = invented_records()
    assert list(read_records(write_file(tmp_path / "t.tfrecord", records))) == records


def test_an_empty_file_has_no_frames(tmp_path: Path) -> None:
    (tmp_path / "empty").write_bytes(b"")
    assert list(read_frames(tmp_path / "empty")) == []


@pytest.fixture
def whole(tmp_path: Path) -> tuple[Path, list[int], bytes]:
    """Return a file of some records, the positions of the records, and the file's bytes."""
    path = write_file(tmp_path / "whole.tfrecord", invented_records()[:6])
    return path, [found.offset for found in read_frames(path)], path.read_bytes()


def read_both_ways(path: Path, out: Path) -> list[Damage]:
    """Return the first damage that the plain reader and the import report."""
    damages = []
    with pytest.raises(DamagedFileError) as plain:
        list(read_records(path))
    with pytest.raises(DamagedFileError) as imported:
        import_tfrecord(path, out)
    assert not out.exists()
    damages += [plain.value.damage, imported.value.damage]
    assert str(path) in str(imported.value)
    return damages


@pytest.mark.parametrize(
    ("where", "cause"),
    [
        (0, "the length's checksum"),
        (9, "the length's checksum"),
        (40, "the data's checksum"),
        (-1, "the data's checksum"),
    ],
)
def test_the_error_for_a_damaged_byte_names_record_offset_and_cause(
    whole: tuple[Path, list[int], bytes], tmp_path: Path, where: int, cause: str
) -> None:
    path, starts, data = whole
    damaged = bytearray(data)
    damaged[(starts[3] if where >= 0 else starts[4]) + where] ^= 0x10
    path.write_bytes(damaged)
    for damage in read_both_ways(path, tmp_path / "out.arrow"):
        assert (damage.record, damage.offset) == (3, starts[3])
        assert cause in damage.cause


@pytest.mark.parametrize("kept", [5, 12, 100, -1])
def test_the_error_for_a_truncated_file_names_the_last_record(
    whole: tuple[Path, list[int], bytes], tmp_path: Path, kept: int
) -> None:
    path, starts, data = whole
    path.write_bytes(data[: starts[2] + kept] if kept >= 0 else data[: starts[3] - 1])
    for damage in read_both_ways(path, tmp_path / "out.arrow"):
        assert (damage.record, damage.offset, damage.cause) == (2, starts[2], "the file ends inside this record")


def test_salvage_keeps_every_sound_record(whole: tuple[Path, list[int], bytes], tmp_path: Path) -> None:
    path, starts, data = whole
    damaged = bytearray(data[: starts[5] + 30])
    damaged[starts[1] + 2] ^= 1
    damaged[starts[3] + 50] ^= 1
    path.write_bytes(damaged)
    found: list[Damage] = []
    expected = [record for index, record in enumerate(invented_records()[:6]) if index not in (1, 3, 5)]
    assert list(read_records(path, found)) == expected
    assert [damage.offset for damage in found] == [starts[1], starts[3], starts[5]]
    for chunk_bytes in (64, 500, 1 << 20):
        report = import_tfrecord(path, tmp_path / "t.arrow", salvage=True, chunk_bytes=chunk_bytes)
        assert [damage.offset for damage in report.damages] == [starts[1], starts[3], starts[5]]
        assert report.metadata.rows == 3
        assert report.metadata.source is not None
        assert not report.metadata.source.complete


def header_of(length: int) -> bytes:
    text = length.to_bytes(8, "little")
    return text + masked_crc(text).to_bytes(4, "little")


def salvaged(path: Path, out: Path) -> list[Record]:
    """Return the records that a salvage keeps, by the plain reader; the import must keep the same in any chunks."""
    plain: list[Damage] = []
    kept = list(read_records(path, plain))
    for chunk_bytes in (64, 500, 1000, 1 << 20):
        report = import_tfrecord(path, out, salvage=True, chunk_bytes=chunk_bytes)
        assert list(read_back(TableFile(out))) == kept
        assert {damage.offset for damage in report.damages} == {damage.offset for damage in plain}
    return kept


@pytest.mark.parametrize("lost", [1, 7, 100, 300])
@pytest.mark.parametrize("at", [12, 60])
def test_a_hole_in_a_record_costs_no_other_record(
    whole: tuple[Path, list[int], bytes], tmp_path: Path, lost: int, at: int
) -> None:
    path, starts, data = whole
    first = starts[2] + at
    path.write_bytes(data[:first] + data[min(first + lost, starts[3]) :])
    expected = [record for index, record in enumerate(invented_records()[:6]) if index != 2]
    assert salvaged(path, tmp_path / "t.arrow") == expected


@pytest.mark.parametrize("end", [4, 6])
def test_a_length_that_spans_other_records_costs_none_of_them(
    whole: tuple[Path, list[int], bytes], tmp_path: Path, end: int
) -> None:
    path, starts, data = whole
    stop = [*starts, len(data)][end]
    path.write_bytes(data[: starts[2]] + header_of(stop - starts[2] - 16) + data[starts[2] + 12 :])
    expected = [record for index, record in enumerate(invented_records()[:6]) if index != 2]
    assert salvaged(path, tmp_path / "t.arrow") == expected


def test_added_bytes_and_zeroed_bytes_cost_no_other_record(
    whole: tuple[Path, list[int], bytes], tmp_path: Path
) -> None:
    path, starts, data = whole
    expected = [record for index, record in enumerate(invented_records()[:6]) if index != 2]
    path.write_bytes(data[: starts[2] + 60] + b"more" * 30 + data[starts[2] + 60 :])
    assert salvaged(path, tmp_path / "t.arrow") == expected
    path.write_bytes(data[: starts[2]] + bytes(starts[3] - starts[2]) + data[starts[3] :])
    assert salvaged(path, tmp_path / "t.arrow") == expected
    path.write_bytes(data[: starts[2] + 60] + bytes(200_000) + data[starts[3] :])
    assert salvaged(path, tmp_path / "t.arrow") == expected


def test_a_header_that_claims_too_much_costs_no_memory_and_no_other_record(
    whole: tuple[Path, list[int], bytes], tmp_path: Path
) -> None:
    path, starts, data = whole
    header = header_of(2_000_000_000)
    path.write_bytes(data[: starts[2]] + header + data[starts[2] + 12 :])
    expected = [record for index, record in enumerate(invented_records()[:6]) if index != 2]
    assert salvaged(path, tmp_path / "t.arrow") == expected
    sparse = tmp_path / "sparse.tfrecord"
    with sparse.open("wb") as stream:
        stream.write(header)
        stream.truncate(2_000_001_000)
    tracemalloc.start()
    with pytest.raises(DamagedFileError, match=r"record 0 at byte 0: its length is above 16,777,216 bytes"):
        import_tfrecord(sparse, tmp_path / "out.arrow")
    assert tracemalloc.get_traced_memory()[1] < 50_000_000
    tracemalloc.stop()


def test_a_hole_of_zeros_is_passed_quickly() -> None:
    data = bytes(20_000_000) + frame(b"found")
    assert find_header(data, 0) == 20_000_000


def test_the_error_for_a_foreign_file_says_so(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("this is not a table at all, just a text of some length")
    with pytest.raises(InputError, match="no TFRecord file"):
        import_tfrecord(path, tmp_path / "out.arrow")


@pytest.mark.parametrize(
    ("data", "cause"),
    [
        (b"not json", "not JSON"),
        (b'{"a": 1}', "not a list"),
        (b'["abc", 4, "0100", "input,output", ""]', "32 lower-case hex digits"),
        (json.dumps(["0" * 32, 4.5, "0100", "input,output", ""]).encode(), "whole number"),
        (json.dumps(["0" * 32, 4, "01", "input,output", ""]).encode(), "square"),
        (json.dumps(["0" * 32, 4, "0100", "input,output", ""]).encode(), "0 evaluations"),
        (json.dumps(["0" * 32, 4, "0100", "input,output", "CgA="]).encode(), "1 evaluations"),
    ],
)
def test_a_sound_frame_without_a_record_is_refused_with_the_reason(tmp_path: Path, data: bytes, cause: str) -> None:
    path = tmp_path / "t.tfrecord"
    path.write_bytes(frame(encode_record(invented_records()[0])) + frame(data))
    for damage in read_both_ways(path, tmp_path / "out.arrow"):
        assert damage.record == 1
        assert cause in damage.cause


def test_the_next_header_is_found_behind_garbage() -> None:
    data = b"\0" * 37 + frame(b"x" * 20)
    assert find_header(data, 0) == 37
    assert find_header(b"\0" * 100, 0) is None
