"""`nasbench table download`: from a server, from a file, and where neither helps."""

from __future__ import annotations

import functools
import http.server
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from nasbench_pytorch.checksum import file_sha256
from nasbench_pytorch.cli import main
from nasbench_pytorch.table import NASBench
from nasbench_pytorch.table.named import downloads
from nasbench_pytorch.table.tfrecord.published import PUBLISHED, PublishedFile
from tests.helpers.deadlines import DEADLINE_S
from tests.helpers.table_samples import SPECS, invented_records, write_file

LINK = "http://127.0.0.1:9/nasbench_full.tfrecord"


@pytest.fixture
def published(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Small files in the place of the published ones, whose addresses are dead; returns their folder."""
    monkeypatch.setattr("nasbench_pytorch.table.tfrecord.download.time.sleep", lambda _: None)
    folder = tmp_path / "published"
    folder.mkdir()
    for name, file in PUBLISHED.items():
        path = write_file(folder / file.name, invented_records(seed=len(name)))
        small = PublishedFile(f"http://127.0.0.1:9/{file.name}", file_sha256(path), size_bytes=file.size_bytes)
        monkeypatch.setitem(PUBLISHED, name, small)
    means = folder / "accuracies.pkl.gz"
    means.write_bytes(b"means")
    small = PublishedFile(
        "http://127.0.0.1:9/m.gz", file_sha256(means), size_bytes=1_844_769, saved_as="test-means.pkl.gz"
    )
    monkeypatch.setattr(downloads, "TEST_MEANS", small)
    return folder


@pytest.fixture
def server(published: Path) -> Iterator[str]:
    """A server of these files; its address."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            pass

    running = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(published)))
    thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{running.server_address[1]}"
    running.shutdown()
    running.server_close()
    thread.join(DEADLINE_S)


def run(*arguments: object) -> int:
    return main(["table", "download", *map(str, arguments)])


def test_a_downloaded_table_has_its_name(
    server: str, tmp_path: Path, table_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("full", "--url", f"{server}/nasbench_full.tfrecord") == 0
    assert "its name is full" in capsys.readouterr().out
    assert (tmp_path / "nasbench_full.tfrecord").exists()
    assert len(NASBench("full")) == len(NASBench()) == len(SPECS)
    assert run("full") == 0  # no server is asked
    assert "the table full is here already" in capsys.readouterr().out
    assert run("full", "--folder", tmp_path) == 0
    assert "has this file already" in capsys.readouterr().out
    (table_folder / "full.arrow").write_bytes(b"ARROW1 damaged")
    assert run("full") == 0
    assert len(NASBench("full")) == len(SPECS)


def test_a_copy_that_the_user_has_needs_no_server(
    published: Path, table_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("only108", "--from-file", published / "nasbench_only108.tfrecord") == 0
    assert len(NASBench("only108")) == len(SPECS)
    assert run("test-means", "--from-file", published / "accuracies.pkl.gz") == 0
    assert (table_folder / "test-means.pkl.gz").read_bytes() == b"means"
    assert run("test-means", "--from-file", table_folder / "test-means.pkl.gz") == 0
    capsys.readouterr()
    assert run("full", "--from-file", published / "nasbench_only108.tfrecord") == 2
    assert "is not that of the published file" in capsys.readouterr().err
    assert run("full", "--from-file", published / "none") == 2
    assert "No such file" in capsys.readouterr().err
    assert run("full", "--from-file", published / "x", "--url", LINK) == 2
    assert "leave out --url and --folder" in capsys.readouterr().err


@pytest.mark.parametrize("folder", [None, "here"])
def test_means_go_to_the_folder_of_tables(server: str, table_folder: Path, folder: str | None) -> None:
    where = [] if folder is None else ["--folder", folder]
    assert run("test-means", "--url", f"{server}/accuracies.pkl.gz", *where) == 0
    assert [path.name for path in table_folder.iterdir()] == ["test-means.pkl.gz"]


@pytest.mark.parametrize("name", ["full", "test-means"])
def test_a_dead_link_says_what_else_there_is(published: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(name) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    for way in ("--url ADDRESS", "--from-file PATH", "download only108 (NAS-Bench-101, 108 epochs alone, 523 MB)"):
        assert way in error
    assert ("2.1 GB" in error, "1.8 MB" in error) == (True, True)
    assert "or a table that needs no download: " in error
    assert "mini (89,000 bytes) (nasbench table list)" in error


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("fulll", "unknown download 'fulll'; there are: full, only108, test-means; did you mean full?"),
        ("semireal", "nasbench table download test-means"),
        ("predicted", "needs no download"),
        ("mini", "needs no download"),
    ],
)
def test_another_name_is_refused(name: str, message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(name) == 2
    assert message in capsys.readouterr().err


def test_the_means_are_known_as_published(dev_data: Path, table_folder: Path) -> None:
    assert run("test-means", "--from-file", dev_data / "data" / "layouts" / "freerea_accuracies.pkl.gz") == 0
    assert (table_folder / "test-means.pkl.gz").stat().st_size == downloads.TEST_MEANS.size_bytes
