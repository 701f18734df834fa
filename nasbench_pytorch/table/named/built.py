"""Tables that are computed on this machine: made once, in the cache, and used from there."""

from __future__ import annotations

import functools
import hashlib
import importlib
import importlib.util
import sys
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

from nasbench_pytorch.checksum import file_sha256
from nasbench_pytorch.errors import InputError
from nasbench_pytorch.folders import cache_folder
from nasbench_pytorch.printable import print_lines
from nasbench_pytorch.table.modelled import MODEL_VERSION
from nasbench_pytorch.table.named.first_opening import open_first
from nasbench_pytorch.table.path_lock import lock_path
from nasbench_pytorch.table.storage.checked_files import Identity, identity_of
from nasbench_pytorch.table.storage.table_file import TableFile

PREDICTED_MEANS = Path(__file__).parents[2] / "data" / "predicted.npz"
"""Predictions of every cell, which come with the package."""

_BUILDERS = "nasbench_pytorch.table.predicted"
"""Module with `build_predicted_table(destination)` and `build_semireal_table(correct_of_29952, destination)`."""


def builders_are_here() -> bool:
    """Return whether this installation has the predictions and the code that makes tables of them."""
    return PREDICTED_MEANS.is_file() and importlib.util.find_spec(_BUILDERS) is not None


def builder(function: str, name: str) -> Callable[..., object]:
    """Return a function that builds a table.

    Args:
        function: its name.
        name: the table, for the message.

    Raises:
        InputError: this installation lacks the predictions.
    """
    if not builders_are_here():
        raise InputError(
            f"the table '{name}' cannot be built: this installation lacks data/{PREDICTED_MEANS.name}; install "
            "nasbench-pytorch again, or name another table (nasbench table list)"
        )
    found: Callable[..., object] = getattr(importlib.import_module(_BUILDERS), function)
    return found


def built_path(name: str, inputs: tuple[Path, ...]) -> Path:
    """Return the file in the cache of a table that is built from some files; other inputs or code give another file.

    Raises:
        OSError: an input cannot be read.
    """
    digests = [_sha256(path, identity_of(path)) for path in inputs]
    key = hashlib.sha256(repr((MODEL_VERSION, digests)).encode()).hexdigest()[:12]
    return cache_folder() / "tables" / f"{name}-{key}.arrow"


def find_built(name: str, inputs: tuple[Path, ...]) -> Path | None:
    """Return the file if the table is in the cache and sound."""
    if not all(path.is_file() for path in inputs):
        return None
    path = built_path(name, inputs)
    return path if _is_sound(path) else None


def build_once(name: str, inputs: tuple[Path, ...], build: Callable[[Path], object]) -> Path:
    """Return the table in the cache; build it if it is missing or damaged, in one process at a time.

    Args:
        name: the table.
        inputs: the files that it is built from.
        build: writes the table to a path, atomically.

    Raises:
        InputError: the cache folder cannot take the table, or the predictions in the package are damaged.
    """
    path = built_path(name, inputs)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with lock_path(path, f"nasbench: another process builds the table '{name}'; waiting"):
            if not _is_sound(path):
                print_lines(f"nasbench: building the table '{name}', once", file=sys.stderr)
                build(path)
                open_first(path)
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise InputError(
            f"the table '{name}' cannot be built: {PREDICTED_MEANS} is damaged ({error}); install nasbench-pytorch "
            "again"
        ) from error
    except OSError as error:
        raise InputError(
            f"the table '{name}' cannot be built in {path.parent}: {error.strerror or error}; set NASBENCH_CACHE_DIR "
            "to a folder with more space"
        ) from error
    return path


@functools.lru_cache(maxsize=8)
def _sha256(path: Path, identity: Identity) -> str:  # noqa: ARG001 - a part of the key
    """Return the SHA-256 of a file in one state: choosing the default table asks for it more than once."""
    return file_sha256(path)


def _is_sound(path: Path) -> bool:
    if not path.is_file():
        return False
    try:
        TableFile(path)
    except (InputError, OSError):
        return False
    return True
