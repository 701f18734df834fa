"""A refused certificate and a bad proxy are named."""

from __future__ import annotations

import ssl
import urllib.error
from pathlib import Path

import pytest

from nasbench_pytorch.datasets.download import DownloadError, download_archive
from nasbench_pytorch.errors import InputError
from nasbench_pytorch.network_errors import connection_reason
from nasbench_pytorch.table.tfrecord.download import PublishedFile, download

URL = "https://127.0.0.1:9/nasbench.tfrecord"


def refused() -> ssl.SSLCertVerificationError:
    error = ssl.SSLCertVerificationError(1, "certificate verify failed")
    error.verify_message = "self-signed certificate\x1b[2J"
    return error


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


def test_a_refused_certificate_is_named_however_deep_it_is_wrapped() -> None:
    wrapped = ConnectionError("max retries", urllib.error.URLError(refused()))
    reason = connection_reason(wrapped, URL)
    assert reason is not None
    assert reason.startswith("the server's certificate was refused (self-signed certificate\\x1b[2J)")
    assert "SSL_CERT_FILE" in reason


def test_an_error_that_wraps_itself_ends() -> None:
    error = ConnectionError("round")
    error.args = (error,)
    assert connection_reason(error, URL) is None


def test_a_proxy_is_named_without_its_password(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("https_proxy", "http://user:secret@127.0.0.1:9")
    with pytest.raises(DownloadError, match=r"no connection through the proxy 127\.0\.0\.1:9; .*https_proxy") as caught:
        download_archive(tmp_path, progress=False, url="https://example.org/cifar-10-python.tar.gz")
    assert "secret" not in str(caught.value)
    file = PublishedFile("https://example.org/table.tfrecord", "0" * 64)
    with pytest.raises(InputError, match=r"no connection through the proxy 127\.0\.0\.1:9") as also:
        download(file, tmp_path, attempts=1, pause_s=0)
    assert "secret" not in str(also.value)


def test_a_proxy_address_that_cannot_be_read_is_an_input_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("https_proxy", "http://[bad")
    with pytest.raises(InputError):
        download_archive(tmp_path, progress=False, url="https://example.org/cifar-10-python.tar.gz")


def test_without_a_proxy_the_reason_is_another() -> None:
    assert connection_reason(ConnectionRefusedError(), URL) is None
