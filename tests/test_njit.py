"""The compile cache: where it is damaged or cannot be written, functions are compiled without it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
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

CALL = "import small; print(small.outer(20), sum(small.outer.stats.cache_hits.values()))"
"""What `outer` returns, and how often its machine code came from the cache."""


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the module and the cache of one process that has used it."""
    folder = tmp_path_factory.mktemp("njit")
    (folder / "small.py").write_text(MODULE)
    assert call(folder) == "42 0"
    return folder


@pytest.fixture
def folder(filled: Path, tmp_path: Path) -> Path:
    # copy2 keeps the time of the source, by which numba knows that the cache is fresh.
    return Path(shutil.copytree(filled, tmp_path / "copy"))


def call(folder: Path, **variables: str) -> str:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(folder), *sys.path]), **variables}
    environment.pop("NUMBA_CACHE_DIR", None)  # the cache lies beside the source
    done = subprocess.run(
        [sys.executable, "-c", CALL],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return done.stdout.strip()


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


@pytest.mark.parametrize("kind", ["*.nbi", "*.nbc", pytest.param("*.nb?", marks=pytest.mark.slow)])
@pytest.mark.parametrize(
    "damage", [empty, torn, pytest.param(zeros, marks=pytest.mark.slow), zeros_in_the_middle, another_pickle]
)
def test_a_damaged_cache_is_made_anew(folder: Path, damage: Callable[[bytes], bytes], kind: str) -> None:
    files = list((folder / "__pycache__").glob(kind))
    assert files
    for file in files:
        file.write_bytes(damage(file.read_bytes()))
    assert call(folder) == "42 0"
    assert call(folder) == "42 1"


def test_a_cache_is_used(folder: Path) -> None:
    assert call(folder) == "42 1"


def test_without_a_folder_for_the_cache_functions_are_compiled(folder: Path) -> None:
    blocked = folder / "file"
    blocked.write_text("")  # a file where the folder should be stops root as well
    shutil.rmtree(folder / "__pycache__")
    (folder / "__pycache__").write_text("")
    assert call(folder, XDG_CACHE_HOME=str(blocked), PYTHONDONTWRITEBYTECODE="1") == "42 0"


def test_a_cache_that_cannot_be_written_is_no_error(folder: Path) -> None:
    """A folder in the place of each file stands for a full disk."""
    for file in list((folder / "__pycache__").glob("*.nb?")):
        file.unlink()
        file.mkdir()
    assert call(folder) == "42 0"


def test_numba_may_be_switched_off(folder: Path) -> None:
    code = CALL.replace("sum(small.outer.stats.cache_hits.values())", "type(small.outer).__name__")
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(folder), *sys.path]), "NUMBA_DISABLE_JIT": "1"},
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert done.stdout.strip() == "42 function"
