"""Decorator of every function that numba compiles."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
from numba.core.caching import FunctionCache

from nasbench_pytorch.folders import compiled_code_folder

Function = TypeVar("Function", bound=Callable[..., Any])


def njit(function: Function) -> Function:
    """Compile a function to code that runs without the GIL, and cache the machine code on disk.

    The cache is beside the source, else in the user's cache folder. Where neither is writable, every process
    compiles the function again.
    """
    compiled: Any = numba.njit(nogil=True)(function)
    with contextlib.suppress(OSError, RuntimeError), _cache_folder(Path(function.__code__.co_filename)):
        compiled._cache = _ForgivingCache(function)  # type: ignore[no-untyped-call,unused-ignore]
    return cast("Function", compiled)


class _ForgivingCache(FunctionCache):  # type: ignore[misc,unused-ignore]  # some versions of numba have no types
    """Machine code on disk, without which everything still works.

    A power loss or a full disk can leave empty or torn files, and numba's own cache would fail at every start until
    someone deletes them. This one compiles the function again and writes the files anew.
    """

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """Return the machine code for a signature, or None where there is none, or none that can be read."""
        try:
            return super().load_overload(sig, target_context)  # type: ignore[no-untyped-call,unused-ignore]
        except Exception:
            # Unpickling damaged bytes raises almost any exception.
            with contextlib.suppress(Exception):
                self.flush()  # type: ignore[no-untyped-call,unused-ignore]
            return None

    def save_overload(self, sig: Any, data: Any) -> None:
        """Keep the machine code for a signature; where that fails, the next process compiles it again."""
        with contextlib.suppress(Exception):
            super().save_overload(sig, data)  # type: ignore[no-untyped-call,unused-ignore]


@contextlib.contextmanager
def _cache_folder(source: Path) -> Iterator[None]:
    """Let numba cache the machine code of a source file where it can be written.

    numba reads its folder when a function is decorated. The setting is put back, since other packages use numba too.
    """
    folder = compiled_code_folder(source)
    if folder is None:
        yield
        return
    settings: Any = numba.config
    previous = settings.CACHE_DIR
    settings.CACHE_DIR = str(folder)
    try:
        yield
    finally:
        settings.CACHE_DIR = previous
