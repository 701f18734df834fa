"""The compile cache: where it is damaged or cannot be written, functions are compiled without it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

MODULE = """
from nasbench_pytorch.njit import njit

@njit
def inner(number):
    return number + 1

@njit
def outer(number):
    return 2 * inner(number)
"""

CALLS = """
import importlib, sys
from tests.helpers.deadlines import DEADLINE_S
for name in sys.argv[1:]:
    outer = importlib.import_module(name).outer
    print(name, outer(20), sum(outer.stats.cache_hits.values()) if hasattr(outer, "stats") else "plain")
"""
"""For each module: what `outer` returns, and how often its machine code came from the cache."""


def call(folder: Path, modules: Sequence[str] = ("small",), **variables: str) -> dict[str, str]:
    """Call each module's `outer` in one new process: numba alone takes a second to load."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(folder), *sys.path]), **variables}
    environment.pop("NUMBA_CACHE_DIR", None)  # the cache lies beside the source
    done = subprocess.run(
        [sys.executable, "-c", CALLS, *modules],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=DEADLINE_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    answers = dict(line.split(maxsplit=1) for line in done.stdout.splitlines())
    assert list(answers) == list(modules)
    return answers


def empty(data: bytes) -> bytes:
    return b""


def torn(data: bytes) -> bytes:
    return data[: len(data) // 2]


def zeros(data: bytes) -> bytes:
    return bytes(len(data))


def zeros_in_the_middle(data: bytes) -> bytes:
    start = len(data) // 3
    return data[:start] + bytes(start) + data[2 * start :]


def another_pickle(data: bytes) -> bytes:
    return b"\x80\x04K\x01."


DAMAGES: tuple[Callable[[bytes], bytes], ...] = (empty, torn, zeros, zeros_in_the_middle, another_pickle)
KINDS = {"index": "nbi", "code": "nbc", "both": "nb?"}
DAMAGED = {f"{kind}_{damage.__name__}": (suffix, damage) for kind, suffix in KINDS.items() for damage in DAMAGES}
"""Name of a module → suffix of the files of its cache that are damaged, and how."""


def test_a_damaged_cache_is_replaced(tmp_path: Path) -> None:
    modules = ["undamaged", *DAMAGED]
    for name in modules:
        (tmp_path / f"{name}.py").write_text(MODULE)
    assert call(tmp_path, modules) == dict.fromkeys(modules, "42 0")
    for name, (suffix, damage) in DAMAGED.items():
        files = list((tmp_path / "__pycache__").glob(f"{name}.*.{suffix}"))
        assert files
        for file in files:
            file.write_bytes(damage(file.read_bytes()))
    assert call(tmp_path, modules) == {"undamaged": "42 1"} | dict.fromkeys(DAMAGED, "42 0")
    assert call(tmp_path, modules) == dict.fromkeys(modules, "42 1")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the module `small`, and no cache."""
    (tmp_path / "small.py").write_text(MODULE)
    return tmp_path


def test_without_a_folder_for_the_cache_functions_are_compiled(folder: Path) -> None:
    blocked = folder / "file"
    blocked.write_text("")  # a file where the folder should be stops root as well
    (folder / "__pycache__").write_text("")
    assert call(folder, XDG_CACHE_HOME=str(blocked), PYTHONDONTWRITEBYTECODE="1") == {"small": "42 0"}


def test_a_cache_that_cannot_be_written_is_no_error(folder: Path) -> None:
    """A folder in the place of each file stands for a full disk."""
    assert call(folder) == {"small": "42 0"}
    for file in list((folder / "__pycache__").glob("*.nb?")):
        file.unlink()
        file.mkdir()
    assert call(folder) == {"small": "42 0"}


def test_numba_may_be_switched_off(folder: Path) -> None:
    assert call(folder, NUMBA_DISABLE_JIT="1") == {"small": "42 plain"}
