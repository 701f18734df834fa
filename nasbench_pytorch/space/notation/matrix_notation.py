"""Matrices and operations in the forms in which programs and files hold them."""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np
import numpy.typing as npt

from nasbench_pytorch.errors import InputError

_ALLOWED = "give V rows of V numbers, each 0 or 1"


def as_array(matrix: Any) -> npt.NDArray[Any]:
    """Return a matrix as an array, from nested sequences, arrays, tensors, sparse matrices, rows of digits or printed
    arrays.

    Text may hold V² digits (`0100…`), rows of digits separated by spaces, commas or line breaks (`011 001 000`), JSON
    or numpy's print.

    Raises:
        InputError: the matrix is None, ragged or not made of numbers.
    """
    if matrix is None:
        raise InputError(f"matrix is None; {_ALLOWED}")
    if isinstance(matrix, str):
        return _from_text(matrix)
    if hasattr(matrix, "detach"):
        # A torch tensor, which numpy does not read while it needs a gradient or lies on a GPU.
        matrix = _of_tensor(matrix.detach())
    elif hasattr(matrix, "toarray"):
        matrix = matrix.toarray()  # a sparse matrix of scipy
    try:
        array = np.asarray(matrix)
        if array.dtype == object and not array.ndim:
            raise InputError(f"matrix is a {type(matrix).__name__}; {_ALLOWED}")
        if array.dtype == object:
            # pandas holds a column of matrices as arrays of row arrays.
            array = np.array([list(row) for row in array])
        if array.dtype == object:
            raise ValueError
    except (ValueError, TypeError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"matrix is ragged; {_ALLOWED}") from None
    return array


def _of_tensor(tensor: Any) -> Any:
    """Return a tensor that numpy reads, from one on a GPU or a sparse one."""
    if getattr(tensor, "is_meta", False):
        raise InputError(f"matrix is a tensor on the device meta, which has no values; {_ALLOWED}")
    dense = tensor.to_dense() if hasattr(tensor, "to_dense") else tensor
    return dense.cpu()


def as_operations(ops: Any) -> list[Any]:
    """Return operations as a list, also from text that separates them with commas or semicolons.

    Raises:
        InputError: the operations are None, or one-hot vectors instead of names.
    """
    if isinstance(ops, str):
        return [name.strip() for name in re.split("[,;]", ops)]
    if ops is None or getattr(ops, "ndim", 1) != 1:
        shape = "None" if ops is None else f"an array of shape {'×'.join(map(str, ops.shape))}"
        raise InputError(f"ops is {shape}; give one operation name for each vertex, such as 'conv3x3-bn-relu'")
    return list(ops)


def _from_text(text: str) -> npt.NDArray[np.int8]:
    digits = re.sub(r"[\s,;/\[\]()]|(?<=[01])\.(?!\d)", "", text)
    size = math.isqrt(len(digits))
    if not digits or set(digits) - {"0", "1"} or size * size != len(digits):
        shown = " ".join(text[:60].split())
        raise InputError(f"matrix '{shown}' cannot be read; write V² digits, rows such as 011 001 000, or JSON")
    return np.array([int(digit) for digit in digits], dtype=np.int8).reshape(size, size)
