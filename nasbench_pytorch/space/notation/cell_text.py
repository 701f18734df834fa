"""Cells as programs, papers and people write them: one text with a matrix and operations.

Read are JSON and Python literals (`{"matrix": …, "ops": …}`, the keys of the table and of other programs, a pair),
calls such as `ModelSpec(matrix=[…], ops=[INPUT, CONV3X3, OUTPUT])`, assignments, numpy's print, the command
`nasbench train --matrix … --ops …`, NNI's `{"op1": …, "input1": …}`, and rows of digits followed by names. Nothing is
evaluated as code.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.space.notation.matrix_notation import as_array
from nasbench_pytorch.space.notation.python_literal import read_literal
from nasbench_pytorch.space.operation_names import full_operation_name
from nasbench_pytorch.space.operations import CANONICAL_OPERATIONS, INPUT, OUTPUT
from nasbench_pytorch.space.spec import ModelSpec

MATRIX_KEYS = ("matrix", "module_adjacency", "adjacency", "adjacency_matrix", "adj", "original_matrix")
OPERATION_KEYS = ("ops", "module_operations", "operations", "original_ops", "labels")

_LONGEST_TEXT = 1 << 16
_LABELS = {-1: INPUT, -2: OUTPUT, **dict(enumerate(CANONICAL_OPERATIONS))}
"""Labels of the original's hash → operation."""

_HEADING = re.compile(rf"(?im)^\s*({'|'.join((*MATRIX_KEYS, *OPERATION_KEYS))})\b\s*[:=]?")
_WORD = re.compile(r"[A-Za-z][\w-]*")
_ALLOWED = (
    'give JSON such as {"matrix": [[0, 1], [0, 0]], "ops": ["input", "output"]}, rows of digits followed by '
    "operations, Python, or a nasbench command with --matrix and --ops"
)


def cell_from_text(text: str) -> ModelSpec:
    """Return the cell that a text describes.

    Operations may be short (`conv3x3`), in capitals (`CONV3X3`), or the labels of the hash (0, 1, 2); `input` and
    `output` at the ends may be omitted.

    Raises:
        InputError: the text describes no cell, or the cell is malformed.
    """
    if len(text) > _LONGEST_TEXT:
        raise InputError(f"the text has {len(text):,} characters; a cell takes at most {_LONGEST_TEXT:,}")
    if re.search(r"--matrix\b", text):
        return _from_command(text)
    found, value = read_literal(text)
    if found:
        return _from_value(value)
    return _from_words(text)


def cell_from_parts(matrix: Any, ops: Any) -> ModelSpec:
    """Return the cell of a matrix and operations that come from JSON or another literal.

    Args:
        matrix: rows of numbers, or text; see `matrix_notation.as_array`.
        ops: names or labels of operations, or a text with names.

    Raises:
        InputError: one of them cannot be read, or the cell is malformed.
    """
    if not isinstance(matrix, str) and not _is_rows(matrix):
        raise InputError("the matrix must be rows of 0 and 1, such as [[0, 1], [0, 0]]")
    rows = as_array(matrix)
    names = _WORD.findall(ops) if isinstance(ops, str) else ops
    if not isinstance(names, Sequence):
        raise InputError(f"the operations must be a list of names, got {type(ops).__name__}")
    operations = [_operation(name) for name in names]
    if len(operations) == len(rows) - 2 and INPUT not in operations[:1]:
        operations = [INPUT, *operations, OUTPUT]
    return ModelSpec(rows, operations)


def _is_rows(matrix: Any) -> bool:
    return isinstance(matrix, Sequence) and all(
        isinstance(row, Sequence) and all(isinstance(entry, int | float) for entry in row) for row in matrix
    )


def _operation(name: Any) -> str:
    if isinstance(name, int) and name in _LABELS:
        return _LABELS[name]
    if not isinstance(name, str):
        raise InputError(f"operation {str(name)[:40]!r} is no name; operations: {', '.join(CANONICAL_OPERATIONS)}")
    full = full_operation_name(name)
    if full != name or name in (INPUT, OUTPUT):
        return full
    plain = re.sub(r"[_\s]+", "-", name.strip().lower())
    return full_operation_name(re.sub(r"(?<=conv|pool)-(?=\d)", "", plain)) if plain != name else name


def _from_command(text: str) -> ModelSpec:
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise InputError(f"the command cannot be read ({error}); quote the matrix: --matrix '011 001 000'") from None
    given: dict[str, str] = {}
    for word, following in zip(words, [*words[1:], ""], strict=True):
        name, equals, value = word.partition("=")
        if name in ("--matrix", "--ops"):
            given[name] = value if equals else following
    if len(given) < 2:
        raise InputError("the command has --matrix without --ops; give both")
    ops = given["--ops"]
    return cell_from_parts(given["--matrix"], [name.strip(" '\"[]") for name in ops.split(",") if name.strip(" '\"[]")])


def _from_value(value: Any) -> ModelSpec:
    if isinstance(value, Mapping):
        matrix, ops = (
            next((value[key] for key in keys if key in value), None) for keys in (MATRIX_KEYS, OPERATION_KEYS)
        )
        if matrix is not None and ops is not None:
            return cell_from_parts(matrix, ops)
        if any(isinstance(key, str) and re.fullmatch(r"(op|input)\d+", key) for key in value):
            return _from_nni(value)
        inner = next(iter(value.values())) if len(value) == 1 else None
        if matrix is ops is None and isinstance(inner, Mapping | list):
            return _from_value(inner)  # such as `spec = ModelSpec(…)`
        missing = "operations" if ops is None else "matrix"
        raise InputError(f"the text has no {missing} of a cell; {_ALLOWED}")
    if isinstance(value, list) and value and _is_rows(value):
        raise InputError(f"the text has no operations of a cell; {_ALLOWED}")
    if isinstance(value, list) and len(value) == 2 and isinstance(value[1], list | str):
        return cell_from_parts(*value)
    raise InputError(f"the text describes no cell; {_ALLOWED}")


def _from_nni(value: Mapping[str, Any]) -> ModelSpec:
    """Read NNI's form: `op1` … for the interior vertices, `input1` … for the vertices that each gets its input from."""
    size = 1 + max((int(key[5:]) for key in value if re.fullmatch(r"input\d{1,2}", key)), default=0)
    matrix = [[0] * size for _ in range(size)]
    for vertex in range(1, size):
        sources = value.get(f"input{vertex}") or []
        for source in sources if isinstance(sources, list) else [sources]:
            if not isinstance(source, int) or not 0 <= source < vertex:
                raise InputError(f"input{vertex} has {str(source)[:40]!r}; a vertex gets its input from earlier ones")
            matrix[source][vertex] = 1
    ops = [value.get(f"op{vertex}") for vertex in range(1, size - 1)]
    return cell_from_parts(matrix, [INPUT, *ops, OUTPUT])


def _from_words(text: str) -> ModelSpec:
    """Read digits followed by names, in whatever brackets."""
    plain = _HEADING.sub(" ", text)
    first = re.search(r"[A-Za-z]", plain)
    if first is None or not re.search(r"[01]", plain[: first.start()]):
        raise InputError(f"the text describes no cell; {_ALLOWED}")
    digits = re.sub(r"[^01.,\s;/\[\]()]", " ", plain[: first.start()])
    return cell_from_parts(digits, _WORD.findall(plain[first.start() :]))
