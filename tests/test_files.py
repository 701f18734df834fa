"""Files are written whole or not at all, and killed writers leave nothing for long."""

from __future__ import annotations

import errno
import os
import time
import tracemalloc
from pathlib import Path

import pytest

from nasbench_pytorch.campaign.plan.selection import read_hashes
from nasbench_pytorch.errors import InputError
from nasbench_pytorch.files import atomic_write, read_limited, remove_partials
from nasbench_pytorch.shapes import read_json


def test_an_error_names_the_file_that_the_user_knows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left") as failure, atomic_write(tmp_path / "file") as stream:
        stream.write(b"x")
    assert failure.value.filename == str(tmp_path / "file")
    with pytest.raises(FileNotFoundError) as missing, atomic_write(tmp_path / "nowhere" / "file"):
        pass
    assert missing.value.filename == str(tmp_path / "nowhere" / "file")
    assert list(tmp_path.iterdir()) == []


def test_the_next_writer_removes_what_killed_writers_left_long_ago(tmp_path: Path) -> None:
    abandoned, recent, other = (
        tmp_path / f".{name}.partial" for name in ("t[1].arrow.00000000", "t[1].arrow.11111111", "t1.arrow.22222222")
    )
    for partial in (abandoned, recent, other):
        partial.touch()
    os.utime(abandoned, (0, time.time() - 7200))
    with atomic_write(tmp_path / "t[1].arrow") as stream:
        stream.write(b"x")
    assert sorted(tmp_path.iterdir()) == sorted([recent, other, tmp_path / "t[1].arrow"])
    remove_partials(tmp_path / "t[1].arrow")
    assert sorted(tmp_path.iterdir()) == sorted([other, tmp_path / "t[1].arrow"])


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"12345")
    assert read_limited(file, 5, "a test") == b"12345"
    with pytest.raises(InputError, match="has more than 4 bytes, too much for a test"):
        read_limited(file, 4, "a test")


def test_a_small_file_reserves_no_more_than_its_size(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"12345")
    tracemalloc.start()
    try:
        assert read_limited(tmp_path / "file", 1 << 40, "a test") == b"12345"
        assert tracemalloc.get_traced_memory()[1] < 1 << 20
    finally:
        tracemalloc.stop()


def test_a_device_is_read_up_to_the_limit() -> None:
    with pytest.raises(InputError, match="has more than 100,000 bytes"):
        read_limited("/dev/zero", 100_000, "a test")


def test_a_file_that_claims_gigabytes_takes_no_memory(tmp_path: Path) -> None:
    for name, read in (("results.json", read_json), ("hashes.txt", read_hashes)):
        with (tmp_path / name).open("wb") as stream:
            stream.truncate(1 << 40)
        with pytest.raises(InputError, match="has more than"):
            read(tmp_path / name)
