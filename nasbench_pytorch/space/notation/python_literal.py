"""Values that a text writes as JSON or as Python, read without evaluating anything."""

from __future__ import annotations

import ast
import json
from typing import Any

_DEEPEST = 12  # brackets within each other
_ARRAYS = ("array", "asarray", "matrix", "tensor", "Tensor", "tuple", "list")
"""Calls that stand for their first argument."""


class _NoLiteralError(Exception):
    """The text is no literal."""


def read_literal(text: str) -> tuple[bool, Any]:
    """Return whether a text is a literal, and its value.

    The value of a call is the mapping of its arguments by name, with those that have no name as `matrix` and `ops`; of
    assignments, the mapping of their names; of a name such as `INPUT`, the name. Sequences are lists.
    """
    if _depth(text) > _DEEPEST:
        return False, None
    try:
        return True, json.loads(text)
    except (ValueError, RecursionError):
        pass
    try:
        return True, _value_of_module(ast.parse(text.strip()))
    except (SyntaxError, ValueError, RecursionError, MemoryError, _NoLiteralError):
        return False, None


def _depth(text: str) -> int:
    depth = deepest = 0
    for character in text:
        depth += (character in "([{") - (character in ")]}")
        deepest = max(deepest, depth)
    return deepest


def _value_of_module(module: ast.Module) -> Any:
    names: dict[str, Any] = {}
    last: Any = None
    for statement in module.body:
        if isinstance(statement, ast.Assign | ast.AnnAssign) and statement.value is not None:
            targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
            if len(targets) != 1 or not isinstance(targets[0], ast.Name):
                raise _NoLiteralError
            last = names[targets[0].id] = _value(statement.value, names)
        elif isinstance(statement, ast.Expr):
            last = _value(statement.value, names)
        elif not isinstance(statement, ast.Import | ast.ImportFrom):
            raise _NoLiteralError
    if last is None:
        raise _NoLiteralError
    return last if isinstance(last, dict) or len(names) < 2 else names


def _value(node: ast.expr, names: dict[str, Any]) -> Any:
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.List | ast.Tuple):
        return [_value(item, names) for item in node.elts]
    if isinstance(node, ast.Dict) and None not in node.keys:
        return {
            str(_value(key, names)): _value(item, names)
            for key, item in zip(node.keys, node.values, strict=True)
            if key is not None
        }
    if isinstance(node, ast.Name):
        return names.get(node.id, node.id)
    if isinstance(node, ast.Attribute):
        return node.attr
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        value = _value(node.operand, names)
        if isinstance(value, int | float):
            return -value
    if isinstance(node, ast.Call):
        return _value_of_call(node, names)
    raise _NoLiteralError


def _value_of_call(node: ast.Call, names: dict[str, Any]) -> Any:
    called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    if called in _ARRAYS and node.args:
        return _value(node.args[0], names)
    values = dict(zip(("matrix", "ops"), (_value(item, names) for item in node.args), strict=False))
    return values | {item.arg: _value(item.value, names) for item in node.keywords if item.arg is not None}
