"""The decorator of every function that numba compiles."""

from __future__ import annotations

import contextlib
import hashlib
import pickle
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
import numba.extending
from numba.core.caching import CompileResultCacheImpl, FunctionCache
from numba.core.serialize import dumps

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.folders import compiled_code_folder

Function = TypeVar("Function", bound=Callable[..., Any])


def njit(function: Function) -> Function:
    """Compile a function without the interpreter's lock and cache its machine code on disk.

    The cache is beside the source, else in the user's cache folder. Where neither is writable, or where a file of the
    cache is damaged, the process compiles the function itself.
    """
    compiled: Any = numba.njit(nogil=True)(function)
    # Without a writable folder numba raises RuntimeError.
    with contextlib.suppress(RuntimeError, OSError), _cache_folder(Path(function.__code__.co_filename)):
        # NUMBA_DISABLE_JIT leaves the plain function, which has no cache.
        if hasattr(compiled, "_cache"):
            # What `cache=True` does, with a cache that survives damage.
            compiled._cache = _Cache(function)
    return cast("Function", compiled)


def compiled_within_loops(function: Function) -> Function:
    """Leave a function as it is, but let compiled functions compile it into themselves when they call it.

    A loop whose steps are such functions also runs as plain Python (`loop.py_func`), for inputs so small that compiling
    would take longer.
    """
    registered: Function = numba.extending.register_jitable(function)
    return registered


class _CheckedMachineCode(CompileResultCacheImpl):
    """Machine code with its digest: damaged code would end the process, where nothing could be caught."""

    def reduce(self, compiled: Any) -> tuple[bytes, bytes]:
        data = dumps(super().reduce(compiled))
        return hashlib.sha256(data).digest(), data

    def rebuild(self, target: Any, payload: tuple[bytes, bytes]) -> Any:
        digest, data = payload
        if hashlib.sha256(data).digest() != digest:
            raise InputError("damaged machine code")
        return super().rebuild(target, pickle.loads(data))


class _Cache(FunctionCache):
    """numba's cache on disk, except that a file which cannot be read or written counts as absent.

    A power loss leaves empty or torn files, and numba would raise whatever they make `pickle` raise.
    """

    _impl_class = _CheckedMachineCode

    def load_overload(self, signature: Any, target: Any) -> Any:
        try:
            return super().load_overload(signature, target)
        except Exception:  # a damaged pickle may raise anything
            # The function's next save would stumble over the same index.
            with contextlib.suppress(OSError):
                self.flush()
            return None

    def save_overload(self, signature: Any, compiled: Any) -> None:
        # The disk may be full, or the index damaged since it was read; the function is compiled all the same.
        with contextlib.suppress(Exception):
            super().save_overload(signature, compiled)


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
