"""The Python version of CIFAR-10: one pickled dict a batch, read without running what a pickle may ask for."""

from __future__ import annotations

import io
import pickle
from typing import Any

import numpy as np

from nasbench_pytorch.datasets.readers.raw import IMAGE_BYTES, RawImages, checked
from nasbench_pytorch.errors import InputError


def read_batch(content: bytes, where: str) -> RawImages:
    """Read one pickled batch: a dict with `data`, uint8 [images, 3072], and `labels`.

    Raises:
        InputError: the pickle is truncated, damaged or asks for more than arrays, or holds something else.
    """
    try:
        batch = _ArrayUnpickler(io.BytesIO(content), encoding="bytes").load()
    except InputError as error:
        raise InputError(f"{where}: {error}") from error
    except Exception as error:  # a damaged pickle can raise nearly anything
        raise InputError(f"{where}: truncated or damaged ({error}); delete it and fetch it again") from error
    data, labels = (_entry(batch, key) for key in ("data", "labels"))
    if not isinstance(data, np.ndarray) or data.dtype != np.uint8 or data.shape[1:] != (IMAGE_BYTES,):
        raise InputError(f"{where}: not a CIFAR-10 batch: `data` must be uint8 [images, {IMAGE_BYTES}]")
    if not isinstance(labels, list | np.ndarray) or not all(isinstance(label, int | np.integer) for label in labels):
        raise InputError(f"{where}: not a CIFAR-10 batch: `labels` must be a list of whole numbers")
    return checked(data, np.asarray(labels, dtype=np.int64), where)


def _entry(batch: Any, key: str) -> Any:
    """The entry `key`, which Python 2 wrote as bytes and Python 3 writes as text; None where there is none."""
    if not isinstance(batch, dict):
        return None
    return batch.get(key.encode(), batch.get(key))


def _text(value: str | bytes) -> str:
    return value.decode("latin1") if isinstance(value, bytes) else value


def _empty_array(*_: object) -> np.ndarray:
    """What numpy's own reconstructor makes: an array to be filled by the pickle's next instruction."""
    return np.ndarray((0,), np.int8)


def _number_type(code: str | bytes, *_: object) -> np.dtype[Any]:
    """The dtype `code`. numpy 2.4 warns of the integers that old pickles pass as its other arguments."""
    kind = np.dtype(_text(code))
    if kind.kind not in "iub":
        raise InputError(f"holds an array of {kind}, which no CIFAR-10 batch does")
    return kind


def _bytes(value: str | bytes, *_: object) -> bytes:
    """How Python 3 writes bytes into a pickle of protocol 2: as text to be encoded in latin-1."""
    return value if isinstance(value, bytes) else value.encode("latin1")


_ALLOWED: dict[tuple[str, str], Any] = {
    ("numpy.core.multiarray", "_reconstruct"): _empty_array,
    ("numpy._core.multiarray", "_reconstruct"): _empty_array,
    ("numpy", "ndarray"): None,  # only ever an argument of _reconstruct
    ("numpy", "dtype"): _number_type,
    ("_codecs", "encode"): _bytes,
}


class _ArrayUnpickler(pickle.Unpickler):
    """Builds dicts, lists, numbers, texts and arrays of whole numbers; refuses to call anything else.

    A pickle may name any function of any module to be called; a data file from the network must not be able to.
    """

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in _ALLOWED:
            raise InputError(f"asks for {module}.{name}, which no CIFAR-10 batch does; it is not loaded")
        return _ALLOWED[module, name]
