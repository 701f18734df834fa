"""Damaged archives are refused."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest

from tests.helpers.datasets_refusal import refusal
from tests.helpers.datasets_tiny_cifar10 import MEMBERS, Publish, TinyCifar10


@pytest.mark.parametrize("archive", ["cifar-10-python.tar.gz", "cifar-10-binary.tar.gz"])
def test_an_archive_with_a_wrong_checksum_is_refused(
    tiny: TinyCifar10, publish: Publish, tmp_path: Path, archive: str
) -> None:
    tiny.write(archive, tmp_path)
    publish(tmp_path)
    with (tmp_path / archive).open("ab") as stream:
        stream.write(b"\0")
    assert re.search(r"wrong checksum: MD5 [0-9a-f]{32}, published [0-9a-f]{32}", refusal(tmp_path))


def test_an_archive_without_a_batch_is_refused(tiny: TinyCifar10, publish: Publish, tmp_path: Path) -> None:
    files = dict.fromkeys(MEMBERS, b"")
    del files["data_batch_4"]
    tiny.write_archive(tmp_path / "cifar-10-python.tar.gz", "cifar-10-batches-py", files)
    publish(tmp_path)
    assert "data_batch_4 missing" in refusal(tmp_path)


def test_a_file_that_is_not_an_archive_is_refused(publish: Publish, tmp_path: Path) -> None:
    (tmp_path / "cifar-10-python.tar.gz").write_bytes(gzip.compress(b"<html>please log in</html>"))
    publish(tmp_path)
    assert "truncated or damaged" in refusal(tmp_path)


def test_an_archive_that_unpacks_to_too_much_is_refused(
    tiny: TinyCifar10, publish: Publish, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {"padding": bytes(1_000_000), **dict.fromkeys(MEMBERS, b"")}
    tiny.write_archive(tmp_path / "cifar-10-python.tar.gz", "cifar-10-batches-py", files)
    publish(tmp_path)
    monkeypatch.setattr("nasbench_pytorch.datasets.readers.archives._MAX_UNPACKED_BYTES", 999_999)
    assert "more than 999,999 bytes when unpacked" in refusal(tmp_path)
