"""Downloads from a local server that breaks off, sends wrong data and refuses, as real servers do."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.table.tfrecord import transfer
from nasbench_pytorch.table.tfrecord.download import download, with_url
from nasbench_pytorch.table.tfrecord.published import PUBLISHED, PublishedFile
from nasbench_pytorch.table.tfrecord.transfer import open_partial
from tests.helpers.deadlines import DEADLINE_S

CONTENT = np.random.default_rng(0).bytes(300_000)


@dataclass
class Behaviour:
    """Behaviour of the server; `requests` collects the Range of each request, and `conditions` the If-Range."""

    content: bytes = CONTENT
    break_after: list[int] = field(default_factory=list)
    ranges: bool = True
    status: int = 200
    wrong_range: bool = False
    length_header: bool = True
    etag: str = ""
    requests: list[str | None] = field(default_factory=list)
    conditions: list[str | None] = field(default_factory=list)


class Handler(BaseHTTPRequestHandler):
    behaviour: Behaviour

    def do_GET(self) -> None:
        behaviour = self.behaviour
        asked = self.headers.get("Range")
        condition = self.headers.get("If-Range")
        behaviour.requests.append(asked)
        behaviour.conditions.append(condition)
        if condition not in (None, behaviour.etag):
            asked = None
        if behaviour.status != 200:
            self.send_error(behaviour.status)
            return
        start = int(asked.removeprefix("bytes=").rstrip("-")) if asked and behaviour.ranges else 0
        size = len(behaviour.content)
        if start >= size:
            self.send_response(416)
            self.send_header("Content-Range", f"bytes */{size}")
            self.end_headers()
            return
        body = behaviour.content[start:]
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {0 if behaviour.wrong_range else start}-{size - 1}/{size}")
        if behaviour.etag:
            self.send_header("ETag", behaviour.etag)
        if behaviour.length_header:
            self.send_header("Content-Length", str(len(body)))
        else:
            self.close_connection = True
        self.end_headers()
        sent = body[: behaviour.break_after.pop(0)] if behaviour.break_after else body
        self.wfile.write(sent)
        self.wfile.flush()
        if len(sent) < len(body):
            self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextlib.contextmanager
def serving() -> Iterator[tuple[Behaviour, PublishedFile]]:
    behaviour = Behaviour()
    handler = type("OwnHandler", (Handler,), {"behaviour": behaviour})
    running = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    url = f"http://127.0.0.1:{running.server_address[1]}/nasbench/table.tfrecord"
    yield behaviour, PublishedFile(url, hashlib.sha256(CONTENT).hexdigest())
    running.shutdown()
    running.server_close()
    thread.join(DEADLINE_S)


@pytest.fixture
def server() -> Iterator[tuple[Behaviour, PublishedFile]]:
    with serving() as running:
        yield running


@pytest.fixture
def mirror() -> Iterator[tuple[Behaviour, PublishedFile]]:
    with serving() as running:
        yield running


def fetch(file: PublishedFile, folder: Path, attempts: int = 3) -> Path:
    return download(file, folder, attempts=attempts, pause_s=0, timeout_s=DEADLINE_S)


def test_a_file_arrives_and_nothing_else_is_left(server: tuple[Behaviour, PublishedFile], tmp_path: Path) -> None:
    path = fetch(server[1], tmp_path / "new")
    assert path.read_bytes() == CONTENT
    assert list(path.parent.iterdir()) == [path]


def test_a_broken_transfer_resumes(server: tuple[Behaviour, PublishedFile], tmp_path: Path) -> None:
    behaviour, file = server
    behaviour.break_after = [100_000, 50_000, 1]
    seen: list[tuple[int, int]] = []
    path = download(file, tmp_path, attempts=2, pause_s=0, progress=lambda done, total: seen.append((done, total)))
    assert path.read_bytes() == CONTENT
    assert behaviour.requests == [None, "bytes=100000-", "bytes=150000-", "bytes=150001-"]
    assert seen[-1] == (len(CONTENT), len(CONTENT))


def test_a_later_call_resumes_an_earlier_one(server: tuple[Behaviour, PublishedFile], tmp_path: Path) -> None:
    behaviour, file = server
    behaviour.break_after = [120_000, 0, 0]
    with pytest.raises(InputError, match=r"2 times in a row; 120,000 bytes are kept in .*table.tfrecord.partial"):
        fetch(file, tmp_path, attempts=2)
    assert fetch(file, tmp_path).read_bytes() == CONTENT
    assert behaviour.requests[-1] == "bytes=120000-"


def test_a_server_without_ranges_sends_the_whole_again(server: tuple[Behaviour, PublishedFile], tmp_path: Path) -> None:
    behaviour, file = server
    behaviour.ranges, behaviour.break_after = False, [200_000]
    assert fetch(file, tmp_path).read_bytes() == CONTENT


def test_a_complete_partial_file_is_only_renamed(server: tuple[Behaviour, PublishedFile], tmp_path: Path) -> None:
    (tmp_path / "table.tfrecord.partial").write_bytes(CONTENT)
    assert fetch(server[1], tmp_path).read_bytes() == CONTENT


def test_a_partial_file_that_is_too_long_is_downloaded_again(
    server: tuple[Behaviour, PublishedFile], tmp_path: Path
) -> None:
    (tmp_path / "table.tfrecord.partial").write_bytes(CONTENT + b"more")
    assert fetch(server[1], tmp_path).read_bytes() == CONTENT


def test_a_wrong_digest_is_an_error_and_the_file_is_deleted(
    server: tuple[Behaviour, PublishedFile], tmp_path: Path
) -> None:
    behaviour, file = server
    behaviour.content = CONTENT[:-1] + b"?"
    with pytest.raises(InputError, match=f"SHA-256 .* and not {file.sha256}"):
        fetch(file, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_an_unrequested_part_is_refused(server: tuple[Behaviour, PublishedFile], tmp_path: Path) -> None:
    behaviour, file = server
    behaviour.wrong_range, behaviour.break_after = True, [1000]
    with pytest.raises(InputError, match="another part"):
        fetch(file, tmp_path)
    assert not (tmp_path / "table.tfrecord").exists()


def test_a_refusal_is_an_error_at_once_and_a_server_error_is_retried(
    server: tuple[Behaviour, PublishedFile], tmp_path: Path
) -> None:
    behaviour, file = server
    behaviour.status = 404
    with pytest.raises(InputError, match="answers 404"):
        fetch(file, tmp_path)
    assert len(behaviour.requests) == 1
    behaviour.status = 503
    with pytest.raises(InputError, match=r"answers 503 .*, 3 times in a row"):
        fetch(file, tmp_path)
    assert len(behaviour.requests) == 4


def test_an_unreachable_server_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="refused"):
        fetch(PublishedFile("http://127.0.0.1:9/table.tfrecord", "0" * 64), tmp_path)


def test_an_existing_file_is_checked_and_not_downloaded_again(
    server: tuple[Behaviour, PublishedFile], tmp_path: Path
) -> None:
    behaviour, file = server
    fetch(file, tmp_path)
    fetch(file, tmp_path)
    assert len(behaviour.requests) == 1
    (tmp_path / "table.tfrecord").write_bytes(b"something else")
    with pytest.raises(InputError, match="delete it"):
        fetch(file, tmp_path)


def test_the_published_files_are_named_as_published() -> None:
    assert {name: file.name for name, file in PUBLISHED.items()} == {
        "full": "nasbench_full.tfrecord",
        "only108": "nasbench_only108.tfrecord",
    }
    assert all(len(file.sha256) == 64 for file in PUBLISHED.values())


@pytest.mark.parametrize("kind", ["link", "dangling link", "hard link", "folder", "pipe"])
def test_a_planted_partial_file_is_not_written_through(
    server: tuple[Behaviour, PublishedFile], tmp_path: Path, kind: str
) -> None:
    other = tmp_path / "other"
    other.write_bytes(b"mine")
    (tmp_path / "data").mkdir()
    partial = tmp_path / "data" / "table.tfrecord.partial"
    if kind == "link":
        partial.symlink_to(other)
    elif kind == "dangling link":
        partial.symlink_to(tmp_path / "new")
    elif kind == "hard link":
        partial.hardlink_to(other)
    elif kind == "folder":
        partial.mkdir()
    else:
        os.mkfifo(partial)
    with pytest.raises(InputError, match=r"table\.tfrecord\.partial: a link or no plain file"):
        fetch(server[1], tmp_path / "data")
    assert other.read_bytes() == b"mine"
    assert not (tmp_path / "new").exists()
    assert server[0].requests == []


def test_a_link_that_is_planted_during_the_request_is_not_followed(tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "victim")
    with pytest.raises(OSError, match="link"):
        open_partial(link, continues=False)
    assert not (tmp_path / "victim").exists()


@pytest.mark.parametrize("known", [True, False])
def test_a_server_that_sends_too_much_is_cut_off(
    server: tuple[Behaviour, PublishedFile], tmp_path: Path, known: bool
) -> None:
    behaviour, file = server
    behaviour.length_header = known
    small = PublishedFile(file.url, file.sha256, largest_bytes=len(CONTENT) - 1)
    with pytest.raises(InputError, match="sends more than 299,999 bytes"):
        fetch(small, tmp_path)
    assert list(tmp_path.iterdir()) == []
    assert fetch(PublishedFile(file.url, file.sha256, largest_bytes=len(CONTENT)), tmp_path).read_bytes() == CONTENT


def test_the_next_address_is_tried_where_one_fails(
    server: tuple[Behaviour, PublishedFile], mirror: tuple[Behaviour, PublishedFile], tmp_path: Path
) -> None:
    (dead, first), (alive, second) = server, mirror
    file = replace(first, mirrors=("http://127.0.0.1:9/nowhere", second.url))
    dead.status = 404
    assert fetch(file, tmp_path, attempts=1).read_bytes() == CONTENT
    assert [path.name for path in tmp_path.iterdir()] == ["table.tfrecord"]
    (tmp_path / "table.tfrecord").unlink()
    alive.content = CONTENT[:-1] + b"?"  # another file
    with pytest.raises(
        InputError, match=r"answers 404 .*; http://127\.0\.0\.1:9/nowhere: .*; .*has SHA-256"
    ) as refused:
        fetch(file, tmp_path, attempts=1)
    assert "are kept" not in str(refused.value)
    assert list(tmp_path.iterdir()) == []


def test_a_mirror_continues_what_another_server_began(
    server: tuple[Behaviour, PublishedFile], mirror: tuple[Behaviour, PublishedFile], tmp_path: Path
) -> None:
    (breaking, first), (alive, second) = server, mirror
    breaking.etag, alive.etag = '"one"', '"two"'
    breaking.break_after = [100_000, 0]
    assert fetch(replace(first, mirrors=(second.url,)), tmp_path, attempts=1).read_bytes() == CONTENT
    assert breaking.conditions == [None, '"one"']
    assert (alive.requests, alive.conditions) == (["bytes=100000-"], [None])
    assert [path.name for path in tmp_path.iterdir()] == ["table.tfrecord"]


def test_bytes_of_two_versions_are_not_joined(server: tuple[Behaviour, PublishedFile], tmp_path: Path) -> None:
    behaviour, file = server
    behaviour.etag, behaviour.content, behaviour.break_after = '"old"', b"x" * len(CONTENT), [90_000, 0]
    with pytest.raises(InputError, match="90,000 bytes are kept"):
        fetch(file, tmp_path, attempts=1)
    behaviour.etag, behaviour.content = '"new"', CONTENT
    assert fetch(file, tmp_path).read_bytes() == CONTENT
    assert (behaviour.requests[-1], behaviour.conditions[-1]) == ("bytes=90000-", '"old"')


@pytest.mark.parametrize("note", [b"no json", b"[]", b'{"url": 1}', b'{"url": "%s", "version": "a\\nb: c"}'])
def test_a_note_that_makes_no_sense_is_ignored(
    server: tuple[Behaviour, PublishedFile], tmp_path: Path, note: bytes
) -> None:
    behaviour, file = server
    (tmp_path / "table.tfrecord.partial").write_bytes(CONTENT[:5000])
    (tmp_path / ".table.tfrecord.partial.json").write_bytes(note.replace(b"%s", file.url.encode()))
    assert fetch(file, tmp_path).read_bytes() == CONTENT
    assert behaviour.conditions == [None]


def test_too_little_space_is_named_before_the_transfer(
    server: tuple[Behaviour, PublishedFile], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Usage(NamedTuple):
        free: int

    (tmp_path / "table.tfrecord.partial").write_bytes(CONTENT[:100_000])
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: Usage(199_999))
    with pytest.raises(InputError, match=r"needs 0\.2 MB more, and 0\.2 MB are free; free some space"):
        fetch(server[1], tmp_path)
    assert (tmp_path / "table.tfrecord.partial").stat().st_size == 100_000
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: Usage(200_000))
    assert fetch(server[1], tmp_path).read_bytes() == CONTENT


def test_a_disk_that_fills_up_keeps_what_was_received(
    server: tuple[Behaviour, PublishedFile], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fill_up(response: Any, out: Any, *_: Any) -> None:
        out.write(response.read(70_000))
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(transfer, "_copy", fill_up)
        with pytest.raises(OSError, match=r"No space left.*70,000 bytes are kept.*repeat the command") as full:
            fetch(server[1], tmp_path)
    assert full.value.filename == str(tmp_path / "table.tfrecord.partial")
    assert fetch(server[1], tmp_path).read_bytes() == CONTENT
    assert server[0].requests == [None, "bytes=70000-"]


def test_an_address_of_ones_own_replaces_the_known_ones(
    server: tuple[Behaviour, PublishedFile], tmp_path: Path
) -> None:
    known = replace(PUBLISHED["full"], sha256=server[1].sha256)
    path = fetch(with_url(known, server[1].url), tmp_path)
    assert (path.name, path.read_bytes()) == ("nasbench_full.tfrecord", CONTENT)


@pytest.mark.parametrize("url", ["", "file:///etc/passwd", "ftp://host/x", "http://", "http://a b/", "http://[::1/x"])
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(InputError, match="give an address such as https://HOST/FILE; for a file, use --from-file PATH"):
        with_url(PUBLISHED["full"], url)
