"""Reader of CIFAR-10's Python version: one pickled dict per batch, read without running code from the pickle."""

from __future__ import annotations

import io
import pickle
import pickletools
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from nasbench_pytorch.datasets.readers.raw import IMAGE_BYTES, RawImages, checked, label_array
from nasbench_pytorch.errors import InputError

_PUTS = {"PUT", "BINPUT", "LONG_BINPUT"}
"""Instructions that number an object."""


def read_batch(content: bytes, where: str) -> RawImages:
    """Read one pickled batch: a dict with `data`, uint8 [images, 3072], and `labels`.

    Raises:
        InputError: the pickle is truncated or damaged, asks for more than arrays, or is not a batch.
    """
    try:
        _check_memo(content)
        batch = _ArrayUnpickler(io.BytesIO(content), encoding="bytes").load()
    except InputError as error:
        raise InputError(f"{where}: {error}") from error
    except Exception as error:  # a damaged pickle can raise nearly anything
        raise InputError(f"{where}: truncated or damaged ({error}); delete it and download it again") from error
    data, labels = (_entry(batch, key) for key in ("data", "labels"))
    if not isinstance(data, np.ndarray) or data.dtype != np.uint8 or data.shape[1:] != (IMAGE_BYTES,):
        raise InputError(f"{where}: not a CIFAR-10 batch: `data` must be uint8 [images, {IMAGE_BYTES}]")
    if not isinstance(labels, list | np.ndarray):
        raise InputError(f"{where}: not a CIFAR-10 batch: `labels` must be a list of whole numbers")
    return checked(data, label_array(labels, where), where)


def _check_memo(content: bytes) -> None:
    """Refuse a pickle whose memo is larger than the pickle: the unpickler would allocate as many entries."""
    for instruction, argument, _ in pickletools.genops(content):
        if instruction.name in _PUTS and int(argument or 0) > len(content):
            raise InputError(f"asks for a table of {int(argument or 0):,} objects, which no CIFAR-10 batch does")


def _entry(batch: Any, key: str) -> Any:
    """Return the entry `key`, which Python 2 wrote as bytes and Python 3 writes as text; None if missing."""
    if not isinstance(batch, dict):
        return None
    return batch.get(key.encode(), batch.get(key))


def _text(value: str | bytes) -> str:
    return value.decode("latin1") if isinstance(value, bytes) else value


def _empty_array(*_: object) -> npt.NDArray[np.int8]:
    """Return an empty array, as numpy's reconstructor does; the pickle's next instruction fills it."""
    return np.empty(0, np.int8)


def _number_type(code: str | bytes, *_: object) -> np.dtype[Any]:
    """Return the dtype `code`, without the integer arguments of old pickles, of which numpy 2.4 warns."""
    kind = np.dtype(_text(code))
    if kind.kind not in "iub":
        raise InputError(f"contains an array of {kind}, which no CIFAR-10 batch does")
    return kind


def _bytes(value: str | bytes, *_: object) -> bytes:
    """Return bytes from latin-1 text, the form in which Python 3 writes bytes into a pickle of protocol 2."""
    return value if isinstance(value, bytes) else value.encode("latin1")


class _Function:
    """A function that a pickle may call, but not change."""

    __slots__ = ("_call",)

    def __init__(self, call: Callable[..., Any]) -> None:
        self._call = call

    def __call__(self, *arguments: object) -> Any:
        return self._call(*arguments)

    def __setstate__(self, state: object) -> None:
        raise InputError("sets attributes of a function, which no CIFAR-10 batch does; the file was not loaded")


_ALLOWED: dict[tuple[str, str], Any] = {
    ("numpy.core.multiarray", "_reconstruct"): _Function(_empty_array),
    ("numpy._core.multiarray", "_reconstruct"): _Function(_empty_array),
    ("numpy", "ndarray"): None,  # only used as an argument of _reconstruct
    ("numpy", "dtype"): _Function(_number_type),
    ("_codecs", "encode"): _Function(_bytes),
}


class _ArrayUnpickler(pickle.Unpickler):
    """Unpickler of dicts, lists, numbers, texts and arrays of whole numbers that refuses everything else.

    A pickle can call any function of any module, which must not be possible for a downloaded data file.
    """

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in _ALLOWED:
            raise InputError(f"asks for {module}.{name}, which no CIFAR-10 batch does; the file was not loaded")
        return _ALLOWED[module, name]
