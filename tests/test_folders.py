"""The folders: chosen by variables, and found without a home, a name or a writable installation."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from nasbench_pytorch import folders
from tests.helpers.deadlines import DEADLINE_S


@pytest.fixture
def without_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A user without a home, whom the system does not know; returns the folder for temporary files."""

    def unknown(user: int) -> None:
        raise KeyError(f"getpwuid(): uid not found: {user}")

    homes = ("HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME")
    for name in (*homes, folders.CACHE_VARIABLE, folders.CONFIG_VARIABLE, folders.TABLE_FOLDER_VARIABLE):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("pwd.getpwuid", unknown)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_variables_choose_every_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for variable in (
        folders.CACHE_VARIABLE,
        folders.CONFIG_VARIABLE,
        folders.DATA_VARIABLE,
        folders.TABLE_FOLDER_VARIABLE,
        folders.TABLE_VARIABLE,
    ):
        monkeypatch.setenv(variable, str(tmp_path / variable))
    assert folders.cache_folder() == tmp_path / folders.CACHE_VARIABLE
    assert folders.config_folder() == tmp_path / folders.CONFIG_VARIABLE
    assert folders.data_folder() == tmp_path / folders.DATA_VARIABLE
    assert folders.table_folder() == tmp_path / folders.TABLE_FOLDER_VARIABLE
    assert folders.default_table() == str(tmp_path / folders.TABLE_VARIABLE)


def test_an_empty_variable_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(folders.DATA_VARIABLE, "")
    monkeypatch.setenv(folders.TABLE_VARIABLE, "")
    assert folders.data_folder() == Path("data")
    assert folders.default_table() is None


def test_without_a_home_a_private_temporary_folder_stands_in(without_home: Path) -> None:
    cache, config = folders.cache_folder(), folders.config_folder()
    assert cache.parent == config.parent
    assert cache.parent.parent == without_home
    assert cache.parent.stat().st_mode & 0o077 == 0
    assert folders.matplotlib_folder() == config / "matplotlib"
    assert folders.table_folder() == cache.parent / "data" / "tables"


@pytest.mark.parametrize("planted", ["link", "open"])
def test_a_temporary_folder_that_others_may_write_is_not_taken(without_home: Path, planted: str) -> None:
    expected = without_home / f"nasbench-pytorch-{os.getuid()}"
    if planted == "link":
        (without_home / "elsewhere").mkdir()
        expected.symlink_to(without_home / "elsewhere")
    else:
        expected.mkdir()
        expected.chmod(0o777)
    assert expected not in folders.cache_folder().parents


def test_a_home_that_cannot_be_written_is_not_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file, no folder")
    for name in ("XDG_CACHE_HOME", folders.CACHE_VARIABLE):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert tmp_path / "home" not in folders.cache_folder().parents


def test_compiled_code_goes_to_the_cache_where_the_installation_is_read_only(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)
    monkeypatch.setenv(folders.CACHE_VARIABLE, str(tmp_path))
    source = Path(folders.__file__)
    assert folders.compiled_code_folder(source) is None
    monkeypatch.setattr(folders, "can_be_written", lambda folder: folder.name != "__pycache__")
    assert folders.compiled_code_folder(source) == tmp_path / "numba"


@pytest.mark.slow
def test_commands_run_without_home_name_and_writable_installation(tmp_path: Path) -> None:
    code = (
        "import os, pwd, sys\n"
        "def unknown(user): raise KeyError(user)\n"
        "pwd.getpwuid = unknown\n"
        "access = os.access\n"
        "os.access = lambda path, mode: '__pycache__' not in str(path) and access(path, mode)\n"
        "from nasbench_pytorch.cli import main\n"
        "for words in (['space', 'info', '--max-vertices', '3'], ['table', 'best', 'mini', '--n', '1'], ['info'],\n"
        "              ['cell', 'inception', '--out', 'cell.png']):\n"
        "    assert main(words) == 0, words\n"
    )
    temporary, work = tmp_path / "tmp", tmp_path / "work"
    temporary.mkdir()
    work.mkdir()
    dropped = ("HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "NASBENCH_CACHE_DIR", "MPLCONFIGDIR")
    environment = {name: value for name, value in os.environ.items() if name not in dropped}
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=environment | {"TMPDIR": str(temporary), "PYTHONPATH": str(Path(folders.__file__).parents[1])},
        cwd=work,
        capture_output=True,
        text=True,
        check=False,
        timeout=DEADLINE_S,
    )
    assert done.returncode == 0, done.stderr
    assert "Matplotlib" not in done.stderr
    assert [path.name for path in work.iterdir()] == ["cell.png"]  # and no folder named "~"
    assert list(temporary.glob("nasbench-pytorch-*/cache/numba"))
