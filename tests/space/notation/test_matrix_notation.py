"""Matrices and operations are read in the forms in which programs and files hold them, or refused with a hint."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import scipy.sparse

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.space import ModelSpec

torch = pytest.importorskip("torch")

ROWS = [[0, 1, 1], [0, 0, 1], [0, 0, 0]]
OPS = ["input", "conv3x3-bn-relu", "output"]


def rows_as_objects() -> Any:
    """Return what pandas makes of a Parquet column of matrices: an object array of row arrays."""
    array = np.empty(3, dtype=object)
    for index, row in enumerate(ROWS):
        array[index] = np.array(row)
    return array


FORMS = {
    "digits": "011001000",
    "rows of digits": "011 001 000",
    "rows with commas": "011,001,000",
    "JSON": str(ROWS),
    "numpy's print": str(np.array(ROWS)),
    "numpy's print of floats": str(np.array(ROWS, dtype=float)),
    "object numbers": np.array(ROWS, dtype=object),
    "object rows": rows_as_objects(),
    "list of arrays": [np.array(row) for row in ROWS],
    "booleans": np.array(ROWS, dtype=bool),
    "floats": np.array(ROWS, dtype=float),
    "tensor": torch.tensor(ROWS),
    "sparse tensor": torch.tensor(ROWS).to_sparse(),
    "sparse matrix": scipy.sparse.csr_matrix(ROWS),
    "sparse array": scipy.sparse.coo_array(ROWS),
    "tensor that needs a gradient": torch.tensor(ROWS, dtype=torch.float32, requires_grad=True),
}


@pytest.mark.parametrize("form", FORMS)
def test_a_matrix_is_read(form: str) -> None:
    assert ModelSpec(FORMS[form], OPS) == ModelSpec(ROWS, OPS)


@pytest.mark.parametrize("ops", [tuple(OPS), np.array(OPS), ",".join(OPS), ";".join(OPS), np.array(OPS, dtype=object)])
def test_operations_are_read(ops: Any) -> None:
    assert ModelSpec(ROWS, ops).hash_spec() == ModelSpec(ROWS, OPS).hash_spec()


@pytest.mark.parametrize(
    ("matrix", "message"),
    [
        (None, "matrix is None; give V rows"),
        ("0110", "upper triangular"),
        ("01102", "cannot be read; write V² digits"),
        ("0110010", "cannot be read"),
        ("", "cannot be read"),
        ([[0, 1], [0]], "matrix is ragged"),
        (np.array([None, None]), "matrix is ragged"),
        (np.zeros((1, 49)), "must be square, got shape 1×49"),
        ({0: [1]}, "matrix is a dict"),
        ({0, 1}, "matrix is a set"),
        (torch.zeros(3, 3, device="meta"), "device meta, which has no values"),
    ],
)
def test_other_matrices_are_refused(matrix: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        ModelSpec(matrix, ["input", "output"])


@pytest.mark.parametrize(
    ("ops", "message"),
    [
        (None, "ops is None; give one operation name for each vertex"),
        (np.eye(3), "ops is an array of shape 3×3"),
        ("input,output", "ops has 2 entries but matrix is 3×3"),
    ],
)
def test_other_operations_are_refused(ops: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        ModelSpec(ROWS, ops)


def test_integer_operations_are_refused_by_name_when_they_are_hashed() -> None:
    with pytest.raises(InputError, match="unknown operation '1' at vertex 1; this space has: conv3x3-bn-relu"):
        ModelSpec(ROWS, [0, 1, 2]).hash_spec()  # type: ignore[list-item]
