from __future__ import annotations

import contextlib
import http.server
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from nasbench_pytorch.datasets import cifar10, load_cifar10
from nasbench_pytorch.errors import InputError
from tests.helpers.deadlines import DEADLINE_S

if TYPE_CHECKING:
    from tests.helpers.datasets_tiny_cifar10 import Publish, TinyCifar10

ARCHIVE = "cifar-10-python.tar.gz"


class Answer:
    """Answer of the local server to every request."""

    def __init__(self, content: bytes, status: int = 200, promised_bytes: int | None = None) -> None:
        self.content, self.status = content, status
        self.promised_bytes = len(content) if promised_bytes is None else promised_bytes


@contextlib.contextmanager
def serving(answer: Answer) -> Iterator[str]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(answer.status)
            self.send_header("Content-Length", str(answer.promised_bytes))
            self.end_headers()
            self.wfile.write(answer.content)

        def log_message(self, *_: object) -> None:
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/{ARCHIVE}"
        finally:
            server.shutdown()
            thread.join(DEADLINE_S)


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.fixture
def archive(tiny: TinyCifar10, publish: Publish, tmp_path: Path) -> bytes:
    """Return the bytes of the tiny archive and let `load_cifar10` expect it."""
    tiny.write(ARCHIVE, tmp_path / "server")
    publish(tmp_path / "server")
    return (tmp_path / "server" / ARCHIVE).read_bytes()


def published_at(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cifar10, "PUBLISHED", replace(cifar10.PUBLISHED, url=url))


def test_a_missing_archive_is_downloaded_once_and_read(
    archive: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    root = tmp_path / "new" / "data"
    with serving(Answer(archive)) as url:
        published_at(url, monkeypatch)
        data = load_cifar10(root, validation_size=100)
    assert data.source == ARCHIVE
    assert [file.name for file in root.iterdir()] == [ARCHIVE]
    assert url in capsys.readouterr().err
    again = load_cifar10(root, validation_size=100)  # the server is gone
    assert len(again.train) == 400
    assert capsys.readouterr().err == ""


def test_a_download_can_be_silent(
    archive: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with serving(Answer(archive)) as url:
        published_at(url, monkeypatch)
        load_cifar10(tmp_path / "data", validation_size=100, progress=False)
    assert capsys.readouterr() == ("", "")


def test_on_a_terminal_a_bar_shows_the_progress(
    archive: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    with serving(Answer(archive)) as url:
        published_at(url, monkeypatch)
        load_cifar10(tmp_path / "data", validation_size=100)
    size = round(len(archive) / 1e6, 1)
    shown = capsys.readouterr().err
    assert "downloading CIFAR-10" in shown
    assert f"{size}/{size} MB" in shown


@pytest.mark.parametrize("existed", [False, True])
@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda _: Answer(b"<html>please log in</html>"), "the downloaded file has MD5"),
        (lambda _: Answer(b"not found", status=404), "the server answered 404"),
        (
            lambda archive: Answer(archive[:1000], promised_bytes=len(archive)),
            "the connection broke during the download",
        ),
    ],
)
def test_a_failed_download_leaves_nothing_and_names_three_options(
    archive: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damage: Any, said: str, existed: bool
) -> None:
    root = tmp_path / "new" / "data"
    if existed:
        root.mkdir(parents=True)
    with serving(damage(archive)) as url:
        published_at(url, monkeypatch)
        with pytest.raises(InputError, match=said) as caught:
            load_cifar10(root, validation_size=100)
    for part in ("could not be downloaded", "--data-root", url, "--dataset digits"):
        assert part in str(caught.value)
    assert root.exists() == existed
    assert not existed or not any(root.iterdir())
    assert (tmp_path / "new").exists() == existed


def test_a_server_that_sends_too_much_is_cut_off(
    archive: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nasbench_pytorch.datasets.download._MOST_BYTES", len(archive) - 1)
    with serving(Answer(archive)) as url:
        published_at(url, monkeypatch)
        with pytest.raises(InputError, match="the server sent more than"):
            load_cifar10(tmp_path / "new", validation_size=100)
    assert not (tmp_path / "new").exists()


def test_offline_without_data_names_three_options_and_nothing_else(
    publish: Publish, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    publish(tmp_path)  # at a port without a server
    root = tmp_path / "data"
    with pytest.raises(InputError, match=r"could not be downloaded \(no connection\)"):
        load_cifar10(root, validation_size=100)
    assert not root.exists()
    assert capsys.readouterr() == ("", "")
