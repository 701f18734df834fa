"""The server as a process: its address, taken ports, Ctrl-C; and ports by themselves."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator

import pytest

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.explorer.server import run
from nasbench_pytorch.explorer.server.ports import HOST, listen
from tests.helpers.explorer_samples import mini_file


def test_a_taken_port_gives_way_to_the_next_one() -> None:
    with listen(0) as first:
        host, port = first.getsockname()
        assert host == HOST == "127.0.0.1"
        if port == 65535:
            pytest.skip("there is no next port")
        with listen(port) as second:
            assert port < second.getsockname()[1] < port + 50


@pytest.mark.parametrize("port", [-1, 65536, 10**9])
def test_a_port_out_of_range_is_refused(port: int) -> None:
    with pytest.raises(InputError, match="--port must be 0 to 65535"):
        listen(port)


def test_without_a_free_port_the_error_says_which_were_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nasbench_pytorch.explorer.server.ports._MOST_TRIES", 1)
    with listen(0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(InputError, match=f"ports {port} to {port} are all taken"):
            listen(port)


def test_missing_packages_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(InputError, match=r"starlette is not installed; .*nasbench-pytorch\[explorer\]"):
        run.check_installed()


@pytest.fixture
def process() -> Iterator[subprocess.Popen[str]]:
    """The command over a table, on any port, whose first port is taken."""
    with listen(0) as taken:
        words = [str(mini_file()), "--no-browser", "--port", str(min(taken.getsockname()[1], 65000))]
        command = [sys.executable, "-m", "nasbench_pytorch", "explore", *words]
        environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
        pipe = subprocess.PIPE
        with subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, env=environment) as started:
            try:
                yield started
            finally:
                started.kill()


def test_the_command_says_where_it_is_answers_and_ends_at_ctrl_c(process: subprocess.Popen[str]) -> None:
    assert process.stdout is not None and process.stderr is not None
    first, second = process.stdout.readline(), process.stdout.readline()
    assert "is taken, so this is port" in first
    assert "mini.arrow: 91 cells at http://127.0.0.1:" in second
    address = second.split(" at ")[1].split()[0]
    with urllib.request.urlopen(f"{address}api/table", timeout=60) as response:
        assert json.load(response)["cells"] == 91
        assert response.headers["server"] is None
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=60) == 130
    assert process.stderr.read() == "nasbench explore: interrupted\n"
