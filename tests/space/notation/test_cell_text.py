"""Cells in the notations that programs, papers and people use."""

from __future__ import annotations

import contextlib
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.space import ModelSpec, enumerate_cells
from nasbench_pytorch.space.notation.cell_text import cell_from_text

SPEC = ModelSpec([[0, 1, 1], [0, 0, 1], [0, 0, 0]], ["input", "conv3x3-bn-relu", "output"])
ROWS = "[[0, 1, 1], [0, 0, 1], [0, 0, 0]]"
NAMES = '["input", "conv3x3-bn-relu", "output"]'
NOTATIONS = {
    "JSON": json.dumps(SPEC.to_dict()),
    "the table's JSON": f'{{"module_adjacency": {ROWS}, "module_operations": {NAMES}}}',
    "repr": repr(SPEC),
    "the original's README": "cell = api.ModelSpec(\n  matrix=[[0, 1, 1],   # input layer\n [0, 0, 1], [0, 0, 0]],\n"
    "  # Operations at the vertices.\n  ops=[INPUT, CONV3X3, OUTPUT])",
    "positional": f"spec = ModelSpec({ROWS}, {NAMES})",
    "assignments": f"matrix = {ROWS}\nops = {NAMES}",
    "annotated": f"from x import y\nmatrix: list = {ROWS}\nops: list = {NAMES}",
    "a name": f"ops = {NAMES}\nModelSpec(matrix={ROWS}, ops=ops)",
    "pair": f"({ROWS}, {NAMES})",
    "pair in JSON": f"[{ROWS}, {NAMES}]",
    "numpy's repr": f"(array({ROWS}, dtype=int8), {NAMES})",
    "numpy's print": f"{np.array(SPEC.original_matrix)} {SPEC.original_ops}",
    "labels of the hash": f'{{"matrix": {ROWS}, "ops": [-1, 0, -2]}}',
    "command": "nasbench train --matrix '011 001 000' --ops conv3x3 --epochs 4",
    "command over two lines": 'nasbench train \\\n  --matrix="011 001 000" --ops="input, conv3x3-bn-relu, output"',
    "rows and names": "011 001 000 conv3x3",
    "digits and names": "011001000; input, Conv_3x3, output",
    "what nasbench table query prints": "matrix      011 001 000\noperations  input, conv3x3-bn-relu, output",
    "NNI": '{"op1": "conv3x3-bn-relu", "input1": [0], "input2": [0, 1]}',
}


@pytest.mark.parametrize("text", NOTATIONS.values(), ids=NOTATIONS)
def test_every_notation_is_the_cell(text: str) -> None:
    assert cell_from_text(text) == SPEC
    assert cell_from_text(f"\n  {text}\n") == SPEC


@given(st.data())
@settings(max_examples=40)
def test_what_is_written_is_read(data: st.DataObject) -> None:
    space = enumerate_cells(5)
    spec = space[data.draw(st.integers(0, len(space) - 1))]
    for text in (repr(spec), json.dumps(spec.to_dict()), f"{spec.original_matrix} {spec.original_ops}"):
        assert cell_from_text(text) == spec


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "describes no cell"),
        ("hello", "describes no cell"),
        (ROWS, "no operations of a cell"),
        ("{}", "no operations of a cell"),
        ('{"ops": []}', "no matrix of a cell"),
        ("[" * 1000, "describes no cell"),
        ("__import__('os').system('ls')", "no operations of a cell"),
        ("lambda: 1", "describes no cell"),
        ("nasbench train --matrix '011", "quote the matrix"),
        ("nasbench train --matrix 01", "--matrix without --ops"),
        (f'{{"matrix": {ROWS}, "ops": [null]}}', "is no name"),
        (f'{{"matrix": {ROWS}, "ops": 3}}', "a list of names"),
        ('{"matrix": {"0": 1}, "ops": []}', "rows of 0 and 1"),
        ('{"matrix": [[0, 1e999], [0, 0]], "ops": []}', "only 0 and 1"),
        ('{"op1": "conv3x3", "input1": [3], "input2": [0]}', "input1 has '3'"),
        ('{"op1": 3, "input1": null, "input2": 7}', "input2 has '7'"),
        (f"{ROWS} conv3x3 conv3x3 conv3x3 conv3x3", "one operation per vertex"),
        ("x" * 70_000, "70,000 characters"),
    ],
)
def test_what_is_no_cell_is_refused(text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        cell_from_text(text)


WORDS = ("matrix", "ops", "input", "--matrix", "--ops", "array", "op1", "input1", "null", "conv3x3")
PIECES = st.sampled_from([*"01[](){},:\"'=\n -*#\\\0é", *WORDS])


@given(st.one_of(st.text(max_size=60), st.lists(PIECES, max_size=40).map("".join)))
@settings(max_examples=60)
def test_any_text_is_a_cell_or_is_refused(text: str) -> None:
    with contextlib.suppress(InputError):
        assert isinstance(cell_from_text(text), ModelSpec)
