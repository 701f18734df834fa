"""The folders for caches, settings and data, and the environment variables that choose them."""

from __future__ import annotations

import functools
import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from nasbench_pytorch.files import can_be_written

CACHE_VARIABLE = "NASBENCH_CACHE_DIR"
"""Folder for enumerated spaces, imported tables and compiled code; all of it can be deleted at any time."""

CONFIG_VARIABLE = "NASBENCH_CONFIG_DIR"
"""Folder for settings."""

DATA_VARIABLE = "NASBENCH_DATA_DIR"
"""Folder with CIFAR-10; it is downloaded there where it is missing."""

TABLE_VARIABLE = "NASBENCH_TABLE"
"""Name or file of the default table."""

TABLE_FOLDER_VARIABLE = "NASBENCH_TABLE_DIR"
"""Folder with the tables that have names: imported ones, and downloads that tables are built from."""

_NAME = "nasbench-pytorch"


def cache_folder() -> Path:
    """Return the folder for caches: `NASBENCH_CACHE_DIR`, else the platform's, else a private temporary one.

    The temporary one stands in where the user has no home, or may not write there. The folder need not exist yet.
    """
    return _named(CACHE_VARIABLE) or _user_folder(_platform_cache, "cache")


def config_folder() -> Path:
    """Return the folder for settings: `NASBENCH_CONFIG_DIR`, else the platform's, else a private temporary one."""
    return _named(CONFIG_VARIABLE) or _user_folder(_platform_config, "config")


def data_folder() -> Path:
    """Return the folder for CIFAR-10: `NASBENCH_DATA_DIR`, else `data` in the working folder."""
    return _named(DATA_VARIABLE) or Path("data")


def table_folder() -> Path:
    """Return the folder for named tables: `NASBENCH_TABLE_DIR`, else the platform's, else a private temporary one."""
    return _named(TABLE_FOLDER_VARIABLE) or _user_folder(_platform_data, "data") / "tables"


def default_table() -> str | None:
    """Return the name or file of the table in `NASBENCH_TABLE`, or None."""
    value = os.environ.get(TABLE_VARIABLE)
    # A Path would lose the "./" that makes a file of a name.
    return os.path.expanduser(value) if value else None  # noqa: PTH111 - see above


def compiled_code_folder(source: Path) -> Path | None:
    """Return the folder for machine code of a source file, or None where numba's own, beside the source, will do.

    Args:
        source: a module of this package.
    """
    beside = source.parent / "__pycache__"
    if os.environ.get("NUMBA_CACHE_DIR") or can_be_written(beside):
        return None
    return cache_folder() / "numba"


def matplotlib_folder() -> Path | None:
    """Return a folder for matplotlib's settings and list of fonts, or None if its own, in the home, can be used.

    Without one, matplotlib prints a warning and searches for fonts in every process.
    """
    home = os.environ.get("MPLCONFIGDIR") or os.path.expanduser("~")  # noqa: PTH111 - Path.expanduser needs a home
    return None if Path(home).is_absolute() and can_be_written(Path(home)) else config_folder() / "matplotlib"


def _named(variable: str) -> Path | None:
    value = os.environ.get(variable)
    return Path(value).expanduser() if value else None


def _platform_cache() -> str:
    import platformdirs

    return platformdirs.user_cache_dir(_NAME, appauthor=False)


def _platform_config() -> str:
    import platformdirs

    return platformdirs.user_config_dir(_NAME, appauthor=False)


def _platform_data() -> str:
    import platformdirs

    return platformdirs.user_data_dir(_NAME, appauthor=False)


def _user_folder(of_platform: Callable[[], str], kind: str) -> Path:
    try:
        folder = Path(of_platform())
    except (OSError, RuntimeError, KeyError):  # no home, and a user whom the system does not know
        return _temporary_folder() / kind
    # Without a home, a path such as ~/.cache stays as it is: a folder named "~" must not appear in the working folder.
    return folder if folder.is_absolute() and can_be_written(folder) else _temporary_folder() / kind


def _temporary_folder() -> Path:
    """Return a folder of this user alone below the system's folder for temporary files."""
    user = os.getuid() if hasattr(os, "getuid") else 0
    folder = Path(tempfile.gettempdir()) / f"{_NAME}-{user}"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        status = folder.lstat()
    except OSError:
        return folder  # whoever writes there reports it
    # Compiled code is loaded from here: a folder that another user has made, or may write, is not taken.
    private = folder.is_dir() and not folder.is_symlink()
    if hasattr(os, "getuid"):
        private = private and status.st_uid == user and not status.st_mode & 0o022
    return folder if private else Path(_folder_of_this_process().name)


@functools.cache
def _folder_of_this_process() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix=f"{_NAME}-")
